"""Other trainers' logs are read as their own writers write them."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import yaml

from wannb.refusal import Refusal
from wannb.runs import event_files, tensorboard
from wannb.runs.foreign import read_log

SummaryWriter = pytest.importorskip("torch.utils.tensorboard").SummaryWriter


def board(folder: Path, scalars: dict[str, dict[int, float]], seconds: float = 2.0, **how: bool) -> Path:
    with SummaryWriter(str(folder)) as writer:
        for tag, values in scalars.items():
            for step, value in values.items():
                writer.add_scalar(tag, value, step, walltime=1000 + seconds * step, **how)
    return folder


def losses(first: int, last: int, scale: float = 1.0) -> dict[int, float]:
    return {step: scale / step for step in range(first, last + 1)}


def toolkit(folder: Path, values: dict[str, dict[int, float | str]]) -> Path:
    """A `loss_log.db`, left open as AI Toolkit does while it trains."""
    folder.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(folder / "loss_log.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("CREATE TABLE steps (step INTEGER PRIMARY KEY, wall_time REAL NOT NULL)")
    base.execute("CREATE TABLE metrics (step INTEGER, key TEXT, value_real REAL, value_text TEXT)")
    for step in sorted({step for one in values.values() for step in one}):
        base.execute("INSERT INTO steps VALUES (?, ?)", (step, 1000 + 2 * step))
    for key, one in values.items():
        for step, value in one.items():
            text = isinstance(value, str)
            base.execute(
                "INSERT INTO metrics VALUES (?, ?, ?, ?)", (step, key, None if text else value, value if text else None)
            )
    toolkit.open = base
    return folder


@pytest.mark.parametrize("trains", ("both", "low"))
@pytest.mark.parametrize("by", ("folder", "file"))
def test_ai_toolkit_while_it_trains(tmp_path: Path, trains: str, by: str) -> None:
    values = {"learning_rate": dict.fromkeys((1, 2, 4), 1e-4), "loss/loss": {1: 0.5, 2: 0.25, 4: 0.125}}
    folder = toolkit(tmp_path / "job", values | {"note": {2: "text"}, "loss/reg": {2: 3.0}})
    kwargs = {"train_high_noise": trains == "both", "train_low_noise": True}
    config = {"config": {"process": [{"model": {"model_kwargs": kwargs}}]}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    read = read_log(folder if by == "folder" else folder / "loss_log.db")
    assert read["step"].tolist() == [1, 2, 4] and read["loss"].tolist() == [0.5, 0.25, 0.125]
    assert read["lr"].tolist() == [1e-4] * 3 and read["stage"] == [None if trains == "both" else "low"] * 3
    assert np.array_equal(read["seconds"], [np.nan, 2, 2], equal_nan=True) and read["time"][0] == 1002
    assert read[1]["loss/reg"] == 3 and "loss/reg" not in read[0] and "note" not in read
    toolkit.open.close()
    before = sorted(file.name for file in folder.iterdir())
    assert read_log(folder)["loss"].tolist() == [0.5, 0.25, 0.125]
    assert sorted(file.name for file in folder.iterdir()) == before


def test_musubi_tuner(tmp_path: Path) -> None:
    """accelerate writes `<logging_dir>/<time>/network_train`, and the settings into a folder below."""
    inner = board(
        tmp_path / "20260101120000" / "network_train",
        {"loss/current": losses(1, 6), "loss/average": losses(1, 6), "lr/unet": dict.fromkeys(range(1, 7), 2e-4)}
        | {"loss/epoch": {1: 9.0, 2: 9.0}},
    )
    with SummaryWriter(str(inner)) as writer:
        writer.add_hparams({"learning_rate": 2e-4}, {}, run_name="1767268800.0")
    read = read_log(tmp_path)
    assert read["step"].tolist() == list(range(1, 7)) and read["stage"] == [None] * 6
    assert read["loss"] == pytest.approx([1 / step for step in range(1, 7)])
    assert read["lr"] == pytest.approx([2e-4] * 6) and "loss/average" in read and "loss/epoch" not in read
    board(tmp_path / "20260101130000" / "network_train", {"loss/current": losses(1, 2)})
    with pytest.raises(Refusal, match="logs of 2 runs.*20260101120000/network_train, 20260101130000"):
        read_log(tmp_path)


@pytest.mark.parametrize("new_style", (False, True))
def test_diffusion_pipe_and_its_resume(tmp_path: Path, new_style: bool) -> None:
    board(tmp_path, {"train/loss": losses(1, 9), "train/epoch_loss": {1: 5.0}}, new_style=new_style)
    first = next(tmp_path.glob(event_files.PATTERN))
    first.rename(tmp_path / "events.out.tfevents.1000000000.host.1.0")
    board(tmp_path, {"train/loss": losses(7, 8, scale=2.0)}, new_style=new_style)
    read = read_log(tmp_path)
    assert read["step"].tolist() == list(range(1, 9)) and np.isnan(read["lr"]).all()
    assert read["loss"] == pytest.approx([*(1 / step for step in range(1, 7)), 2 / 7, 2 / 8])
    assert set(read[0]) == {"step", "loss", "time"}


def test_the_last_record_may_be_cut_off(tmp_path: Path) -> None:
    board(tmp_path, {"train/loss": losses(1, 5)})
    file = next(tmp_path.glob(event_files.PATTERN))
    whole = file.read_bytes()
    counts = []
    for cut in range(len(whole) + 1):
        file.write_bytes(whole[:cut])
        counts.append(sum(1 for _ in event_files.read(file)))
    assert counts == sorted(counts) and set(counts) == set(range(6))
    damaged = bytearray(whole)
    damaged[-7] ^= 1  # in the data of the last record
    file.write_bytes(damaged)
    assert read_log(tmp_path)["step"].tolist() == [1, 2, 3, 4]


def test_our_own_event_files_know_the_expert(tmp_path: Path) -> None:
    rows = [
        {"step": s, "stage": "high" if s % 2 else "low", "loss": 1 / s, "lr": 1e-3, "seconds": 0.5, "time": 1000.0 + s}
        for s in range(1, 5)
    ]
    tensorboard.EventWriter(tmp_path, rows).close()
    read = read_log(tmp_path)
    assert read["stage"] == ["high", "low", "high", "low"] and read["seconds"].tolist() == [0.5] * 4
    assert read.of("low")["loss"] == pytest.approx([1 / 2, 1 / 4]) and read[0]["time"] == 1001
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "metrics.jsonl").write_text(lines)
    assert read_log(tmp_path) == rows


def test_json_lines_by_other_names(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text('{"step": 1, "train/loss": 0.5, "learning_rate": 0.1}\n{"step":2,"train/loss":0.25}\n')
    read = read_log(file)
    assert read["loss"].tolist() == [0.5, 0.25] and read["lr"][0] == 0.1 and np.isnan(read["lr"][1])


@pytest.mark.parametrize("what", ("missing", "empty", "text", "database", "curves"))
def test_what_is_not_known_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "empty":
        path.mkdir()
    elif what == "text":
        path.write_text("step 1 loss 0.5\n")
    elif what == "database":
        with sqlite3.connect(path) as base:
            base.execute("CREATE TABLE other (x)")
    elif what == "curves":
        board(path, {"accuracy": {1: 0.5}})
    with pytest.raises(Refusal, match="AI Toolkit|accuracy"):
        read_log(path)
