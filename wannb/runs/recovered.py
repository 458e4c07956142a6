"""What 4 bits cost an expert, and how much of it an adapter gives back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.train.recovering import Error


@dataclass(frozen=True)
class RecoveredExpert:
    """Of one expert over the tests: its loss as it is whole, and `Error`s in 4 bits: alone, with the adapter as the
    learning starts, and as it is in the file. None: not there yet."""

    expert: str
    whole: float
    alone: Error | None
    start: Error | None
    trained: Error | None

    def of_error(self, stage: str) -> float | None:
        """The share, at most 1, of the squared distance from the whole expert that is gone at `stage` ("start" |
        "trained")."""
        found = getattr(self, stage)
        return None if found is None or not self.alone.error else 1 - found.error / self.alone.error

    def of_loss(self, stage: str) -> float | None:
        """The share of the loss that 4 bits add which is gone; above 1 where the loss is lower than the whole expert's,
        None where 4 bits add none."""
        found, lost = getattr(self, stage), self.alone and self.alone.loss - self.whole
        return None if found is None or lost <= 0 else 1 - (found.loss - self.whole) / lost

    def to_dict(self) -> dict[str, Any]:
        stages = {"alone": self.alone, "start": self.start, "trained": self.trained}
        return {
            "loss": {"whole": self.whole, **{name: one and one.loss for name, one in stages.items()}},
            "error": {name: one and one.error for name, one in stages.items()},
            "recovered": {name: self.of_error(name) for name in ("start", "trained")},
            "recovered_of_loss": {name: self.of_loss(name) for name in ("start", "trained")},
        }

    def __str__(self) -> str:
        lines = [f"{self.expert}-noise expert: whole, loss {self.whole:.4f}"]
        for stage, what in (("alone", "in 4 bits"), ("start", "with the start"), ("trained", "with the adapter")):
            found: Error | None = getattr(self, stage)
            if found is not None:
                line = (
                    f"  {what}: loss {found.loss:.4f}, {found.error:.3g} from the whole expert's velocity (mean square)"
                )
                share = self.of_error(stage) if stage != "alone" else None
                lines.append(line + (f", {share:.0%} of it recovered" if share is not None else ""))
        return "\n".join(lines)


@dataclass(frozen=True)
class Recovered:
    """`state`: "done" or "stopped"; `file`: None where nothing could be written yet; `held_out`: whether the tests are
    on clips that nothing was learned from (their noise is never)."""

    file: Path | None
    state: str
    rank: int
    steps: int
    held_out: bool
    experts: list[RecoveredExpert]
    message: str

    def to_dict(self) -> dict[str, Any]:
        """The object of `wannb ara --json`."""
        experts = {one.expert: one.to_dict() for one in self.experts}
        return {**vars(self), "file": self.file and str(self.file), "experts": experts}
