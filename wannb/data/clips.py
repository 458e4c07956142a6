"""A folder of clips, looked at as training will see it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wannb.data import checks, report
from wannb.data.buckets import bucket
from wannb.data.captions import Caption, caption_file, caption_in, final
from wannb.data.clip import Clip, refused
from wannb.data.edit_checks import edits_of, of_edits, of_piece
from wannb.data.facts import VideoFacts
from wannb.data.folder_checks import of_folder, of_list
from wannb.data.frame_checks import of_frames
from wannb.data.frames import WAN_FPS
from wannb.data.listing import Listing, by_base, leads_outside, listed, shown
from wannb.data.looked import of_set, recalled, with_looks
from wannb.data.looks import Look, look_all
from wannb.data.looks.pool import Progress
from wannb.data.mask_folder import MaskFolder, Windows, checked
from wannb.data.masks import Mask
from wannb.data.picking import FrameMode, choose
from wannb.data.pieces import Piece, box_of, facts_of, named, snapped, span
from wannb.data.unusable import Unusable
from wannb.data.video import probe
from wannb.job.finding import Finding
from wannb.job.frame_counts import MOST_FRAMES
from wannb.refusal import Refusal
from wannb.words import say

NUM_FRAMES = 41
RESOLUTIONS = (512, 768)
"""What the guides start from; a job brings its own."""


class ClipFolder:
    """The clips of `path` and its sub-folders, in the order of their names, each piece that the edit list beside them
    (`edits`, None where it is broken) makes of a clip as a clip of its own.

    `clips` can be trained on, `refused` cannot; `findings` says what there is to say of each and of the set.
    A folder that is missing or empty is a finding too, never an exception. With `shrink_video_to_frames` off, frames
    are taken at `fps`, `windows` pieces of a clip; with `auto_frame_count`, as many as a clip has.
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
        fps: float = WAN_FPS,
        shrink_video_to_frames: bool = True,
        auto_frame_count: bool = False,
        trim_auto_frame_count_tail: bool = True,
        windows: int = 1,
        masks: MaskFolder | None = None,
        caption_dropout: float = 0.0,
    ) -> None:
        if num_frames > MOST_FRAMES:
            raise Refusal(f"Num Frames {num_frames} is more than {MOST_FRAMES}: Wan was trained on 81.")
        if num_frames < 1 or fps <= 0 or windows < 1:
            raise Refusal(f"{windows} windows of {num_frames} frames at {fps} fps: each has to be at least 1.")
        self.path = Path(path).expanduser()
        self.num_frames = num_frames
        self.resolutions = [resolutions] if isinstance(resolutions, int) else list(resolutions)
        self.caption_ext = caption_ext
        self.default_caption = default_caption
        self.trigger = trigger
        self.is_reg = is_reg
        self.caption_dropout = caption_dropout
        self.mode = FrameMode(
            num_frames, fps, shrink_video_to_frames, auto_frame_count, trim_auto_frame_count_tail, windows
        )
        self.masks = masks
        self.edits, of_list_of_edits = edits_of(self.path)
        listing = listed(self.path) if self.path.is_dir() else Listing(self.path)
        found = [(p, False) for p in listing.files] + [(p, True) for p in listing.outside]
        found.sort(key=lambda one: one[0].relative_to(self.path).as_posix())
        self._beside = by_base(listing.others)
        self.all_clips = [clip for path, outside in found for clip in self._clips_of(path, outside)]
        self._as_probed = self.all_clips
        self.looks: dict[Path, Look] = {}
        self._of_looks: list[Finding] = []
        self.own_findings = of_folder(self) + of_list(listing, self.all_clips, caption_ext)
        self.own_findings += of_list_of_edits + of_edits(self.edits, {shown(path, self.path) for path, _ in found})

    @property
    def clips(self) -> list[Clip]:
        return [clip for clip in self.all_clips if clip.ok]

    @property
    def refused(self) -> list[Clip]:
        return [clip for clip in self.all_clips if not clip.ok]

    @property
    def findings(self) -> list[Finding]:
        """Of the set first, then of each clip."""
        return self.own_findings + self._of_looks + [finding for clip in self.all_clips for finding in clip.findings]

    def look(self, kind: str | None = None, progress: Progress | None = None) -> "ClipFolder":
        """Look at every frame of the usable clips, and say what there is to say of them for a LoRA of `kind`.

        Fills `looks` (by path) and each clip's `look`; remembered until a file changes. Returns the folder itself.
        """
        seen = look_all(dict.fromkeys(clip.path for clip in self.clips), progress)
        self._looked({path: one for path, one in seen.items() if isinstance(one, Look)}, kind)
        self._of_looks = of_set(self.clips, str(self.path), kind)
        return self

    def recall(self, kind: str | None = None) -> "ClipFolder":
        """As `look`, of the clips that were looked at before: no file is decoded, and none held against others."""
        return self._looked(recalled({clip.path for clip in self.clips}), kind)

    def _looked(self, looks: dict[Path, Look], kind: str | None) -> "ClipFolder":
        self.looks = looks
        self.all_clips = with_looks(self._as_probed, looks, self.mode, kind)
        self._of_looks = []
        return self

    def to_dict(self) -> dict:
        """The report of `wannb inspect --json`."""
        return report.folder_dict(self)

    def __repr__(self) -> str:
        return report.as_text(self)

    def _repr_html_(self) -> str:
        return report.as_html(self)

    def _clips_of(self, path: Path, linked_out: bool) -> list[Clip]:
        """A clip for each piece of the file, a refused one where it cannot be used or is left out."""
        where = shown(path, self.path)
        facts = None
        try:
            facts = self._probed(path, where, linked_out)
            pieces = self.edits.pieces(where) if self.edits else None
            if pieces == ():
                raise Unusable("left-out", say("The edit list leaves it out"), say("Reset its edits to train on it."))
        except Unusable as why:
            return [refused(path, where, facts, why)]
        caption, captioned = self._captioned(path, where)
        clips = [self._clip(path, name, facts, piece, caption) for name, piece in named(where, pieces)]
        return [replace(clips[0], findings=(*clips[0].findings, *captioned)) if clips[0].ok else clips[0], *clips[1:]]

    def _clip(self, path: Path, where: str, whole: VideoFacts, piece: Piece | None, caption: Caption) -> Clip:
        cut = None
        try:
            cut = piece and snapped(piece, whole)
            facts = facts_of(cut, whole)
            self._refuse_short(path, facts)
            sizes = self._sizes(path, facts)
            choice = choose(facts, self.mode)
            windows = _in_the_file(choice.windows, cut, whole)
            mask, windows, masked = self._masked(path, where, whole, cut, windows, sizes)
        except Unusable as why:
            return refused(path, where, whole, why, cut)
        text = final(caption.text, self.trigger, self.is_reg)
        said = of_frames(where, facts, self.mode, choice) + of_piece(where, whole, piece)
        said += checks.of_picture(where, facts, self.resolutions, sizes) + masked
        return Clip(path, facts, text, windows, tuple(sizes), tuple(said), True, mask, caption, cut, whole, where)

    def _probed(self, path: Path, where: str, linked_out: bool) -> VideoFacts:
        if not where.endswith(path.name):
            raise Unusable("odd-name", say("{where} has a name that is not UTF-8", where=where), say("Rename it."))
        if linked_out:
            raise Unusable(
                "link-outside",
                say("{name} is a link out of the folder", name=path.name),
                say("Copy the file here instead."),
            )
        return probe(path)

    def _captioned(self, path: Path, where: str) -> tuple[Caption, list[Finding]]:
        """The caption as written, and what there is to say of it."""
        file = caption_file(path, self.caption_ext, self._beside.get(path.with_suffix(""), ()))
        link = file is not None and file.is_symlink() and leads_outside(file, self.path)
        caption = caption_in(None if link else file, self.default_caption)
        said = checks.of_caption(where, caption, self.trigger)
        if link:
            message = say("Its caption {name} is a link out of the folder and is not read.", name=file.name)
            said.append(Finding("link-outside", "warning", where, message, say("Copy the file here instead.")))
        return caption, said

    def _masked(
        self,
        path: Path,
        where: str,
        whole: VideoFacts,
        piece: Piece | None,
        windows: Windows,
        sizes: list[tuple[int, int]],
    ) -> tuple[Mask | None, Windows, list[Finding]]:
        """The clip's mask, the windows in which something of it counts, and what there is to say."""
        if not self.masks or not self.masks.path.is_dir():
            return None, windows, []
        clip = path.relative_to(self.path)
        mask = self.masks.of_clip(clip)
        if mask is None:
            return None, windows, self.masks.findings_without(clip, where)
        mask = mask.cropped(box_of(piece, whole), whole.width, whole.height)
        lit, remarks = checked(mask, whole, windows, max(sizes, key=lambda size: size[0] * size[1]))
        said = [
            Finding("mask-aspect", "warning", where, remark, say("Make the mask from the clip.")) for remark in remarks
        ]
        if len(lit) < len(windows):
            message = say(
                "Its mask is black in {count} of {all} windows: they are left out.",
                count=len(windows) - len(lit),
                all=len(windows),
            )
            said.append(Finding("black-window", "info", where, message))
        return mask, lit, said

    def _refuse_short(self, path: Path, facts: VideoFacts) -> None:
        if self.mode.moves and facts.frames < 2 and not facts.is_image:
            name, wanted, fix = path.name, self.num_frames, say("Use a longer clip, or save it as an image.")
            fixed = say("{name} has one frame, not {wanted}", name=name, wanted=wanted)
            message = say("{name} has one frame, not several", name=name) if self.mode.auto else fixed
            raise Unusable("too-short", message, fix)

    def _sizes(self, path: Path, facts: VideoFacts) -> list[tuple[int, int]]:
        try:
            return [bucket(facts.width, facts.height, resolution) for resolution in self.resolutions]
        except ValueError:
            size = f"{facts.width}x{facts.height}"
            raise Unusable(
                "too-small",
                say("{name} is {size} pixels, under 16 a side", name=path.name, size=size),
                say("Use a larger clip."),
            ) from None


def _in_the_file(windows: Windows, piece: Piece | None, whole: VideoFacts) -> Windows:
    """Frame indices of a piece as those of its file."""
    first, _ = span(piece, whole)
    return tuple(tuple(first + index for index in window) for window in windows) if first else windows
