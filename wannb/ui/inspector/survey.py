"""Looking at a folder's clips: what takes a decode of each is done aside, and the page asks how far it is."""

import threading
import time

from wannb.data.clips import ClipFolder
from wannb.data.facts import VideoFacts
from wannb.data.listing import listed, shown
from wannb.data.looks import look_all
from wannb.data.looks.remembered import recall
from wannb.data.unusable import Unusable
from wannb.refusal import Refusal
from wannb.ui.inspector.source import Source

BEAT = 0.4
"""Seconds between two times that rows are filled while clips are looked at."""


class Survey:
    """`names` of the clips below the folder, `facts` and `energy` of those looked at, `folder` once all are."""

    def __init__(self, source: Source) -> None:
        self._source = source
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
            self.version += 1
            if self._stale:
                return
            self._stale = True
            if self._ended.is_set() or self.version == 1:
                self._ended.clear()
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
        unknown = {name: stamp for name in self.names if (stamp := self._stamp(name)) != self._known.get(name)}
        before, self.done = len(self.names) - len(unknown), len(self.names) - len(unknown)
        last = 0.0

        def count(done: int, _: int) -> None:
            nonlocal last
            self.done = before + done
            if time.monotonic() - last > BEAT:
                self._take(unknown)
                last = time.monotonic()

        look_all([self._source.path / name for name in unknown], count)
        self._take(unknown)
        for name in unknown:  # what could not even be opened: its own finding says why
            self._known.setdefault(name, unknown[name])
            self.facts.setdefault(name, None)

    def _take(self, unknown: dict[str, tuple[int, int]]) -> None:
        """Take over what is known by now of those clips."""
        for name, stamp in unknown.items():
            seen = None if self._known.get(name) == stamp else recall(self._source.path / name)
            if seen is None:
                continue
            facts, look = seen
            self.facts[name] = None if isinstance(facts, Unusable) else facts
            self.energy[name] = look.energy if look else None
            self._known[name] = stamp
        self.version += 1

    def _stamp(self, name: str) -> tuple[int, int]:
        try:
            stat = (self._source.path / name).stat()
        except OSError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_size
