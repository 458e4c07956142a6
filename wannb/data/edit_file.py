"""The file of an edit list: JSON that a person can read, with what other versions wrote into it left alone.

    {"version": 1,
     "clips": {"orbit.mp4": [{"start": 0.5, "end": 3.25, "crop": [0, 20, 640, 340]}], "bad take.mp4": []},
     "history": [{"orbit.mp4": null}], "undone": []}

A clip without an entry is whole, one with an empty list is left out; `end` or `crop` null is all there is. `history`
holds for each change what the entries were that it changed, the oldest first; `undone` the same for what was undone.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wannb.data.listing import leads_outside
from wannb.data.pieces import Piece
from wannb.data.unusable import Unusable
from wannb.files import write_atomically
from wannb.refusal import Refusal
from wannb.words import say

LIST = ".wannb-edits.json"
"""In the clip folder, hidden, so no clip report shows it."""
VERSION = 1

Entry = list[Any] | None


def read(folder: Path) -> dict[str, Any]:
    """What the edit list of `folder` holds, in the shape above; raises Refusal where it is none."""
    file = folder / LIST
    if not file.is_file():
        return {"version": VERSION, "clips": {}, "history": [], "undone": []}
    if leads_outside(file, folder):
        message = say("The edit list {file} is a link out of the folder and is not read", file=file)
        raise Unusable("bad-edits", message, say("Copy the file here instead."))
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        message = say("The edit list {file} cannot be read ({reason})", file=file, reason=error.strerror)
        raise Unusable("bad-edits", message, say("Check the file.")) from None
    except (ValueError, RecursionError):
        message = say("The edit list {file} is not JSON", file=file)
        raise Unusable("bad-edits", message, say("Mend it, or move it away to train on whole clips.")) from None
    return _checked(data, file)


def write(folder: Path, data: Mapping[str, Any]) -> None:
    """The whole list or nothing; raises Refusal where the folder cannot be written to."""
    try:
        write_atomically(folder / LIST, _text(data))
    except OSError as error:
        message = f"The edit list cannot be written to {folder} ({error.strerror}): copy the clips elsewhere."
        raise Refusal(message) from None
    except UnicodeEncodeError:
        raise Refusal(f"The edit list in {folder} has a name that is not UTF-8: rename the clip.") from None


def pieces_in(entry: Entry, name: str) -> tuple[Piece, ...] | None:
    """The pieces that `entry` of the clip `name` says, None for no entry; raises Unusable where it cannot be meant."""
    if entry is None:
        return None
    if not isinstance(entry, list):
        raise Unusable(
            "bad-edits",
            say("The edit list has something else than pieces for {name}", name=name),
            say("Mend or reset it."),
        )
    try:
        return tuple(Piece.of_dict(raw) for raw in entry)
    except (ValueError, OverflowError) as error:
        message = say("The edit list has a piece of {name} that cannot be meant ({error})", name=name, error=error)
        raise Unusable("bad-edits", message, say("Mend or reset it.")) from None


def entry_of(pieces: tuple[Piece, ...], before: Entry) -> list[dict[str, Any]]:
    """`pieces` as the file has them; what else stood at a piece stays, as long as there are as many as `before`."""
    old = before if isinstance(before, list) and len(before) == len(pieces) else [{}] * len(pieces)
    return [
        {**(kept if isinstance(kept, dict) else {}), **piece.to_dict()} for piece, kept in zip(pieces, old, strict=True)
    ]


def _checked(data: Any, file: Path) -> dict[str, Any]:
    if not isinstance(data, dict) or not isinstance(data.get("clips", {}), dict):
        message = say("The edit list {file} is not one", file=file)
        raise Unusable("bad-edits", message, say("Mend it, or move it away to train on whole clips."))
    version = data.get("version", VERSION)
    if version != VERSION:
        message = say(
            "The edit list {file} is of version {version!r}; {ours} is read here",
            file=file,
            version=version,
            ours=VERSION,
        )
        raise Unusable("bad-edits", message, say("Update wannb."))
    steps = {name: [one for one in _list(data.get(name)) if isinstance(one, dict)] for name in ("history", "undone")}
    return {**data, "version": VERSION, "clips": data.get("clips", {}), **steps}


def _text(data: Mapping[str, Any]) -> str:
    """JSON with a line for each clip and each change."""
    return "{\n" + ",\n".join(f" {_json(key)}: {_lines(value)}" for key, value in data.items()) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"  {_json(key)}: {_json(one)}" for key, one in value.items()) + "\n }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_json(one)}" for one in value) + "\n ]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
