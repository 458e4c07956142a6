"""Looking at clips for the first time takes a decode of each: it is done aside, and what is known is asked for."""

import threading
from pathlib import Path

from wannb.data.listing import listed
from wannb.data.video import probe
from wannb.job import Job
from wannb.refusal import Refusal


class Scan:
    """Probes the clips of a job's folders, in a thread that touches nothing else; `probe` remembers the facts."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._known: set[tuple[str, int, int]] = set()
        self.done, self.total = 0, 0

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def look(self, job: Job) -> bool:
        """Begin to look at what of `job`'s clips is not known yet; return whether everything is known."""
        folders = tuple(sorted({one.folder_path for one in job.datasets if one.folder_path}))
        if self.busy:
            return False
        unknown = self._unknown(folders)
        if not unknown:
            return True
        self.done, self.total = 0, len(unknown)
        self._thread = threading.Thread(target=self._probe, args=(unknown,), daemon=True, name="wannb-scan")
        self._thread.start()
        return False

    def wait(self, seconds: float | None = None) -> None:
        """Wait until what was begun is done."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _unknown(self, folders: tuple[str, ...]) -> list[tuple[Path, tuple[str, int, int]]]:
        found = []
        for folder in map(Path, folders):
            for path in listed(folder).files if folder.is_dir() else ():
                if (key := _key(path)) and key not in self._known:
                    found.append((path, key))
        return found

    def _probe(self, unknown: list[tuple[Path, tuple[str, int, int]]]) -> None:
        for path, key in unknown:
            try:
                probe(path)
            except Refusal:
                pass  # the clip's own finding says it
            self._known.add(key)
            self.done += 1


def _key(path: Path) -> tuple[str, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return str(path), stat.st_mtime_ns, stat.st_size
