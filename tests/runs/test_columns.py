"""Metrics are columns and rows at once, whatever a killed writer or a power failure left in the file."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from wannb.refusal import Refusal
from wannb.runs import metrics
from wannb.runs.lines import LineWriter

ODD = 'a "loss": 9, {b'


def row(step: int, **more: object) -> dict:
    return {
        "step": step,
        "stage": "high" if step % 3 else "low",
        "timesteps": [900.5, step],
        "loss": 1 / step,
        "loss_parts": {"flow": 1 / step, "dop": 0.5},
        "lr": 1e-05,
        "items": ["ünï.mp4", ODD, f"x\\{step}"],
        **more,
    }


def many(numbers: np.random.Generator, count: int) -> list[dict]:
    """Rows in which any value may be of another kind, or missing."""
    kinds = [1.5, -3, 2e-300, "word", 'say "loss": 1', "", None, True, [1, [2]], {"loss": 3}, "}", "{", "é"]
    return [
        {"step": step} | {name: kinds[numbers.integers(len(kinds))] for name in "abc" if numbers.random() < 0.8}
        for step in range(1, count + 1)
    ]


def written(path: Path, rows: list[dict], end: bytes = b"") -> Path:
    lines = LineWriter(path)
    for one in rows:
        lines.append(one)
    lines.close()
    with open(path, "ab") as file:
        file.write(end)
    return path


def test_rows_are_what_was_written(tmp_path: Path) -> None:
    rows = [row(step) for step in range(1, 8)]
    read = metrics.columns(written(tmp_path / "m", rows))
    assert read == rows and list(read) == rows and list(read.rows()) == rows
    assert (len(read), read[-1], read[0], read[2:4]) == (7, rows[-1], rows[0], rows[2:4])
    assert read[2:][1:][0] == rows[3] and read[::-1][0] == rows[-1]
    with pytest.raises(IndexError):
        read[7]


def test_columns_are_arrays_of_numbers_or_lists(tmp_path: Path) -> None:
    read = metrics.columns(written(tmp_path / "m", [row(1), row(2, norm=2), row(3)]))
    assert read["step"].dtype == np.int64 and read["step"].tolist() == [1, 2, 3]
    assert read["loss"].tolist() == [1, 1 / 2, 1 / 3] and read["lr"].tolist() == [1e-05] * 3
    assert np.array_equal(read["norm"], [np.nan, 2, np.nan], equal_nan=True)
    assert read["stage"] == ["high", "high", "low"]
    assert read["timesteps"] == [[900.5, 1], [900.5, 2], [900.5, 3]]
    assert read["items"][1][1] == ODD and read["loss_parts"][0] == {"flow": 1, "dop": 0.5}
    assert "norm" in read and "flow" not in read and row(2, norm=2) in read
    assert read.names[:4] == ["step", "stage", "timesteps", "loss"] and "flow" not in read.names
    with pytest.raises(Refusal, match="No row has 'los': there are step, stage"):
        read["los"]


def test_an_expert_has_its_own_rows(tmp_path: Path) -> None:
    rows = [row(step) for step in range(1, 9)]
    read = metrics.columns(written(tmp_path / "m", rows))
    assert read.of("low") == [rows[2], rows[5]]
    assert read.of("low")["loss"].tolist() == [1 / 3, 1 / 6]
    assert read.of("high")[1:]["step"].tolist() == [2, 4, 5, 7, 8]


@pytest.mark.parametrize("seed", range(20))
def test_every_column_is_that_of_the_rows(tmp_path: Path, seed: int) -> None:
    rows = many(np.random.default_rng(seed), 30)
    read = metrics.columns(written(tmp_path / "m", rows))
    assert sorted(read.names) == sorted({name for one in rows for name in one})
    for name in read.names:
        got, wanted = list(read[name]), [one.get(name) for one in rows]
        assert [None if one != one else one for one in got] == wanted


@pytest.mark.parametrize("cut", range(1, 200, 13))
def test_a_half_line_is_left_out(tmp_path: Path, cut: int) -> None:
    half = json.dumps(row(3)).encode()[:cut]
    path = written(tmp_path / "m", [row(1), row(2)], half)
    assert metrics.columns(path)["step"].tolist() == [1, 2]
    written(path, [row(4)], b"\0" * 50 + b"\n")  # as a writer that does not look goes on
    assert metrics.columns(path)["step"].tolist() == [1, 2]
    written(path, [row(5)], b'{"step":6,"loss":2}\n[1]\n{"step": "x"}\n')
    assert metrics.columns(path)["step"].tolist() == [1, 2, 5, 6]
    assert metrics.columns(path)["loss"].tolist() == [1, 0.5, 0.2, 2]


def test_nothing_there_is_no_rows(tmp_path: Path) -> None:
    read = metrics.columns(tmp_path / "m")
    assert not read and list(read) == [] and len(read["loss"]) == 0 and not read.of("high")
    assert repr(read) == "Columns(0 rows: )" and not metrics.tail(tmp_path / "m", 3)


@pytest.mark.parametrize("count", (1, 3, 2000))
def test_the_tail_is_the_last_rows(tmp_path: Path, count: int) -> None:
    rows = [row(step) for step in range(1, 1001)]
    path = written(tmp_path / "m", rows, b'{"step": 1001, "st')
    assert metrics.tail(path, count) == rows[-count:]


def test_pandas_is_asked_for_only_when_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = metrics.columns(written(tmp_path / "m", [row(1)]))
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=dict))
    assert list(read.to_pandas()) == list(row(1)) and read.to_pandas()["loss"] == [1]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(Refusal, match="pandas is not installed"):
        read.to_pandas()
