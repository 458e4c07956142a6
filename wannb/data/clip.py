"""A clip as training will see it: one file of a set, or one piece of it."""

from dataclasses import dataclass, field
from pathlib import Path

from wannb.data import report
from wannb.data.boxes import Box
from wannb.data.captions import Caption
from wannb.data.facts import VideoFacts
from wannb.data.frames import WAN_FPS
from wannb.data.looks.look import Look
from wannb.data.masks import Mask
from wannb.data.pieces import Piece, box_of, span
from wannb.data.unusable import Unusable
from wannb.job.finding import Finding
from wannb.words import say


@dataclass(frozen=True)
class Clip:
    """One file of the set, or one `piece` of it: `caption` is final (trigger in place), `written` what it was made of,
    `windows` the frame indices (of the file) that are trained on together, `buckets` a (W, H) each.

    `facts` are those of the piece, `whole` those of the file; they are the same where `piece` is None, the whole clip.
    A refused clip (`ok` False) has no windows and buckets; its last finding says why. `name` is fit for print;
    `look` is what the piece looks like, where the folder was looked at (`ClipFolder.look`).
    """

    path: Path
    facts: VideoFacts | None = None
    caption: str = ""
    windows: tuple[tuple[int, ...], ...] = ()
    buckets: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    ok: bool = False
    mask: Mask | None = None
    written: Caption | None = None
    piece: Piece | None = None
    whole: VideoFacts | None = None
    name: str = ""
    look: Look | None = field(default=None, compare=False)

    @property
    def crop(self) -> Box | None:
        """The part of the picture that is trained on, in the file's upright pixels; None is all of it."""
        return box_of(self.piece, self.whole) if self.whole else None

    @property
    def span(self) -> tuple[int, int]:
        """(first, stop): the frames of the file that belong to the clip."""
        return span(self.piece, self.whole) if self.whole else (0, 0)

    @property
    def picked(self) -> tuple[int, ...]:
        """The frame indices of the first window."""
        return self.windows[0] if self.windows else ()

    @property
    def stretch(self) -> float:
        """How many times as fast as filmed the first window plays at Wan's 16 fps; 1 where there is no motion."""
        if len(self.picked) < 2 or self.whole.fps <= 0:
            return 1.0
        seconds = self.whole.time_of(self.picked[-1]) - self.whole.time_of(self.picked[0])
        return seconds / ((len(self.picked) - 1) / WAN_FPS)

    def to_dict(self) -> dict:
        return report.clip_dict(self)


def refused(path: Path, where: str, facts: VideoFacts | None, why: Unusable, piece: Piece | None = None) -> Clip:
    """The clip that cannot be used, or is left out on purpose, as its finding says."""
    chosen = why.code == "left-out"
    message = say("{what}.", what=why.message) if chosen else say("{what}; it is left out.", what=why.message)
    said = Finding(why.code, "info" if chosen else "warning", where, message, why.fix)
    return Clip(path, facts, findings=(said,), piece=piece, whole=facts, name=where)
