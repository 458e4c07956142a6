"""The clips of a run: those that are there, those that are wanted, and how far the one is that is being made."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import launching, liveness
from wannb.runs.claim import held
from wannb.runs.clips import orders, progress
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run

RENDERER = "wannb.runs.clips.renderer"
NOBODY = "Nobody renders now: order it again to go on."
SETTLED = 2.0
"""Seconds after which a folder that kept its time has kept its files: some file systems tell time in large steps."""


@dataclass(frozen=True)
class StoredClip:
    """A whole clip, `wish` by what it was made: a mp4, a JPEG of its first frame, and `facts`, all that is known."""

    wish: Wish
    video: Path
    poster: Path
    facts: dict[str, Any]


class Shelf:
    """The clips of `run`, a Run or its folder: its previews, and what was rendered on demand into its `clips/`.

    Everything is read anew at every call, so any number of shelves and processes may look at one run. Raises Refusal
    where no run is.
    """

    def __init__(self, run: Run | str | Path):
        self.run = run if isinstance(run, Run) else Run(run)
        self.dir = ClipDir(self.run.path / "clips")
        self._seen: dict[Path, tuple[int, float, dict[str, StoredClip]]] = {}  # of a preview folder: time, when, clips

    def find(self, wish: Wish) -> StoredClip | None:
        """Return the clip of `wish`: the preview that is the same, or what was rendered; None where neither is whole.

        A rendered clip whose LoRA file was written anew since does not count.
        """
        settled = wish.settled(self._trained).key
        preview = next((clips[settled] for clips in self._previews() if settled in clips), None)
        return preview or self._rendered(wish.key) or self._rendered(settled)

    def order(self, wishes: Wish | Iterable[Wish]) -> list[str]:
        """Have the clips of `wishes` rendered that are not there, the first one first and before all ordered earlier;
        return their keys. Starts the renderer where none is at work, and does not wait for it.

        Raises Refusal where orders cannot be written or no process can be started.
        """
        wishes = [wishes] if isinstance(wishes, Wish) else wishes
        keys = orders.put(self.dir, (wish for wish in wishes if self.find(wish) is None))
        self.go_on()
        return keys

    def go_on(self) -> None:
        """Start the renderer where clips are wanted and nobody renders them."""
        if self.rendering or not orders.listed(self.dir):
            return
        launching.start_detached(self.dir.log, [*launching.interpreter(), RENDERER, str(self.run.path.resolve())])

    def cancel(self, keys: Iterable[str] | None = None) -> None:
        """Take back the orders of `keys`, and what was said of refused ones; without keys of all. A clip that is being
        made is left at its next step."""
        orders.cancel(self.dir, keys)

    @property
    def rendering(self) -> bool:
        """Whether a renderer is at work or waits for orders."""
        alive = liveness.alive(self.dir)
        return held(self.dir) is True if alive is None else alive

    def progress(self) -> list[dict[str, Any]]:
        """Return one row for each clip that is wanted, in the order of rendering, then for each that was refused:
        `key`, `state` (waiting | rendering | refused), `step` of `steps` (denoising; 0 of 0 where refused), `sentence`
        (what goes on beside denoising, or why not; "" for nothing)."""
        alive = self.rendering
        at = progress.read(self.dir) if alive else None
        rows = []
        for order in orders.listed(self.dir):
            now = at is not None and at.key == order.key
            rows.append(
                {
                    "key": order.key,
                    "state": "rendering" if now else "waiting",
                    "step": at.step if now else 0,
                    "steps": order.wish.steps,
                    "sentence": at.doing if now else "" if alive else NOBODY,
                }
            )
        rows.sort(key=lambda row: row["state"] != "rendering")  # a clip once begun is finished first
        gone = orders.refused(self.dir).items()
        return rows + [{"key": k, "state": "refused", "step": 0, "steps": 0, "sentence": why} for k, why in gone]

    def rendered(self) -> list[StoredClip]:
        """Return the clips that were rendered on demand, the newest first."""
        found = [clip for file in self.dir.path.glob("*.json") if (clip := self._rendered(file.stem))]
        return sorted(found, key=lambda clip: clip.facts.get("made", 0.0), reverse=True)

    @cached_property
    def _job(self) -> Job:
        return self.run.config

    @property
    def _trained(self) -> tuple[str, ...]:
        return tuple(self._job.stages)

    def _previews(self) -> list[dict[str, StoredClip]]:
        """Return for each step with previews key -> clip; a folder is read again when its files change."""
        found = []
        for step in self.run.dir.preview_steps():
            folder = self.run.dir.preview(step, 0, "").parent
            changed = folder.stat().st_mtime_ns
            at, when, clips = self._seen.get(folder, (0, 0.0, {}))
            if at != changed or when - changed / 1e9 < SETTLED:
                when, clips = time.time(), self._read_previews(step, folder)
                self._seen[folder] = (changed, when, clips)
            found.append(clips)
        return found

    def _read_previews(self, step: int, folder: Path) -> dict[str, StoredClip]:
        clips = {}
        for file in folder.glob("*.json"):
            facts = _facts(file)
            if facts.get("distilled"):  # made with a distillation LoRA: no wish asks for that
                continue
            both = facts.get("network_multiplier", 1.0)
            pair = {"high": step, "low": step, "high_strength": both, "low_strength": both}
            try:
                wish = Wish.from_dict(facts | pair).settled(self._trained)
            except Refusal:  # written by hand, or by an older version
                continue
            clips[wish.key] = StoredClip(wish, file.with_suffix(".mp4"), file.with_suffix(".jpg"), facts)
        return clips

    def _rendered(self, key: str) -> StoredClip | None:
        file, video = self.dir.facts(key), self.dir.video(key)
        facts = _facts(file)
        try:
            if not facts or not video.exists() or self._outdated(facts, file.stat().st_mtime_ns):
                return None
            return StoredClip(Wish.from_dict(facts), video, self.dir.poster(key), facts)
        except (Refusal, OSError):
            return None

    def _outdated(self, facts: dict[str, Any], made_ns: int) -> bool:
        """Whether a LoRA file was written after the clip was made from it; one that is gone was not."""
        for expert in ("high", "low"):
            name = facts.get(f"{expert}_file")
            try:
                if name and (self.run.dir.checkpoints / name).stat().st_mtime_ns > made_ns:
                    return True
            except OSError:
                continue
        return False


def _facts(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
