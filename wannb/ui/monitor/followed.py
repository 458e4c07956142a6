"""A run of ours, followed from its directory: what a browser lacks of it, at the cost of what is new."""

import contextlib
import json
import threading
import time
from pathlib import Path
from typing import Any

from wannb.refusal import Refusal
from wannb.runs import metrics
from wannb.runs.run import Run
from wannb.runs.tail import Tail
from wannb.ui.monitor.history import EXPERTS
from wannb.ui.monitor.norms import Norms
from wannb.ui.monitor.pictured import Answer, Pictured
from wannb.ui.monitor.samples import sampled
from wannb.ui.playable import playable
from wannb.ui.run_news import is_sentence, said_status, words_of
from wannb.ui.validated import certainty, changes_by_timestep, of_which
from wannb.wan.schedule import known_schedule

PATIENCE = 0.2  # seconds of one look: a kernel has other things to do
PIECE = 1 << 20  # bytes read at a time
LONG = 1 << 24  # bytes of a log of which the first look is to be a short one
MOST_EVENTS = 4000  # after which only the rare ones are told
COMMON = ("saved", "previewed", "control")
SILENT = ("switched", "validated")  # the strip and the validation plot show them


class Followed:
    """The run `run`; any number of browsers may ask."""

    def __init__(self, run: Run) -> None:
        self.run, self.pictured = run, Pictured()
        self._turn = threading.Lock()  # a handler may run beside a cell (ipykernel's subshells)
        self._follower, self._tail = run.follow(), Tail(run.dir.events)
        self.events: list[dict[str, Any]] = []  # `time`, `step`, `kind`, `words`, `bad`; in the order they happened
        self._died, self._reading = "", 0.0
        self._norms, self._boundary = Norms(run), None
        self._validated: tuple[object, dict[str, Any] | None] = (None, None)

    @property
    def name(self) -> str:
        return self.run.path.name

    def answer(self, view: dict[str, Any], have: dict[str, Any], chosen: bool) -> Answer:
        """Return what is new, as `Pictured.answer` does, and `validation` if it is another than `have` names; of the
        `chosen` run also its heat map, `norms` likewise, and where it stands.

        `reading`: the share of a long log that was read so far, while what comes after it is a sample.
        """
        with self._turn:
            self.look(PATIENCE)
            news, buffers = self.pictured.answer(view, have, chosen)
            events = self.events[int(have.get("events", 0)) :]
            news |= {"events": len(self.events), "new_events": events, "reading": self._reading}
            news |= _unless_known("validation", *self._validation(), have)
            if chosen:
                status = said_status(self.run, self.run.status(), self._stage, self._died)
                news |= {"boundary": self.boundary, "status": status}
                news |= _unless_known("norms", *self._norms.look(), have)
            return news, buffers

    def look(self, patience: float | None = None) -> None:
        """Read what was appended, for at most about `patience` seconds (None: all of it)."""
        began, path = time.monotonic(), self._follower.path
        while True:
            rows = self._follower.new(PIECE)
            if self._follower.back_to is not None:
                self.pictured.back_to(self._follower.back_to)
            self.pictured.add(rows)
            size = path.stat().st_size if path.exists() else 0
            if not len(rows) or self._follower.read >= size:
                self._reading = 0.0
                self.pictured.forget_sample()
                break
            first = size > LONG and not self.pictured.sample.last
            if patience is not None and (first or time.monotonic() - began > patience):
                self._reading = self._follower.read / size
                self._look_ahead()
                break
        for row in self._tail.rows():
            self._hear(row)

    def _look_ahead(self) -> None:
        """Once: know a little of all that is not read yet."""
        if not self.pictured.sample.last:
            rows = sampled(self._follower.path, self._follower.read)
            self.pictured.sample.add([*rows, *metrics.tail(self._follower.path, 1)])

    def clip(self, step: int, index: int) -> Answer:
        """Return the `index`-th preview after `step` as browsers play it; raises Refusal where it is gone."""
        facts = self.run.dir.preview(step, index, ".json")
        count = len(list(facts.parent.glob("*.json")))
        if not facts.exists():
            raise Refusal(f"{facts.parent} has no preview {index} any more.")
        told = json.loads(facts.read_text(encoding="utf-8"))
        clip = playable(facts.with_suffix(".mp4"))
        return {"step": step, "index": index, "count": count, "mime": clip.mime,
                "prompt": str(told.get("prompt", "")), "distilled": told.get("distilled")}, [clip.data]  # fmt: skip

    def validation(self) -> dict[str, Any] | None:
        """Return the rows that are drawn and the words to them; None where nothing was measured."""
        rows = [row for row in self.run.validation() if row.get("per_quantile")]
        if not rows:
            return None
        kept = ("step", "stage", "difference", "ci95", "since", "timesteps", "loss")
        changes = changes_by_timestep(rows)
        drawn = [{name: row.get(name) for name in kept} for row in rows]
        drawn = [row | {"change": change} for row, change in zip(drawn, changes, strict=True)]
        return {"rows": drawn, "words": f"{of_which(rows[-1])} {certainty(rows)}"}

    def _validation(self) -> tuple[object, dict[str, Any] | None]:
        mark = stamp(self.run.dir.validation)
        if mark != self._validated[0]:
            self._validated = (mark, self.validation())
        return self._validated

    def norms(self) -> dict[str, Any] | None:
        """Return what `Norms.look` tells."""
        return self._norms.look()[1]

    @property
    def boundary(self) -> float | None:
        """Where the experts part, 0…1000; None where the job or its model does not tell yet."""
        if self._boundary is None:
            with contextlib.suppress(Refusal, OSError):
                self._boundary = 1000 * known_schedule(self.run.config)[0]
        return self._boundary

    @property
    def _stage(self) -> str | None:
        """The expert of the last row that was read."""
        experts = self.pictured.known.rows["expert"]
        return EXPERTS[int(experts[-1])] or None if len(experts) else None

    def _hear(self, row: dict[str, Any]) -> None:
        if row.get("event") == "died":
            self._died = row["reason"] if is_sentence(row) else ""
        words = words_of(row)
        common = row.get("event") in COMMON and len(self.events) >= MOST_EVENTS
        if words and row.get("event") not in SILENT and not common:
            bad = row["event"] in ("died", "warned") or "refused" in row
            kind = "resumed" if row.get("resumed") else row["event"]
            told = {"time": row.get("time"), "step": row.get("step") or 0, "kind": kind, "words": words, "bad": bad}
            self.events.append(told)


def stamp(path: Path) -> list[int] | None:
    """What changes with a file's content."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_mtime_ns // 1000, facts.st_size, facts.st_ino]


def _unless_known(name: str, mark: object, value: object, have: dict[str, Any]) -> dict[str, Any]:
    known = {f"{name}_mark": mark}
    return known if have.get(f"{name}_mark", "none") == mark else {**known, name: value}
