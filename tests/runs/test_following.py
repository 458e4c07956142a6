"""A follower gives each row once, at the cost of what is new, and says when a resume took rows back."""

from pathlib import Path

import numpy as np
import pytest

from wannb.runs import metrics
from wannb.runs.following import Follower
from wannb.runs.lines import LineWriter


def row(step: int, loss: float) -> dict:
    return {"step": step, "stage": "high", "loss": loss}


def append(path: Path, first: int, last: int, loss: float) -> None:
    lines = LineWriter(path)
    for step in range(first, last + 1):
        lines.append(row(step, loss))
    lines.close()


def steps(rows: object) -> list[int]:
    return [one["step"] for one in rows]


def test_each_row_comes_once(tmp_path: Path) -> None:
    path = tmp_path / "m"
    follower = Follower(path, "loss")
    assert not follower.new() and not follower.held
    append(path, 1, 3, 0.5)
    assert steps(follower.new()) == [1, 2, 3] and not follower.new()
    append(path, 4, 5, 0.25)
    assert follower.new()["loss"].tolist() == [0.25, 0.25]
    assert follower.back_to is None and follower.step == 5
    assert follower.held["loss"].tolist() == [0.5, 0.5, 0.5, 0.25, 0.25]


def test_a_half_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "m"
    follower = Follower(path)
    append(path, 1, 2, 0.5)
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        follower.new()
        assert follower.back_to is None
    assert follower.step == 2


@pytest.mark.parametrize("kept", (0, 1, 4, 9, 10))
@pytest.mark.parametrize("again", (0, 3, 30))
def test_a_resume_takes_rows_back(tmp_path: Path, kept: int, again: int) -> None:
    path = tmp_path / "m"
    append(path, 1, 10, 0.5)
    follower = Follower(path, "loss")
    follower.new()
    metrics.truncate(path, kept)
    append(path, kept + 1, kept + again, 0.25)
    rows = follower.new()
    assert follower.back_to == (None if kept == 10 else kept)
    assert steps(rows) == list(range(kept + 1, kept + again + 1))
    assert follower.held["step"].tolist() == list(range(1, kept + again + 1))
    assert follower.held["loss"].tolist() == [0.5] * kept + [0.25] * again
    append(path, kept + again + 1, kept + again + 1, 0.1)
    assert steps(follower.new()) == [kept + again + 1] and follower.back_to is None


def test_steps_that_go_back_without_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "m"
    append(path, 1, 5, 0.5)
    follower = Follower(path, "loss")
    follower.new()
    append(path, 3, 4, 0.25)
    assert steps(follower.new()) == [3, 4] and follower.back_to == 2
    assert follower.held["step"].tolist() == [1, 2, 3, 4]


def test_random_resumes_leave_what_the_file_holds(tmp_path: Path) -> None:
    path, numbers, step = tmp_path / "m", np.random.default_rng(0), 0
    follower = Follower(path, "loss")
    for _ in range(60):
        if numbers.random() < 0.4 and step:
            step = int(numbers.integers(step))
            metrics.truncate(path, step)
        count = int(numbers.integers(4))
        append(path, step + 1, step + count, float(numbers.random()))
        step += count
        if numbers.random() < 0.7:
            follower.new()
    follower.new()
    assert [dict(one) for one in follower.held] == [
        {"step": one["step"], "loss": one["loss"]} for one in metrics.columns(path)
    ]
