"""Names and places inside one run directory, `<training_folder>/<name>/`."""

import re
from dataclasses import dataclass
from pathlib import Path

from wannb.runs.worked_dir import WorkedDir

_PREVIEW = re.compile(r"\d{9}")


@dataclass(frozen=True)
class RunDir(WorkedDir):
    """The run directory at `path`; nothing here reads or writes a file."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def validation(self) -> Path:
        return self.path / "validation.jsonl"

    @property
    def norms(self) -> Path:
        """‖W‖ and ‖ΔW‖ by block."""
        return self.path / "norms.jsonl"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def state(self) -> Path:
        return self.path / "state"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def previews(self) -> Path:
        return self.path / "previews"

    @property
    def control(self) -> Path:
        """Requests to that process, one file each."""
        return self.path / "control"

    @property
    def launch(self) -> Path:
        """The job as a detached process was given it."""
        return self.path / "launch.yaml"

    @property
    def begun(self) -> bool:
        """Whether a run was started here."""
        return self.config.exists()

    @property
    def known(self) -> bool:
        """Whether a run was started here or is being prepared."""
        return self.begun or self.process.exists()

    def checkpoint(self, expert: str, step: int | None = None) -> Path:
        """Return the LoRA file of `expert` after `step`, or the final one without a step."""
        middle = "" if step is None else f"_{step:09d}"
        return self.checkpoints / f"{self.name}{middle}_{expert}_noise.safetensors"

    def checkpoint_steps(self) -> list[int]:
        """Return the steps that have a LoRA file of either expert, ascending; the final pair has none."""
        named = re.compile(re.escape(self.name) + r"_(\d{9})_(?:high|low)_noise\.safetensors")
        found = {int(m[1]) for file in self.checkpoints.glob("*.safetensors") if (m := named.fullmatch(file.name))}
        return sorted(found)

    def preview(self, step: int, index: int, suffix: str) -> Path:
        """Return the path of the `index`-th preview (from 0) after `step`: suffix `.mp4`, `.jpg` or `.json`."""
        return self.previews / f"{step:09d}" / f"{index}{suffix}"

    def preview_steps(self) -> list[int]:
        """Return the steps that have a preview folder, ascending."""
        if not self.previews.is_dir():
            return []
        return sorted(int(folder.name) for folder in self.previews.iterdir() if _PREVIEW.fullmatch(folder.name))
