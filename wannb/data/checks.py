"""What there is to say about one clip. Pure: facts in, findings out."""

from wannb.data.captions import Caption, has_slot
from wannb.data.facts import VideoFacts
from wannb.job.finding import Finding
from wannb.words import say


def of_picture(where: str, facts: VideoFacts, resolutions: list[int], sizes: list[tuple[int, int]]) -> list[Finding]:
    """On what the picture is made of."""
    said = []
    largest = max(resolutions)
    if facts.width * facts.height < largest * largest:
        width, height = sizes[resolutions.index(largest)]
        message = say(
            "{width}x{height} is smaller than resolution {largest}: it is trained at "
            "{to_width}x{to_height} (clips are never enlarged).",
            width=facts.width,
            height=facts.height,
            largest=largest,
            to_width=width,
            to_height=height,
        )
        said.append(_found("low-resolution", "info", where, message))
    if facts.truncated:
        whole = facts.promised_seconds
        part = say(
            "Only {frames} frames ({seconds:.1f} s of {whole:.1f} s) can be decoded; these are used.",
            frames=facts.frames,
            seconds=facts.seconds,
            whole=whole,
        )
        some = say(
            "Only {frames} frames ({seconds:.1f} s) can be decoded; these are used.",
            frames=facts.frames,
            seconds=facts.seconds,
        )
        message = part if whole > facts.seconds else some
        said.append(
            _found(
                "truncated",
                "warning",
                where,
                message,
                say("Copy or export it again."),
            )
        )
    if facts.damaged_frames:
        count = facts.damaged_frames
        message = say("1 frame is damaged.") if count == 1 else say("{count} frames are damaged.", count=count)
        said.append(_found("damaged", "warning", where, message, say("Copy or export it again.")))
    if facts.streams > 1:
        said.append(
            _found(
                "several-pictures",
                "info",
                where,
                say(
                    "The file holds {streams} video streams; the one of {width}x{height} is used.",
                    streams=facts.streams,
                    width=facts.width,
                    height=facts.height,
                ),
            )
        )
    if not facts.square_pixels:
        said.append(
            _found(
                "non-square-pixels",
                "warning",
                where,
                say("Its pixels are not square: it is trained squeezed."),
                say("Re-encode with square pixels (ffmpeg -vf scale=iw*sar:ih,setsar=1)."),
            )
        )
    if facts.interlaced:
        said.append(
            _found(
                "interlaced",
                "warning",
                where,
                say("The video is interlaced: moving edges show combs."),
                say("De-interlace it (ffmpeg -vf bwdif)."),
            )
        )
    if facts.high_range:
        said.append(
            _found(
                "hdr",
                "warning",
                where,
                say("The video is HDR and looks pale when read as it is."),
                say("Convert it to SDR (tone mapping) first."),
            )
        )
    return said


def of_caption(where: str, caption: Caption, trigger: str | None) -> list[Finding]:
    """On the caption."""
    said = []
    if caption.source == "none":
        said.append(
            _found(
                "no-caption",
                "warning",
                where,
                say("There is no caption, and no Default Caption either."),
                say("Write one into a text file of the same name, or set a Default Caption."),
            )
        )
    elif caption.source == "default":
        said.append(
            _found("default-caption", "info", where, say("No caption of its own: the Default Caption is used."))
        )
    if caption.encoding == "cp1252":
        said.append(
            _found(
                "caption-encoding",
                "warning",
                where,
                say("{name} is not UTF-8; it was read as Windows-1252.", name=caption.path.name),
                say("Save it as UTF-8."),
            )
        )
    if has_slot(caption.text) and not trigger:
        said.append(
            _found(
                "no-trigger",
                "warning",
                where,
                say("The caption has [trigger], but there is no Trigger Word."),
                say("Set the Trigger Word or take [trigger] out."),
            )
        )
    return said


def _found(code: str, severity: str, where: str, message: str, fix: str = "") -> Finding:
    return Finding(code, severity, where, message, fix)
