"""‖ΔW‖ against ‖W‖ by block, as the trainer told it; of a run that did not, ‖ΔW‖ from the LoRA files there are."""

from pathlib import Path
from typing import Any

from wannb.refusal import Refusal
from wannb.runs import metrics
from wannb.runs.run import Run

EXPERTS = ("high", "low")


class Norms:
    """The norms of `run`, read again where something changed; of files without a record at most one at a look."""

    def __init__(self, run: Run) -> None:
        self._run, self._mark, self._found = run, None, None
        self._files: dict[Path, tuple[int, dict[str, float]]] = {}  # by file: its step, ‖ΔW‖ by block

    def look(self) -> tuple[object, dict[str, Any] | None]:
        """Return what names this state, and by expert: `blocks`, `steps`, `weights` [blocks] or None where ‖W‖ is not
        known, `delta` [steps][blocks]."""
        path = self._run.dir.norms
        if not path.exists():
            return self._from_files()
        facts = path.stat()
        mark = [facts.st_mtime_ns // 1000, facts.st_size, facts.st_ino]
        if mark != self._mark:
            self._mark, self._found = mark, _told(metrics.read(path))
        return self._mark, self._found

    def _from_files(self) -> tuple[object, dict[str, Any] | None]:
        saved = self._run.checkpoints
        wanted = [(expert, path) for one in saved for expert in EXPERTS if (path := getattr(one, expert))]
        new = next((path for _, path in wanted if path not in self._files), None)
        if new is not None:
            self._files[new] = _read(new)
        rows = [{"stage": expert, "of": "delta", "step": self._files[path][0], "norms": self._files[path][1]}
                for expert, path in wanted if path in self._files and self._files[path][1]]  # fmt: skip
        return [len(rows), len(wanted)], _told(rows)


def _told(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    found = {}
    for expert in EXPERTS:
        own = [row for row in rows if row["stage"] == expert]
        deltas = {row["step"]: row["norms"] for row in own if row["of"] == "delta"}
        weights = next((row["norms"] for row in own if row["of"] == "weights"), None)
        if deltas:
            blocks, steps = list(next(iter(deltas.values()))), sorted(deltas)
            found[expert] = {
                "blocks": blocks,
                "steps": steps,
                "weights": [weights.get(block) for block in blocks] if weights else None,
                "delta": [[deltas[step].get(block) for block in blocks] for step in steps],
            }
    return found or None


def _read(path: Path) -> tuple[int, dict[str, float]]:
    """The step and the norms of a LoRA file; none where it is gone or no file of ours."""
    from wannb.wan.adapters import block_norms, lora_file  # torch, which a kernel that only watches does not need

    try:
        _, header = lora_file.read(path)
        return int(header["wannb.steps"]), block_norms.of_file(path)
    except (Refusal, OSError, KeyError, ValueError):
        return 0, {}
