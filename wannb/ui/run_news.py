"""What is new about a run since a browser last asked: rows, where it stands, its newest preview, what happened."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from wannb.refusal import Refusal
from wannb.runs.launching import last_words
from wannb.runs.result import resume_command
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.standing import STATES
from wannb.runs.tail import Tail
from wannb.ui.colours import COLOURS
from wannb.ui.playable import playable

EXPERTS = list(COLOURS)
COLUMNS = ("step", "loss", "expert")
RECENT = 40  # named events that are kept
AT_WORK = ("starting", "training", "paused")

Answer = tuple[dict[str, Any], list[bytes]]


class RunNews:
    """Looks at `run` at the cost of what was appended since the last look; any number of browsers may ask."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._turn = threading.Lock()  # a handler may run beside a cell (ipykernel's subshells)
        self._follower, self._tail = run.follow(), Tail(run.dir.events)
        self._rows = np.empty((0, len(COLUMNS)), "<f4")
        self._cuts: list[int] = []  # the steps after which a resume took rows back, in order
        self._stage: str | None = None
        self._events: list[dict[str, Any]] = []
        self._answers: Counter[str] = Counter()  # by kind of request
        self._died = ""
        self._clip: tuple[str, bytes, dict[str, Any]] = ("", b"", {})

    def since(self, step: int, cuts: int, clip: str) -> Answer:
        """Return what a browser lacks that has the rows up to `step`, knows of the first `cuts` cuts and shows `clip`.

        The mapping: `from` (rows after this step are replaced by those of the first buffer, float32 [n, 3] as
        COLUMNS), `cuts`, `status`, `events`, `answers` (to requests, by kind), and `clip`, whose bytes are the second
        buffer, where there is another one.
        """
        with self._turn:
            self._read()
            start = min([step, *self._cuts[max(0, cuts) :]])
            rows = self._rows[np.searchsorted(self._rows[:, 0], start, "right") :]
            news = {
                "from": start, "cuts": len(self._cuts), "status": self._status(), "events": self._events,
                "answers": dict(self._answers),
            }  # fmt: skip
            name, data, facts = self._clip
            if not name or name == clip:
                return news, [rows.tobytes()]
            return {**news, "clip": {"name": name, **facts}}, [rows.tobytes(), data]

    def _read(self) -> None:
        new = self._follower.new()
        if self._follower.back_to is not None:
            self._cuts.append(self._follower.back_to)
            self._rows = self._rows[: np.searchsorted(self._rows[:, 0], self._follower.back_to, "right")]
        if len(new):
            stages = new["stage"]
            self._stage = stages[-1]
            experts = [EXPERTS.index(stage) if stage in EXPERTS else 0 for stage in stages]
            columns = [np.asarray(one, float) for one in (new["step"], new["loss"], experts)]
            self._rows = np.concatenate([self._rows, np.stack(columns, 1).astype("<f4")])
        for row in self._tail.rows():
            self._hear(row)

    def _hear(self, row: dict[str, Any]) -> None:
        if row.get("event") == "control" and row.get("kind"):
            self._answers[row["kind"]] += 1
        if row.get("event") == "died":
            self._died = row["reason"] if is_sentence(row) else ""
        words = words_of(row)
        if words:
            bad = row["event"] in ("died", "warned") or "refused" in row
            named = {"time": row.get("time"), "step": row.get("step"), "words": words, "bad": bad}
            self._events = [*self._events, named][-RECENT:]

    def _status(self) -> dict[str, Any]:
        status = self.run.status()
        self._take_clip(status["preview"])
        return said_status(self.run, status, self._stage, self._died)

    def _take_clip(self, path: str | None) -> None:
        """Read the newest preview where it is another one; one that cannot be played is left out."""
        if path is None:
            return
        try:
            name = f"{path}@{Path(path).stat().st_mtime_ns}"
            if name == self._clip[0]:
                return
            newest = next(one for one in reversed(self.run.previews) if str(one.video) == path)
            clip = playable(path)
        except (OSError, Refusal, StopIteration):
            return
        facts = {"mime": clip.mime, "step": newest.step, "prompt": newest.facts.get("prompt", "")}
        facts |= {"distilled": newest.facts.get("distilled")}
        self._clip = (name, clip.data, facts)


def said_status(run: Run, status: dict[str, Any], stage: str | None, died: str) -> dict[str, Any]:
    """`Run.status`, the expert at work, and a sentence where the run's state asks for one; died: why, in words."""
    asks = run.dir
    sentence = {
        "died": died or _gone(asks),
        "stopped": f"Stopped, all saved; go on with: {resume_command(asks)}",
        "paused": "It is saved and waits, keeping its memory.",
        "silent": "It was trained on another host, and wrote nothing for ten minutes.",
        "done": f"Done; the LoRA files are in {asks.checkpoints}",
    }.get(status["state"], "")
    return {
        **{name: status[name] for name in ("state", "step", "steps", "s_per_step", "eta_s", "phase")},
        "stage": stage,
        "meaning": STATES[status["state"]],
        "sentence": sentence,
        "at_work": status["state"] in AT_WORK,
    }


def _gone(run: RunDir) -> str:
    """What to do where a run's process is gone and no event says why; before the first step there is nothing to go on
    from, and the reason is what it printed last."""
    if run.begun:
        return f"Its process is gone; go on from its last save with: {resume_command(run)}"
    return last_words(run, 0) or f"Its process ended before the first step; {run.log} may say why."


def words_of(row: dict[str, Any]) -> str:
    """Return an event in words, "" for one that is not worth a line."""
    kind = row.get("kind")
    match row.get("event"):
        case "started":
            return "resumed" if row.get("resumed") else "started"
        case "saved":
            return "saved"
        case "previewed":
            return "previews made"
        case "changed":
            return f"{row.get('setting')}: {row.get('before')} → {row.get('now')}"
        case "warned":
            return str(row.get("message", ""))
        case "died":
            return "died" if is_sentence(row) else f"died: {row.get('reason')}"
        case "stopped":
            return "done" if row.get("reason") == "done" else "stopped"
        case "control" if "refused" in row:
            return f"{kind or 'a request'} refused: {row['refused']}"
        case "control" if kind in ("pause", "go on"):
            return {"pause": "paused", "go on": "went on"}[kind]
    return ""


def is_sentence(died: dict[str, Any]) -> bool:
    """Whether the reason of a death is said in words, and not by the name of an exception."""
    return " " in str(died.get("reason", ""))
