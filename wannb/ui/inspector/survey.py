"""Looking at a folder's clips: what takes a decode of each is done aside, and the page asks how far it is."""

import threading
from collections.abc import Callable
from pathlib import Path

from wannb.data.clips import ClipFolder
from wannb.data.facts import VideoFacts
from wannb.data.listing import listed, shown
from wannb.data.looks import look
from wannb.data.video import probe
from wannb.refusal import Refusal
from wannb.ui.inspector.source import Source

REST = 0.02
"""Seconds between two looks whether pictures are wanted first."""


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
        self.energy: dict[str, float] = {}
        self.folder: ClipFolder | None = None
        self.done = self.version = 0
        self.trouble = ""
        self.again()

    @property
    def busy(self) -> str:
        """What is still being looked at, or ""."""
        if self._ended.is_set():
            return ""
        return f"looking at clips, {self.done} of {len(self.names)}" if self.done < len(self.names) else "reporting"

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
            self._look_at_all()
            self._report()

    def _look_at_all(self) -> None:
        self.done = 0
        for name in self.names:
            while self._pictures_wanted():
                threading.Event().wait(REST)
            self._look_at(name, self._source.path / name)
            self.done += 1
            self.version += 1

    def _look_at(self, name: str, path: Path) -> None:
        try:
            stat = path.stat()
            if self._known.get(name) == (stat.st_mtime_ns, stat.st_size):
                return
            self.energy[name] = look(path).energy
            self.facts[name] = probe(path)  # answered from the same pass
        except (Refusal, OSError):
            self.facts[name] = None  # the clip's own finding says why
            return
        self._known[name] = (stat.st_mtime_ns, stat.st_size)

    def _report(self) -> None:
        try:
            self.folder, self.trouble = self._source.look(), ""
        except (Refusal, OSError) as error:
            self.trouble = str(error)
        self.version += 1
