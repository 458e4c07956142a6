"""What the page asks to be done to the clips' edit list: each deed is one step of undo, saved at once."""

from collections.abc import Callable, Mapping
from typing import Any

from wannb.data.edits import Edits
from wannb.data.pieces import Piece
from wannb.data.suggested_edits import apply_suggestions
from wannb.job.amounts import counted
from wannb.ui.inspector.source import Source

Deed = Callable[[Source, Mapping[str, Any]], str]


def trim(source: Source, wish: Mapping[str, Any]) -> str:
    """Let one piece run from `start` to `end` seconds."""
    start, end = max(0.0, float(wish["start"])), wish.get("end")
    _edits(source).trim(wish["name"], start, None if end is None else float(end), int(wish.get("piece", 0)))
    return ""


def crop(source: Source, wish: Mapping[str, Any]) -> str:
    """Show `box` of one piece, or, without a piece, of all."""
    box, piece = wish.get("box"), wish.get("piece")
    box = tuple(round(float(side)) for side in box) if box else None
    _edits(source).crop(wish["name"], box, None if piece is None else int(piece))
    return ""


def split(source: Source, wish: Mapping[str, Any]) -> str:
    """Cut the pieces at the seconds `at`."""
    edits, name = _edits(source), wish["name"]
    before = edits.pieces(name)
    edits.split(name, [float(seconds) for seconds in wish["at"]])
    after = edits.pieces(name)
    return "" if before != after else "There is nothing to split there."


def drop(source: Source, wish: Mapping[str, Any]) -> str:
    """Train on all pieces but the one of this number."""
    edits, name, number = _edits(source), wish["name"], int(wish["piece"])
    pieces = edits.pieces(name) or (Piece(),)
    edits.set(name, [piece for i, piece in enumerate(pieces) if i != number])
    return ""


def leave_out(source: Source, wish: Mapping[str, Any]) -> str:
    _edits(source).leave_out(wish["name"])
    return ""


def reset(source: Source, wish: Mapping[str, Any]) -> str:
    _edits(source).reset(wish["name"])
    return ""


def suggest(source: Source, wish: Mapping[str, Any]) -> str:
    """Edit as the findings (of `codes`, or all) say: the clips `names`, or all of them."""
    changed = apply_suggestions(source.path, wish.get("codes"), wish.get("names"))
    if not changed:
        return "The findings suggest no trim, crop or split here."
    return "" if wish.get("names") else f"{counted(len(changed), 'clip')} edited as their findings say."


def fix(source: Source, wish: Mapping[str, Any]) -> str:
    """Mend the clip's finding `code`, where an edit does."""
    return suggest(source, {"codes": [wish["code"]], "names": [wish["name"]]})


def undo(source: Source, _: Mapping[str, Any]) -> str:
    return _told(_edits(source).undo(), "undone", "undo")


def redo(source: Source, _: Mapping[str, Any]) -> str:
    return _told(_edits(source).redo(), "done again", "redo")


DEEDS: dict[str, Deed] = {
    "trim": trim,
    "crop": crop,
    "split": split,
    "drop": drop,
    "leave out": leave_out,
    "reset": reset,
    "suggest": suggest,
    "fix": fix,
    "undo": undo,
    "redo": redo,
}


def _edits(source: Source) -> Edits:
    return Edits.of(source.path)


def _told(names: tuple[str, ...], done: str, wish: str) -> str:
    if not names:
        return f"There is nothing to {wish}."
    return f"{names[0] if len(names) == 1 else counted(len(names), 'clip')}: {done}."
