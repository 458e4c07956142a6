"""What is known of a run's LoRA files before any clip is looked at."""

from dataclasses import dataclass

from wannb.runs.choosing import files
from wannb.runs.choosing.validated import Validated
from wannb.runs.clips.saved import saved_steps
from wannb.runs.run import Run

EXPERTS = ("high", "low")


@dataclass(frozen=True)
class Expert:
    """One expert. saved: its steps, none where it was not trained.  sizes: ‖ΔW‖ by step.  broken: steps whose files are
    no weights of a training.  validated: None without measurements."""

    name: str
    saved: tuple[int, ...]
    sizes: dict[int, float]
    broken: frozenset[int]
    validated: Validated | None

    @property
    def sound(self) -> tuple[int, ...]:
        """The steps that nothing speaks against, ascending."""
        worse = self.validated.worse if self.validated else frozenset()
        return tuple(step for step in self.saved if step not in self.broken and step not in worse)

    def nearest(self, step: int) -> int:
        """The newest sound step up to `step`, 0 where there is none."""
        return max((one for one in self.sound if one <= step), default=0)

    def loss(self, step: int) -> float | None:
        """Its validation loss after `step`, where it was measured."""
        return self.validated.losses.get(step) if self.validated else None


def evidence(run: Run) -> dict[str, Expert]:
    """Both experts of `run`, by name."""
    trained = {name: saved_steps(run, name) if name in run.config.stages else {} for name in EXPERTS}
    sizes = {name: files.sizes(saved) for name, saved in trained.items()}
    rows = run.validation()
    return {
        name: Expert(
            name,
            tuple(trained[name]),
            sizes[name],
            frozenset(files.broken(sizes[name], sizes[other])),
            Validated.of(rows, name),
        )
        for name, other in (EXPERTS, EXPERTS[::-1])
    }
