"""What the page asks to be done to captions: the files are rewritten, each whole or not at all, with undo."""

from collections.abc import Callable, Mapping
from typing import Any

from wannb.ui.inspector.source import Source

Deed = Callable[[Source, Mapping[str, Any]], str]


def templates(kind: str | None) -> list[str]:
    return []


CAPTION_DEEDS: dict[str, Deed] = {}
