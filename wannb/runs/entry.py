"""One job in a queue: `<number>.json` beside `<number>.yaml`, the job as it was when it was added."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from wannb.files import write_atomically
from wannb.refusal import Refusal

STATES = {
    "waiting": "it will be taken in its turn",
    "held": "it waits until it is released",
    "running": "a runner trains it",
    "done": "it took all its steps",
    "refused": "it could not be begun, for the reason in its message",
    "failed": "it was begun and ended by itself, for the reason in its message",
    "cancelled": "it was asked to stop; all is saved",
}
OPEN = ("waiting", "held", "running")


@dataclass(frozen=True)
class Entry:
    """One job: `place` orders the queue, `gpu` is where it must train (None: anywhere), `runner` who has it.

    began: whether its trainer was started; printed: the bytes that were in the run's log before. tries: how often that
    trainer was killed since `step`, the last step that it had reached before.
    """

    number: int
    place: float
    name: str
    run: str
    gpu: str | None = None
    state: str = "waiting"
    message: str = ""
    runner: str | None = None
    began: bool = False
    printed: int = 0
    tries: int = 0
    step: int = 0

    def __post_init__(self) -> None:
        if type(self.number) is not int or self.state not in STATES or not isinstance(self.place, (int, float)):
            raise ValueError(f"no entry of a queue: {self}")

    def file(self, folder: Path) -> Path:
        return folder / f"{self.number:06d}.json"

    def job(self, folder: Path) -> Path:
        return folder / f"{self.number:06d}.yaml"

    def write(self, folder: Path) -> "Entry":
        write_atomically(self.file(folder), json.dumps(asdict(self), ensure_ascii=False, indent=1))
        return self

    def become(self, folder: Path, state: str, message: str = "", **facts: Any) -> "Entry":
        """Write it in another state and return that."""
        return replace(self, state=state, message=message, **facts).write(folder)

    @classmethod
    def read(cls, file: Path) -> "Entry | None":
        """Return the entry in `file`, None where it is gone or no entry."""
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            names = {field.name for field in fields(cls)}
            return cls(**{name: value for name, value in facts.items() if name in names})
        except (OSError, ValueError, TypeError, AttributeError):
            return None


def listed(folder: Path) -> list[Entry]:
    """Return the entries in `folder` in their order."""
    found = (Entry.read(file) for file in folder.glob("[0-9]*.json"))
    return sorted((one for one in found if one), key=lambda one: (one.place, one.number))


def numbered(folder: Path, number: int) -> Entry:
    """Return one entry; raises Refusal naming those that exist."""
    entries = listed(folder)
    for one in entries:
        if one.number == number:
            return one
    there = ", ".join(str(one.number) for one in entries) or "none"
    raise Refusal(f"{folder} has no job {number}: there are {there}.")
