"""Names and places inside a directory that one process at a time works in: a run's, or its clips'."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WorkedDir:
    """The directory at `path`; nothing here reads or writes a file."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held by the process that works in it."""
        return self.path / ".lock"

    @property
    def process(self) -> Path:
        """Who that is, or was last (liveness)."""
        return self.path / "process.json"

    @property
    def progress(self) -> Path:
        """What that process is at."""
        return self.path / "progress.json"

    @property
    def log(self) -> Path:
        """What detached processes printed."""
        return self.path / "log.txt"
