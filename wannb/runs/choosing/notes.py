"""`compare.json`: what a person thinks of a run's clips. It outlives kernels, and any number of pages write to it."""

import json
from pathlib import Path
from typing import Any

from wannb.files import write_atomically
from wannb.refusal import Refusal

NAME = "compare.json"
VERSION = 1
MOST_STARS = 5
EMPTY: dict[str, Any] = {
    "ratings": {},  # clip -> 0 to 5
    "pins": {"clips": {}, "columns": []},  # clip -> what it is; columns by their id
    "blind": None,  # the round under way: {"columns": ids as shown, "prefers": {row: column}}
    "rounds": [],  # the ended ones, as they were
    "chosen": None,  # {"high": step, "low": step}
    "figures": None,  # names of those shown; None: the usual
}


class Notes:
    """The notes of the run in `folder`, read anew each time; a change is on the disk when `put` returns."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def get(self) -> dict[str, Any]:
        """All notes. Raises Refusal for a file that is none: it is not written over."""
        try:
            read = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return json.loads(json.dumps(EMPTY))
        except ValueError:
            raise Refusal(f"{self.path} is no JSON: move it away, and new notes begin.") from None
        if not isinstance(read, dict):
            raise Refusal(f"{self.path} holds no notes: move it away, and new ones begin.")
        return {**EMPTY, **{name: read[name] for name in EMPTY if _fits(name, read.get(name))}}

    def put(self, name: str, value: Any) -> dict[str, Any]:
        """Set one of EMPTY's names, keep the others as they are by now; return all."""
        if name not in EMPTY or not _fits(name, value):
            raise Refusal(f"{self.path.name} takes no {name} like {json.dumps(value)[:80]}.")
        notes = {**self.get(), name: value}
        write_atomically(self.path, json.dumps({"version": VERSION, **notes}, ensure_ascii=False, indent=1))
        return notes

    def rate(self, clip: str, stars: int | None) -> dict[str, Any]:
        """Rate one clip, or with None take its rating back."""
        ratings = {name: value for name, value in self.get()["ratings"].items() if name != clip}
        return self.put("ratings", ratings if stars is None else {**ratings, clip: stars})


def _fits(name: str, value: Any) -> bool:
    """Whether `value` has the form that the page relies on; the file may have been edited by hand."""
    match name:
        case "ratings":
            return isinstance(value, dict) and all(type(v) is int and 0 <= v <= MOST_STARS for v in value.values())
        case "pins":
            return isinstance(value, dict) and isinstance(value.get("clips"), dict) and _names(value.get("columns"))
        case "blind":
            return value is None or _round(value)
        case "rounds":
            return isinstance(value, list) and all(map(_round, value))
        case "chosen":
            return value is None or (
                isinstance(value, dict) and all(type(value.get(e)) is int for e in ("high", "low"))
            )
        case "figures":
            return value is None or _names(value)
    return False


def _round(value: Any) -> bool:
    return isinstance(value, dict) and _names(value.get("columns")) and isinstance(value.get("prefers"), dict)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
