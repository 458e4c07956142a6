"""The comparison clip: every pair where it belongs, labels where no clip is, the same length for all."""

from pathlib import Path

import numpy as np
import pytest

from wannb.data.video import probe, read_frames
from wannb.data.video_file import write_mp4
from wannb.ui import side_by_side
from wannb.ui.side_by_side import GAP, LINE, MARGIN, TALL, Pair

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 30), "blue": (30, 30, 200)}


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, Path]:
    """Plain clips; the blue one is shorter."""
    paths = {name: tmp_path / f"{name}.mp4" for name in COLOURS}
    for name, path in paths.items():
        write_mp4(path, np.full((5 if name == "blue" else 9, 32, 32, 3), COLOURS[name], np.uint8))
    return paths


def test_left_is_left_and_shorter_clips_wait(clips: dict[str, Path]) -> None:
    pairs = [Pair("one", clips["red"], clips["green"]), Pair("two", clips["green"], clips["blue"])]
    frames = side_by_side.side_by_side([*pairs, pairs[0]])
    assert frames.dtype == np.uint8 and len(frames) == 9
    cell = (TALL + 2 * LINE, 2 * TALL + GAP)
    for index, names in enumerate((("red", "green"), ("green", "blue"), ("red", "green"))):
        row, column = divmod(index, 2)
        top = MARGIN + row * (cell[0] + MARGIN) + LINE + TALL // 2
        for side, name in enumerate(names):
            left = MARGIN + column * (cell[1] + MARGIN) + side * (TALL + GAP) + TALL // 2
            assert np.abs(frames[:, top, left].astype(int) - COLOURS[name]).max() < 12


def test_a_file_that_plays_and_a_poster(clips: dict[str, Path], tmp_path: Path) -> None:
    side_by_side.write(tmp_path / "out.mp4", [Pair("a title far too long for it " * 9, clips["red"], clips["blue"])])
    facts = probe(tmp_path / "out.mp4")
    assert (facts.frames, facts.codec, facts.width % 2, facts.height % 2) == (9, "h264", 0, 0)
    assert read_frames(tmp_path / "out.jpg", [0]).shape[1:3] == (facts.height, facts.width)
