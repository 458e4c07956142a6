"""Looking at a folder's clips: what takes a decode of each is done aside, and the page asks how far it is."""

import threading
import time
from collections.abc import Callable

from wannb.data.clips import ClipFolder
from wannb.data.facts import VideoFacts
from wannb.data.listing import listed, shown
from wannb.data.looks import Look, look_all
from wannb.data.unusable import Unusable
from wannb.data.video import probe
from wannb.refusal import Refusal
from wannb.ui.inspector.source import Source

REST = 0.02
"""Seconds between two looks whether pictures are wanted first."""
FIRST, BLOCK = 16, 256
"""Clips that are looked at together."""


class Survey:
    """`names` of the clips below the folder, `facts` and `energy` of those looked at, `folder` once all are.

    `pictures_wanted` says whether to rest: what is in sight goes first.
    """

    def __init__(self, source: Source, pictures_wanted: Callable[[], bool]) -> None:
        self._source, self._pictures_wanted = source, pictures_wanted
        self._turn = threading.Lock()
        self._ended = threading.Event()
        self._stale = False
        self._known: dict[str, tuple[int, int]] = {}
        self.names: list[str] = []
        self.facts: dict[str, VideoFacts | None] = {}
        self.energy: dict[str, float | None] = {}
        self.folder: ClipFolder | None = None
        self.done = self.version = 0
        self.trouble = ""
        self.again()

    @property
    def looked(self) -> bool:
        """Whether every clip has been looked at, so that nothing about one costs a decode."""
        return self.done >= len(self.names)

    @property
    def busy(self) -> str:
        """What is still being looked at, or ""."""
        if self._ended.is_set():
            return ""
        return f"looking at clips, {self.done} of {len(self.names)}" if not self.looked else "reporting"

    def again(self) -> None:
        """Look at the folder anew: at files that changed, and at everything that was written beside them."""
        with self._turn:
            self.names = self._listed()
            if self._stale:
                return
            self._stale = True
            if self._ended.is_set() or not self.version:
                self._ended.clear()
                self.version = max(self.version, 1)
                threading.Thread(target=self._work, daemon=True, name="wannb-survey").start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until all that was begun is done."""
        self._ended.wait(seconds)

    def _listed(self) -> list[str]:
        found = listed(self._source.path)
        return [shown(path, self._source.path) for path in sorted(found.files + found.outside)]

    def _work(self) -> None:
        while True:
            with self._turn:
                if not self._stale:
                    self._ended.set()
                    return
                self._stale = False
            try:
                self._look_at_all()
                self.folder, self.trouble = self._source.look(), ""
            except Exception as error:  # a thread's error would be seen by nobody
                self.trouble = str(error) if isinstance(error, Refusal) else f"Looking at the clips failed: {error!r}."
            self.version += 1

    def _look_at_all(self) -> None:
        """A few first, so that rows fill at once; the rest in blocks large enough for several processes."""
        unknown = [name for name in self.names if self._stamp(name) != self._known.get(name)]
        self.done = len(self.names) - len(unknown)
        for at in (0, *range(FIRST, len(unknown), BLOCK)):
            while self._pictures_wanted():
                time.sleep(REST)
            self._look_at(unknown[at : at + (BLOCK if at else FIRST)])

    def _look_at(self, names: list[str]) -> None:
        known, before = {name: self._stamp(name) for name in names}, self.done
        answers = look_all([self._source.path / name for name in names], lambda done, _: self._count(before + done))
        for name, seen in zip(names, answers.values(), strict=True):
            self.facts[name], self.energy[name] = self._measured(name, seen)
            self._known[name] = known[name]
        self.version += 1

    def _measured(self, name: str, seen: Look | Unusable) -> tuple[VideoFacts | None, float | None]:
        """Nothing of a clip that cannot be used: its own finding says why."""
        try:
            return (None, None) if isinstance(seen, Unusable) else (probe(self._source.path / name), seen.energy)
        except Refusal:
            return None, None  # the file changed in between

    def _count(self, done: int) -> None:
        self.done = done

    def _stamp(self, name: str) -> tuple[int, int]:
        try:
            stat = (self._source.path / name).stat()
        except OSError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_size
