"""What there is to say about one clip. Pure: facts in, findings out."""

from wannb.data.captions import Caption, has_slot
from wannb.data.facts import VideoFacts
from wannb.job.finding import Finding


def of_picture(where: str, facts: VideoFacts, resolutions: list[int], sizes: list[tuple[int, int]]) -> list[Finding]:
    """On what the picture is made of."""
    said = []
    largest = max(resolutions)
    if facts.width * facts.height < largest * largest:
        width, height = sizes[resolutions.index(largest)]
        message = (
            f"{facts.width}x{facts.height} is smaller than resolution {largest}:"
            f" it is trained at {width}x{height} (clips are never enlarged)."
        )
        said.append(_found("low-resolution", "info", where, message))
    if facts.truncated:
        of = f" of {facts.promised_seconds:.1f} s" if facts.promised_seconds > facts.seconds else ""
        said.append(
            _found(
                "truncated",
                "warning",
                where,
                f"Only {facts.frames} frames ({facts.seconds:.1f} s{of}) can be decoded; these are used.",
                "Copy or export it again.",
            )
        )
    if facts.damaged_frames:
        frames = "1 frame is" if facts.damaged_frames == 1 else f"{facts.damaged_frames} frames are"
        said.append(_found("damaged", "warning", where, f"{frames} damaged.", "Copy or export it again."))
    if facts.streams > 1:
        said.append(
            _found(
                "several-pictures",
                "info",
                where,
                f"The file holds {facts.streams} video streams; the one of {facts.width}x{facts.height} is used.",
            )
        )
    if not facts.square_pixels:
        said.append(
            _found(
                "non-square-pixels",
                "warning",
                where,
                "Its pixels are not square: it is trained squeezed.",
                "Re-encode with square pixels (ffmpeg -vf scale=iw*sar:ih,setsar=1).",
            )
        )
    if facts.interlaced:
        said.append(
            _found(
                "interlaced",
                "warning",
                where,
                "The video is interlaced: moving edges show combs.",
                "De-interlace it (ffmpeg -vf bwdif).",
            )
        )
    if facts.high_range:
        said.append(
            _found(
                "hdr",
                "warning",
                where,
                "The video is HDR and looks pale when read as it is.",
                "Convert it to SDR (tone mapping) first.",
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
                "There is no caption, and no Default Caption either.",
                "Write one into a text file of the same name, or set a Default Caption.",
            )
        )
    elif caption.source == "default":
        said.append(_found("default-caption", "info", where, "No caption of its own: the Default Caption is used."))
    if caption.encoding == "cp1252":
        said.append(
            _found(
                "caption-encoding",
                "warning",
                where,
                f"{caption.path.name} is not UTF-8; it was read as Windows-1252.",
                "Save it as UTF-8.",
            )
        )
    if has_slot(caption.text) and not trigger:
        said.append(
            _found(
                "no-trigger",
                "warning",
                where,
                "The caption has [trigger], but there is no Trigger Word.",
                "Set the Trigger Word or take [trigger] out.",
            )
        )
    return said


def _found(code: str, severity: str, where: str, message: str, fix: str = "") -> Finding:
    return Finding(code, severity, where, message, fix)
