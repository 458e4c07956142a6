"""Which mask belongs to which clip (`datasets[].mask_path`), and what is wrong with it."""

from collections.abc import Iterable
from pathlib import Path

from wannb.data.facts import VideoFacts
from wannb.data.listing import FOREIGN, Listing, listed
from wannb.data.masks import Mask, is_black
from wannb.data.unusable import Unusable
from wannb.data.video import probe
from wannb.job.finding import Finding
from wannb.words import say

_ASPECT = 0.02
"""How far, as a share, a mask's aspect may be from its clip's before it is worth a word."""

Windows = tuple[tuple[int, ...], ...]


class MaskFolder:
    """Images and videos of the clips' base names; a link that leaves the folder is not followed."""

    def __init__(self, path: str | Path, invert: bool = False, floor: float = 0.0) -> None:
        self.path, self.invert, self.floor = Path(path).expanduser(), invert, floor
        listing = listed(self.path) if self.path.is_dir() else Listing(self.path)
        self._inside = self._by_stem(listing.files)
        self._unread = self._by_stem(listing.outside) | self._by_stem(listing.foreign)

    def of_clip(self, clip: Path) -> Mask | None:
        """The mask of `clip` (its path below the clip folder): in the same sub-folder, else by base name alone."""
        for stem in (clip.with_suffix(""), Path(clip.stem)):
            if stem in self._inside:
                return Mask(self._inside[stem], self.invert, self.floor)
        return None

    def findings_without(self, clip: Path, where: str) -> list[Finding]:
        """What to say of a clip that has no mask here."""
        unread = self._unread.get(clip.with_suffix("")) or self._unread.get(Path(clip.stem))
        if unread and unread.suffix.lower() in FOREIGN:
            message = say("Its mask {name} is of a kind that is not read: all of it counts.", name=unread.name)
            return [Finding("unsupported", "warning", where, message, say("Convert it to png (image) or mp4 (video)."))]
        if unread:
            message = say(
                "Its mask {name} is a link out of the mask folder and is not read: all of it counts.", name=unread.name
            )
            return [Finding("link-outside", "warning", where, message, say("Copy the file there instead."))]
        return [Finding("no-mask", "info", where, say("It has no mask: all of it counts."))]

    def of_set(self, clip_folder: Path, clips: Iterable) -> list[Finding]:
        """On the folder as a whole; `clips` are the Clips of `clip_folder`, usable or not."""
        if not self.path.is_dir():
            file = say("The mask folder {path} is a file.", path=self.path)
            missing = say("The mask folder {path} is missing.", path=self.path)
            message = file if self.path.exists() else missing
            fix = say("Give the folder that holds the masks.")
            return [Finding("no-mask-folder", "error", str(self.path), message, fix)]
        real = self.path.resolve()
        clips = list(clips)
        among = [clip.path for clip in clips if clip.path.resolve().is_relative_to(real)]
        if among and real.is_relative_to(clip_folder.resolve()):
            message = say("The masks in {path} are taken for clips too ({name}).", path=self.path, name=among[0].name)
            fix = say("Move them out of the clip folder, or let their folder's name begin with _.")
            return [Finding("masks-among-clips", "error", str(self.path), message, fix)]
        if clips and not any(self.of_clip(clip.path.relative_to(clip_folder)) for clip in clips):
            message = say(
                "No file of {path} has the base name of a clip: the mask folder changes nothing.", path=self.path
            )
            return [
                Finding("no-masks", "warning", str(self.path), message, say("A mask has the base name of its clip."))
            ]
        return []

    def _by_stem(self, paths: list[Path]) -> dict[Path, Path]:
        return {path.relative_to(self.path).with_suffix(""): path for path in reversed(paths)}


def checked(mask: Mask, facts: VideoFacts, windows: Windows, size: tuple[int, int]) -> tuple[Windows, list[str]]:
    """The windows in which something counts, and remarks; raises Unusable where the mask cannot be used at all."""
    name = mask.path.name
    try:
        own = probe(mask.path)
    except Unusable as why:
        raise Unusable("mask-unreadable", say("Its mask cannot be read ({what})", what=why.message), why.fix) from None
    if not own.is_image and own.frames != facts.frames:
        message = say(
            "Its mask {name} has {frames} frames, the clip {facts_frames}",
            name=name,
            frames=own.frames,
            facts_frames=facts.frames,
        )
        raise Unusable("mask-length", message, say("Make a mask video of the clip's length, or an image."))
    lit = tuple(window for window in windows if not is_black(mask, window, size))
    if not lit:
        fix = say("Paint white what counts, or see invert_mask.")
        raise Unusable("black-mask", say("Its mask {name} is black all over", name=name), fix)
    said = []
    if abs(own.width * facts.height / (own.height * facts.width) - 1) > _ASPECT:
        said.append(
            say(
                "Its mask is {width}x{height}, the clip {facts_width}x{facts_height}: they do not match.",
                width=own.width,
                height=own.height,
                facts_width=facts.width,
                facts_height=facts.height,
            )
        )
    return lit, said
