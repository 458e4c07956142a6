"""`loss_log.db`, in which AI Toolkit's UI keeps a job's curves: SQLite, tables `steps` and `metrics`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import yaml

from wannb.refusal import Refusal
from wannb.runs.event_files import Scalar

NAME = "loss_log.db"
MAGIC = b"SQLite format 3\0"
_QUERY = """
SELECT metrics.step, metrics.key, metrics.value_real, steps.wall_time
FROM metrics JOIN steps ON steps.step = metrics.step
WHERE typeof(metrics.value_real) = 'real' ORDER BY metrics.step
"""


def read(path: Path) -> list[Scalar]:
    """Return the values by step; nothing is written, also while AI Toolkit trains. Raises Refusal for another file."""
    try:
        with closing(sqlite3.connect(_uri(path), uri=True, timeout=5)) as base:
            return [Scalar(str(key), int(step), value, float(time)) for step, key, value, time in base.execute(_QUERY)]
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise Refusal(f"{path} is no {NAME} of AI Toolkit that can be read ({error}): give another file.") from error


def stage(path: Path) -> str | None:
    """Return the expert whose job wrote `path`, None where it trains both: which step was whose, it does not tell."""
    try:
        config = yaml.safe_load((path.parent / "config.yaml").read_text(encoding="utf-8"))
        switches = config["config"]["process"][0]["model"]["model_kwargs"]
        trained = [one for one in ("high", "low") if switches.get(f"train_{one}_noise", True)]
    except (OSError, ValueError, TypeError, LookupError, AttributeError, yaml.YAMLError):
        return None
    return trained[0] if len(trained) == 1 else None


def _uri(path: Path) -> str:
    """Without a write-ahead log nobody writes, and as `immutable` SQLite puts no files of its own beside `path`."""
    log = path.with_name(path.name + "-wal")
    quiet = not log.exists() or not log.stat().st_size
    return f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if quiet else ''}"
