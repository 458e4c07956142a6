"""The knobs' table: its figures, and its place in a file."""

import numpy as np
import pytest

from tools.knobs import lane
from tools.knobs.lessons import CLASS_PROMPTS, one_expert, with_dop
from tools.knobs.measures import SCORES, Measured, psnr
from tools.knobs.table import ROWS, markdown
from tools.measured_page import write_between
from wannb import bundled
from wannb.data.preflight import check
from wannb.data.video import read_frames
from wannb.refusal import Refusal


def test_psnr_of_a_known_error():
    one = np.full((2, 4, 4, 3), 100, np.uint8)
    assert psnr(one, one + 10) == pytest.approx(20 * np.log10(25.5))
    assert psnr(one, one) == 99


def test_every_row_has_its_figures():
    figures = {lesson: {} for lesson in SCORES}
    for _, lesson, name in ROWS:
        scores = {unit: (1.0, 98.6) for unit in SCORES[lesson]}
        figures[lesson][name] = Measured(scores, 31.25 if lesson == "character" else None)
    lines = markdown(figures).splitlines()
    assert len(lines) == 2 + len(ROWS) + 2  # the lane has two scores
    assert all(line.count("|") == 6 for line in lines)
    assert "99 % with the character | 31.2 dB |" in lines[-1]


def test_the_lanes_clips_are_on_its_path_and_have_its_dot():
    folder = bundled.lane()
    clips = sorted(folder.glob("*.mp4"))
    assert len(clips) == lane.CLIPS and all(clip.with_suffix(".txt").exists() for clip in clips)
    for clip in clips[:6]:
        frames = read_frames(clip, range(33))
        assert lane.off_the_path(frames) < 1.5 and lane.brightness_of_the_middle(frames) < 40
    captions = {clip.with_suffix(".txt").read_text() for clip in clips}
    assert not captions & set(lane.PROMPTS)
    still = np.full((33, 64, 64, 3), 200, np.uint8)
    still[:, 40:52, 30:42] = 255
    assert lane.off_the_path(still) > 20 and lane.brightness_of_the_middle(still) == pytest.approx(255)


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
