"""How a training ended."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.runs.rundir import RunDir


@dataclass(frozen=True)
class Result:
    """How training ended: `state` is `done` or `stopped`, `message` one sentence for people."""

    run: Path
    step: int
    state: str
    checkpoints: list[Path]
    message: str

    @classmethod
    def of(cls, run: RunDir, step: int, steps: int, done: bool) -> "Result":
        """Return the result of a run that ended after `step` of `steps`, everything saved."""
        message = (
            f"Trained {step} steps; the LoRA pair is in {run.checkpoints}."
            if done
            else f"Stopped after step {step} of {steps}, all saved; go on with: {resume_command(run)}"
        )
        files = sorted(run.checkpoints.glob("*.safetensors"))
        return cls(run.path, step, "done" if done else "stopped", files, message)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `wannb train --json`."""
        files = [str(path) for path in self.checkpoints]
        return {**vars(self), "run": str(self.run), "checkpoints": files}


def resume_command(run: RunDir) -> str:
    """Return the command that resumes the run as it was saved, with what was changed while it went."""
    return f"wannb train {shlex.quote(str(run.config))} --resume"
