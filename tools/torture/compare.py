"""What differs between a killed run and the whole one: names, and nothing where they are the same."""

from pathlib import Path

from wannb.runs import manifest, metrics
from wannb.runs.log import MEASURED
from wannb.runs.run import Run

COMPARED = ("checkpoints", "previews", "state", "validation.jsonl", "norms.jsonl")


def differences(run: Run, whole: Run, newest_state_only: bool) -> list[str]:
    """Compare what has one right content; of files that both lack nothing is said."""
    found = [] if _rows(run) == _rows(whole) else ["metrics.jsonl"]
    ours, theirs = (_files(one.path, newest_state_only) for one in (run, whole))
    found += [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
    return found + _unfinished(run.path) + _damaged(run.path)


def _rows(run: Run) -> list[dict]:
    return [{key: value for key, value in row.items() if key not in MEASURED} for row in metrics.read(run.dir.metrics)]


def _files(path: Path, newest_state_only: bool) -> dict[str, bytes]:
    files = [file for name in COMPARED for file in [path / name, *(path / name).rglob("*")] if file.is_file()]
    newest = max((folder.name for folder in (path / "state").iterdir()), default="")
    older = [file for file in files if file.parent.parent.name == "state" and file.parent.name != newest]
    left_out = older if newest_state_only else []
    return {str(file.relative_to(path)): file.read_bytes() for file in files if file not in left_out}


def _unfinished(path: Path) -> list[str]:
    return [f"left over: {file.relative_to(path)}" for file in path.rglob(".*") if file.name != ".lock"]


def _damaged(path: Path) -> list[str]:
    wrong = {folder: manifest.fault(folder) for folder in (path / "state").iterdir()}
    return [f"{folder.name}: {fault}" for folder, fault in wrong.items() if fault]
