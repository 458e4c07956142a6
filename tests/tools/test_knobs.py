"""The knobs' table: its figures, and its place in a file."""

import numpy as np
import pytest

from tools.knobs.lessons import CLASS_PROMPTS, one_expert, with_dop
from tools.knobs.measures import Measured, psnr
from tools.knobs.table import ROWS, markdown, write_between
from wannb import bundled
from wannb.data.preflight import check
from wannb.refusal import Refusal


def test_psnr_of_a_known_error():
    one = np.full((2, 4, 4, 3), 100, np.uint8)
    assert psnr(one, one + 10) == pytest.approx(20 * np.log10(25.5))
    assert psnr(one, one) == 99


def test_every_row_has_its_figures():
    figures = {kind: {} for kind in ("motion", "style", "character")}
    for _, kind, name in ROWS:
        figures[kind][name] = Measured(1.0, 98.6, 31.25 if kind == "character" else None)
    lines = markdown(figures).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert all(line.count("|") == 6 for line in lines)
    assert "99 % with the character | 31.2 dB |" in lines[-1]


def test_the_table_takes_its_place_and_nothing_else(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("before\n<!-- knobs -->\nold\n<!-- /knobs -->\nafter\n")
    write_between(file, "knobs", "new")
    assert file.read_text() == "before\n<!-- knobs -->\nnew\n<!-- /knobs -->\nafter\n"
    with pytest.raises(Refusal, match="<!-- others -->"):
        write_between(file, "others", "new")


def test_lessons_can_be_trained(tmp_path):
    for job in (one_expert("motion", "low", tmp_path), with_dop(tmp_path)):
        assert not [finding for finding in check(job) if finding.severity == "error"]
    assert one_expert("style", "high", tmp_path).stages == ["high"]


def test_class_prompts_are_in_no_set():
    captions = {file.read_text().strip() for file in bundled.folder("character").rglob("*.txt")}
    assert not captions & set(CLASS_PROMPTS)
