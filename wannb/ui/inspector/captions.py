"""What the page asks to be done to captions: files are written at once, each deed one step of undo."""

from collections.abc import Callable, Mapping
from typing import Any

from wannb.data.caption_edits import TEMPLATES, CaptionBook
from wannb.job.amounts import counted
from wannb.ui.inspector.source import Source

Deed = Callable[[Source, Mapping[str, Any]], str]


def templates(kind: str | None) -> list[str]:
    """What the guides write for a kind of LoRA; for none, everything."""
    return list(TEMPLATES[kind] if kind in TEMPLATES else [one for some in TEMPLATES.values() for one in some])


def write(source: Source, wish: Mapping[str, Any]) -> str:
    """Give one clip the caption `text`."""
    _book(source).write(wish["name"], str(wish["text"]))
    return ""


def replace(source: Source, wish: Mapping[str, Any]) -> str:
    """Put `with` for `find` in the captions of `names`; `regex` says how `find` is meant."""
    book = _book(source)
    return _changed(book.replace(wish["find"], wish.get("with", ""), wish.get("names"), bool(wish.get("regex"))))


def prefix(source: Source, wish: Mapping[str, Any]) -> str:
    return _changed(_book(source).prefix(wish["text"], wish.get("names")))


def suffix(source: Source, wish: Mapping[str, Any]) -> str:
    return _changed(_book(source).suffix(wish["text"], wish.get("names")))


def apply(source: Source, wish: Mapping[str, Any]) -> str:
    """Make the captions of `names` from a template."""
    return _changed(_book(source).apply(wish["template"], wish.get("names")))


def undo(source: Source, _: Mapping[str, Any]) -> str:
    files = _book(source).undo()
    return f"{counted(len(files), 'caption')} as before." if files else "There is no change of captions to undo."


def redo(source: Source, _: Mapping[str, Any]) -> str:
    files = _book(source).redo()
    return f"{counted(len(files), 'caption')} changed again." if files else "There is no change of captions to redo."


CAPTION_DEEDS: dict[str, Deed] = {
    "caption": write,
    "replace": replace,
    "prefix": prefix,
    "suffix": suffix,
    "template": apply,
    "undo caption": undo,
    "redo caption": redo,
}


def _book(source: Source) -> CaptionBook:
    return CaptionBook(source.path, source.settings().get("caption_ext", "txt"))


def _changed(names: tuple[str, ...]) -> str:
    return f"{counted(len(names), 'caption')} changed." if names else "No caption is changed by that."
