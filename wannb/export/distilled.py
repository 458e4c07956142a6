"""A distillation LoRA (Lightning and its kind): a pair of files that makes a clip in four steps without guidance."""

from dataclasses import dataclass
from pathlib import Path

STEPS, SHIFT = 4, 5.0  # what ComfyUI's own templates set for the lightx2v files of both tasks (formats.md 3.2)


@dataclass(frozen=True)
class Distilled:
    """`high`, `low`: the names of its files where the clip is made, in ComfyUI's models/loras or beside the script."""

    high: str
    low: str
    steps: int = STEPS
    shift: float = SHIFT

    @property
    def names(self) -> dict[str, str]:
        """Expert -> file name, without a folder that is nobody else's business."""
        return {"high": Path(self.high).name, "low": Path(self.low).name}

    def over(self, clip: dict) -> dict:
        """The settings of `clip` as a distilled model needs them: its steps and shift, guidance 1 for both experts."""
        return clip | {"steps": self.steps, "shift": self.shift, "guidance_scale": 1.0, "guidance_scale_2": 1.0}
