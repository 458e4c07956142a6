"""Names and places inside a run's `clips/`: what was rendered, what is wanted, who renders."""

from dataclasses import dataclass
from pathlib import Path

from wannb.runs.worked_dir import WorkedDir


@dataclass(frozen=True)
class ClipDir(WorkedDir):
    """The folder `clips/` at `path`; nothing here reads or writes a file."""

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
