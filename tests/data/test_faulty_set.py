"""The set in which one of everything is wrong: each fault is found at its file, and nothing else above info."""

import re
from pathlib import Path

import pytest

from wannb import bundled
from wannb.data.inspected import inspected

ROW = re.compile(r"\| (\S+) \| (\S+) \| .+ \|")
ROWS = ROW.findall((bundled.faulty() / "README.md").read_text().split("## ")[0])
PLANTED = [(name, code) for name, code in ROWS if code not in ("code", "---")]


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, str]]:
    """File: code: severity."""
    found: dict[str, dict[str, str]] = {}
    for one in inspected(bundled.faulty(), "motion", num_frames=33, resolutions=[96]).findings:
        found.setdefault(one.where, {})[one.code] = one.severity
    return found


@pytest.mark.parametrize(("name", "code"), PLANTED)
def test_a_planted_fault_is_found(said, name: str, code: str) -> None:
    assert code in {**said.get(name, {}), **said[str(bundled.faulty())]}


@pytest.mark.parametrize("name", dict(PLANTED))
def test_nothing_else_is_wrong_with_its_file(said, name: str) -> None:
    codes = {code for where, code in PLANTED if where == name}
    above = {code for code, severity in said.get(name, {}).items() if severity != "info"}
    assert above <= codes


def test_nothing_is_wrong_with_the_good_clips_and_the_set(said) -> None:
    good = sorted(path.name for path in bundled.faulty().glob("good_*.mp4"))
    assert len(good) == 4
    for name in [*good, str(bundled.faulty())]:
        assert not {code for code, severity in said.get(name, {}).items() if severity != "info"}


def test_it_is_small_and_every_file_is_named() -> None:
    files = [path for path in bundled.faulty().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    named = {Path(name).stem for name, _ in ROWS}
    top = {path.stem for path in files if path.parent == bundled.faulty() and not path.name.startswith((".", "good_"))}
    assert top <= named | {"README"}
