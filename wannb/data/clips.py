"""A folder of clips, looked at as training will see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wannb.data import checks, report
from wannb.data.buckets import bucket
from wannb.data.captions import caption_file, caption_in, final
from wannb.data.facts import VideoFacts
from wannb.data.folder_checks import of_folder, of_list
from wannb.data.frames import pick
from wannb.data.listing import Listing, leads_outside, listed, shown
from wannb.data.unusable import Unusable
from wannb.data.video import probe
from wannb.job.finding import Finding
from wannb.job.frame_counts import MOST_FRAMES
from wannb.refusal import Refusal

NUM_FRAMES = 41
RESOLUTIONS = (512, 768)
"""What the guides start from; a job brings its own."""


@dataclass(frozen=True)
class Clip:
    """One file of the set: `caption` is final (trigger in place), `picked` frame indices, `buckets` a (W, H) each.

    A refused clip (`ok` False) has neither; its last finding says why.
    """

    path: Path
    facts: VideoFacts | None = None
    caption: str = ""
    picked: tuple[int, ...] = ()
    buckets: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    ok: bool = False

    def to_dict(self) -> dict:
        return report.clip_dict(self)


class ClipFolder:
    """The clips of `path` and its sub-folders, in the order of their names.

    `clips` can be trained on, `refused` cannot; `findings` says what there is to say of each and of the set.
    A folder that is missing or empty is a finding too, never an exception.
    """

    def __init__(
        self,
        path: str | Path,
        num_frames: int = NUM_FRAMES,
        resolutions: Sequence[int] | int = RESOLUTIONS,
        caption_ext: str = "txt",
        default_caption: str | None = "",
        trigger: str | None = None,
        is_reg: bool = False,
    ) -> None:
        if num_frames > MOST_FRAMES:
            raise Refusal(f"Num Frames {num_frames} is more than {MOST_FRAMES}: Wan was trained on 81.")
        self.path = Path(path).expanduser()
        self.num_frames = num_frames
        self.resolutions = [resolutions] if isinstance(resolutions, int) else list(resolutions)
        self.caption_ext = caption_ext
        self.default_caption = default_caption
        self.trigger = trigger
        self.is_reg = is_reg
        listing = listed(self.path) if self.path.is_dir() else Listing(self.path)
        self.all_clips = [self._clip(p, linked_out=False) for p in listing.files]
        self.all_clips += [self._clip(p, linked_out=True) for p in listing.outside]
        self.all_clips.sort(key=lambda clip: clip.path.relative_to(self.path).as_posix())
        self.own_findings = of_folder(self) + of_list(listing, self.all_clips, caption_ext)

    @property
    def clips(self) -> list[Clip]:
        return [clip for clip in self.all_clips if clip.ok]

    @property
    def refused(self) -> list[Clip]:
        return [clip for clip in self.all_clips if not clip.ok]

    @property
    def findings(self) -> list[Finding]:
        """Of the set first, then of each clip."""
        return self.own_findings + [finding for clip in self.all_clips for finding in clip.findings]

    def to_dict(self) -> dict:
        """The report of `wannb inspect --json`."""
        return report.folder_dict(self)

    def __repr__(self) -> str:
        return report.as_text(self)

    def _repr_html_(self) -> str:
        return report.as_html(self)

    def _clip(self, path: Path, linked_out: bool) -> Clip:
        where = shown(path, self.path)
        try:
            if not where.endswith(path.name):
                raise Unusable("odd-name", f"{where} has a name that is not UTF-8", "rename it")
            if linked_out:
                raise Unusable("link-outside", f"{path.name} is a link out of the folder", "copy the file here instead")
            facts = probe(path)
            self._refuse_short(path, facts)
            sizes = self._sizes(path, facts)
        except Unusable as why:
            said = Finding(why.code, "warning", where, f"{why.message}; it is left out.", _sentence(why.fix))
            return Clip(path, findings=(said,))
        file = caption_file(path, self.caption_ext)
        link = file is not None and leads_outside(file, self.path)
        caption = caption_in(None if link else file, self.default_caption)
        picked = pick(facts.frames, 1 if facts.is_image else self.num_frames)
        said = checks.of_frames(where, facts, self.num_frames)
        said += checks.of_picture(where, facts, self.resolutions, sizes)
        said += checks.of_caption(where, caption, self.trigger)
        if link:
            message = f"Its caption {file.name} is a link out of the folder and is not read."
            said.append(Finding("link-outside", "warning", where, message, "Copy the file here instead."))
        text = final(caption.text, self.trigger, self.is_reg)
        return Clip(path, facts, text, tuple(picked), tuple(sizes), tuple(said), ok=True)

    def _refuse_short(self, path: Path, facts: VideoFacts) -> None:
        if self.num_frames > 1 and facts.frames < 2 and not facts.is_image:
            fix = "use a longer clip, or save it as an image"
            raise Unusable("too-short", f"{path.name} has one frame, not {self.num_frames}", fix)

    def _sizes(self, path: Path, facts: VideoFacts) -> list[tuple[int, int]]:
        try:
            return [bucket(facts.width, facts.height, resolution) for resolution in self.resolutions]
        except ValueError:
            size = f"{facts.width}x{facts.height}"
            raise Unusable("too-small", f"{path.name} is {size} pixels, under 16 a side", "use a larger clip") from None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
