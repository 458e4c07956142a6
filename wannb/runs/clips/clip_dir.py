"""Names and places inside a run's `clips/`: what was rendered, what is wanted, who renders."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ClipDir:
    """The folder `clips/` at `path`; nothing here reads or writes a file."""

    path: Path

    def video(self, key: str) -> Path:
        return self.path / f"{key}.mp4"

    def poster(self, key: str) -> Path:
        return self.path / f"{key}.jpg"

    def facts(self, key: str) -> Path:
        """Written last: a clip with facts is whole."""
        return self.path / f"{key}.json"

    @property
    def wanted(self) -> Path:
        """Orders, one file each (orders)."""
        return self.path / "wanted"

    @property
    def lock(self) -> Path:
        """Held by the process that renders."""
        return self.path / ".lock"

    @property
    def process(self) -> Path:
        """Who that is, or was last (liveness)."""
        return self.path / "process.json"

    @property
    def progress(self) -> Path:
        """What that process is at (progress)."""
        return self.path / "progress.json"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.path / "log.txt"
