"""`progress.json`: which clip the renderer is at and how far, for readers elsewhere; gone when it rests."""

import json
import time
from dataclasses import asdict, dataclass

from wannb.files import write_lightly
from wannb.runs.clips.clip_dir import ClipDir

OFTEN = 0.2
"""Seconds between two writings within one clip."""


@dataclass(frozen=True)
class At:
    """The clip `key` after `step` of `steps` denoising steps; `doing` says what goes on beside them, "" for nothing.

    tries: how many renderers began this clip one after the other without coming to its end.
    """

    key: str
    step: int
    steps: int
    doing: str = ""
    tries: int = 1


class Teller:
    """Writes where the renderer is, at most some times a second."""

    def __init__(self, clips: ClipDir):
        self._path, self._at = clips.progress, 0.0
        self._last: At | None = None

    def tell(self, at: At) -> None:
        new = self._last is None or (at.key, at.doing) != (self._last.key, self._last.doing)
        self._last = at
        if new or at.step >= at.steps or time.monotonic() - self._at > OFTEN:
            self._at = time.monotonic()
            try:
                write_lightly(self._path, json.dumps(asdict(at), ensure_ascii=False))
            except OSError:  # a full disk is for the clip itself to tell
                return

    def rest(self) -> None:
        """Say that no clip is being made."""
        self._last = None
        self._path.unlink(missing_ok=True)


def read(clips: ClipDir) -> At | None:
    """Return what the renderer, or one that died, was at last; None where it rests."""
    try:
        facts = json.loads(clips.progress.read_text(encoding="utf-8"))
        numbers = {name: int(facts[name]) for name in ("step", "steps", "tries")}
        return At(key=str(facts["key"]), doing=str(facts["doing"]), **numbers)
    except (OSError, ValueError, TypeError, LookupError):
        return None
