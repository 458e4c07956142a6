"""The notebooks as they are committed, and what they say, for the tests of their form."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
READ = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in NOTEBOOKS}
each = pytest.mark.parametrize("name", READ)
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.S)
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)")


def cells(name: str, kind: str = "") -> list[dict]:
    """Of one kind ("code" | "markdown"), or all."""
    return [cell for cell in READ[name]["cells"] if kind in ("", cell["cell_type"])]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def prose(name: str) -> str:
    """All of its Markdown."""
    return "\n\n".join(source(cell) for cell in cells(name, "markdown"))


def words(text: str) -> int:
    """How many words of `text` are to be read: code in fences, marks, addresses and pictures are not counted."""
    text = LINK.sub(lambda link: "" if link[0].startswith(("!", "[!")) else link[1], FENCE.sub("", text))
    return len(re.findall(r"\w[\w'’.,×/-]*", text))


def outputs(name: str) -> list[dict]:
    return [output for cell in cells(name, "code") for output in cell["outputs"]]


def kinds(cell: dict) -> set[str]:
    """The MIME types of what a code cell shows."""
    return {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}
