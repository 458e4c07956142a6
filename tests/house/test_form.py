"""The house rules that a machine can hold: small files, imports downward only, no pickle, no private paths."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "wannb").rglob("*.py"))
OURS = ("wannb", "tests", "tools", "bench")
LONGEST = 400  # lines

# Upper layers may import lower ones, never the reverse; what is not listed (refusal, files) is below everything.
LAYERS = ["job", "data", "wan", "train", "runs", "export", "ui", "demo", "cli"]


def imported(path: Path) -> set[str]:
    """The wannb modules that `path` names in its imports, wherever they stand in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("wannb.")}


def layer(module: str) -> int:
    """The height of `wannb.<layer>.…`; -1 for what stands below all."""
    part = module.split(".")[1]
    return LAYERS.index(part) if part in LAYERS else -1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downward(path: Path) -> None:
    parts = path.relative_to(ROOT / "wannb").with_suffix("").parts
    if parts[0].startswith("__"):  # the face names every layer, lazily
        return
    own = layer(f"wannb.{parts[0]}")
    upward = {name for name in imported(path) if layer(name) > own}
    assert not upward


def test_no_file_is_too_long_for_one_idea() -> None:
    files = [*(ROOT / "wannb").rglob("*.js"), *(p for top in OURS for p in (ROOT / top).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_browser_modules_are_small_and_ask_nobody() -> None:
    modules = sorted((ROOT / "wannb").rglob("static/*.js"))
    assert modules
    for path in modules:
        text = path.read_text(encoding="utf-8")
        assert path.stat().st_size < 30_000
        assert "http" not in text and "import " not in text
