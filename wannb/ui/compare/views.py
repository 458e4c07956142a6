"""What the page is told of a run: the grid it asks for, with the state and the figures of every clip in it."""

import hashlib
import json
import shlex
import time
from pathlib import Path
from typing import Any

from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.runs.clips.saved import pairs, saved_steps
from wannb.runs.clips.shelf import NOBODY, Shelf, StoredClip
from wannb.runs.clips.wish import BASE, Wish
from wannb.runs.run import Run
from wannb.ui.compare.grids import Grid, checkpoint_grid, pair_grid, pair_label, row_id, strength_grid
from wannb.ui.compare.prompts import differences, prompts

EXPERTS = ("high", "low")
STARTING = 20.0
"""Seconds that a renderer may take to say that it is there."""


class Views:
    """The grids of `run` as its directory has them at each call. `wishes` and `stored` are by key what was shown."""

    def __init__(self, run: Run) -> None:
        self.run, self.shelf = run, Shelf(run)
        self.wishes: dict[str, Wish] = {}
        self.stored: dict[str, StoredClip] = {}
        self.samples: list[Sample] = []
        self.wanted = False  # whether clips are being made
        self._ordered = -STARTING

    def view(self, request: dict[str, Any], pins: dict[str, Any], extra: list[tuple[int, int]]) -> dict[str, Any]:
        """The grid of `request`: {"kind": "steps"}, or {"kind": "pairs" | "strengths", "row": …} of one prompt, the
        latter with "high" and "low". `pins`: clips shown beside it; `extra`: pairs that are columns too."""
        self._read(extra)
        made = self._grid(request)
        states = {one["key"]: one for one in self.shelf.progress()}
        self.wanted = any(one["state"] != "refused" for one in states.values())
        rows = [
            {"id": head.id, "label": head.label, "detail": head.detail,
             "cells": [self._cell(wish, sample, states) for wish in line]}
            for head, sample, line in zip(made.rows, made.samples, made.wishes, strict=True)
        ]  # fmt: skip
        columns = [self._column(head) for head in made.columns]
        return {
            "request": request,
            "kind": request["kind"],
            "title": made.title if self.samples else "This run's job has no samples: there is nothing to compare.",
            "across": made.across,
            "down": made.down,
            "columns": columns,
            "rows": rows,
            "pinned": self._pinned(pins, states),
            "prompts": self.prompts(),
            "names": {f"{high}/{low}": pair_label(high, low) for high, low in self.columns},
            "export": self._export(),
            "usual_pair": dict(zip(EXPERTS, self.columns[-1], strict=True)),
        }

    def order(self, keys: list[str]) -> None:
        """Have clips made that were shown."""
        self.shelf.order([self.wish(key) for key in keys])
        self._ordered = time.monotonic()

    def prompts(self) -> list[dict[str, str]]:
        told = zip(self.samples, differences(self.samples), strict=True)
        return [{"id": self._ids[one], "label": one.prompt or "no words", "detail": said} for one, said in told]

    def sample(self, row: str) -> Sample:
        if row in self._rows:
            return self._rows[row]
        raise Refusal(f"The run {self.run.path} has no such prompt any more: choose one of those that are shown.")

    def wish(self, key: str) -> Wish:
        if key not in self.wishes:
            raise Refusal("This clip is not one of those shown: look at the grid anew.")
        return self.wishes[key]

    def _read(self, extra: list[tuple[int, int]]) -> None:
        job, previews = self.run.config, self.run.previews
        self.samples = prompts(job, previews)
        self._rows = {row_id(one): one for one in self.samples}
        self._ids = {one: row for row, one in self._rows.items()}
        self.saved = {expert: saved_steps(self.run, expert) for expert in EXPERTS}
        self.trained = tuple(expert for expert in EXPERTS if expert in job.stages)
        steps = sorted({BASE, *(one.step for one in previews), *pairs(self.run)})
        self.columns = list(dict.fromkeys([*((step, step) for step in steps), *extra]))

    def _grid(self, request: dict[str, Any]) -> Grid:
        kind = request.get("kind")
        if kind == "pairs":
            return pair_grid(self.sample(str(request.get("row"))), *(list(self.saved[expert]) for expert in EXPERTS))
        if kind == "strengths":
            high, low = (int(request.get(expert) or BASE) for expert in EXPERTS)
            return strength_grid(self.sample(str(request.get("row"))), high, low)
        if kind != "steps":
            raise Refusal(f"There is no grid {kind!r}: there are steps, pairs and strengths.")
        return checkpoint_grid(self.samples, differences(self.samples), self.columns)

    def _column(self, head: Any) -> dict[str, Any]:
        high, slash, low = head.id.partition("/")
        pair = {"high": int(high), "low": int(low)} if slash else {}
        return {"id": head.id, "label": head.label, "detail": head.detail, **pair}

    def _cell(self, wish: Wish, sample: Sample, states: dict[str, dict[str, Any]]) -> dict[str, Any]:
        key = wish.key
        self.wishes[key] = wish
        names = ("high", "low", "high_strength", "low_strength", "width", "height", "fps", "prompt")
        cell = {"key": key, "row": self._ids[sample], "frames": wish.num_frames, "strength": sample.network_multiplier}
        cell |= {name: getattr(wish, name) for name in names}
        found = self.shelf.find(wish)
        if found is not None:
            self.stored[key] = found
            return cell | {"state": "ready", "words": "", "clip": f"{key}@{stamp(found.video)}"}
        self.stored.pop(key, None)
        told = states.get(key)
        if told is not None:
            done = {"done": told.get("step") or 0, "of": told.get("steps") or 0}
            return cell | {"state": told["state"], "words": self._said(told), "clip": None, **done}
        lacking = self._lacking(wish)
        return cell | {"state": "gone" if lacking else "missing", "words": lacking, "clip": None}

    def _said(self, told: dict[str, Any]) -> str:
        """What is said of an order; a renderer that was only just started is no reason for worry."""
        sentence = told.get("sentence") or ""
        return "" if sentence == NOBODY and time.monotonic() - self._ordered < STARTING else sentence

    def _lacking(self, wish: Wish) -> str:
        """Why a clip cannot be made, "" where it can."""
        for expert in self.trained:
            step = getattr(wish, expert)
            if step and step not in self.saved[expert]:
                return f"The {expert}-noise file of step {step:,} is not kept."
        return ""

    def _pinned(self, pins: dict[str, Any], states: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """The pinned clips whose prompt is still one of the run's."""
        cells = []
        for pin in pins.values():
            sample = self._rows.get(pin.get("row")) if isinstance(pin, dict) else None
            if sample is None:
                continue
            try:
                strengths = {f"{expert}_strength": float(pin[f"{expert}_strength"]) for expert in EXPERTS}
                wish = Wish.of(sample, int(pin["high"]), int(pin["low"]), **strengths)
            except (KeyError, TypeError, ValueError, Refusal):
                continue  # written by hand
            cells.append(self._cell(wish, sample, states))
        return cells

    def _export(self) -> dict[str, Any]:
        """What `wannb export` is to be told: the run, and its flags."""
        return {"run": shlex.quote(str(self.run.path)), "flags": self.flags()}

    def flags(self) -> dict[str, dict[str, str]]:
        """By expert and step what names its file to `wannb export`: "" the final one, which is what it takes unasked;
        the base is the file at strength 0; steps without a file are not there."""
        return {expert: self._flags(expert) for expert in EXPERTS}

    def _flags(self, expert: str) -> dict[str, str]:
        if expert not in self.trained:
            return {str(step): "" for step in {step for pair in self.columns for step in pair}}
        final = self.run.dir.checkpoint(expert)
        named = {str(step): "" if path == final else f"--{expert} {step}" for step, path in self.saved[expert].items()}
        return {str(BASE): f"--{expert}-strength 0", **named} if named else {}


def version_of(view: Any) -> str:
    """What differs when anything in `view` does."""
    return hashlib.sha256(json.dumps(view, sort_keys=True, default=str).encode()).hexdigest()[:16]


def stamp(path: Path) -> str:
    try:
        return f"{path.stat().st_mtime_ns:x}"
    except OSError:
        return "0"
