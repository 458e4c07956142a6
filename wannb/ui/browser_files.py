"""The files that a widget's browser side is made of: a browser cannot import one from another, so they are joined."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def joined(*names: str) -> str:
    """Return the texts of the files `names` of `static/`, one after the other; the last one is the widget's own."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)
