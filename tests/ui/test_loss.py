"""What the loss views hold, without a browser."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.train import small_job
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.live_loss import LiveLoss
from wannb.ui.loss_plot import loss_plot
from wannb.ui.smoothing import smoothed


def rows(steps: int) -> list[dict]:
    return [
        {
            "step": step,
            "stage": "high" if (step - 1) // 2 % 2 == 0 else "low",
            "loss": 1 / step,
            "timesteps": [950.0, 900.0],
            "losses": [1 / step, 1 / step],
        }
        for step in range(1, steps + 1)
    ]


def a_run(folder: Path, steps: int) -> Run:
    job = small_job.job(folder, folder)
    job.run_dir.mkdir(parents=True)
    job.save(job.run_dir / "config.yaml")
    (job.run_dir / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(steps)))
    return Run(job.run_dir)


def test_smoothing_is_the_weighted_mean_it_says() -> None:
    values = np.random.default_rng(0).normal(size=50)
    for n in (1, 2, 50):
        weights = 0.9 ** np.arange(n)[::-1]
        assert smoothed(values, 0.9)[n - 1] == pytest.approx(np.average(values[:n], weights=weights))
    assert smoothed([3.0] * 5) == pytest.approx([3.0] * 5)
    assert smoothed([]) == []


def test_the_plot_shows_every_row_of_each_expert(tmp_path: Path) -> None:
    plot = loss_plot(a_run(tmp_path, 9))
    by_step, by_timestep = plot.axes
    raw = {tuple(line.get_xdata()) for line in by_step.lines}
    assert raw == {(1, 2, 5, 6, 9), (3, 4, 7, 8)}
    assert sum(len(line.get_xdata()) for line in by_timestep.lines) == 18


def test_the_plot_is_a_picture_small_enough_for_a_notebook(tmp_path: Path) -> None:
    picture = loss_plot(a_run(tmp_path, 40))._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 100_000
    (tmp_path / "plot.png").write_bytes(picture)
    assert Image.open(tmp_path / "plot.png").width > 500


def test_a_run_without_steps_has_no_plot(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no step yet"):
        loss_plot(a_run(tmp_path, 0))


def test_live_loss_sends_every_step_at_the_end() -> None:
    live = LiveLoss()
    assert repr(live) == "LiveLoss(waiting)"
    live("encoding clips", 3, 3)
    for row in rows(9):
        live("training", row["step"], 9, row=row)
    sent = list(struct.iter_unpack("<ffff", live._rows))
    assert sorted(int(step) for step, *_ in sent) == list(range(1, 10))
    assert {int(step): int(expert) for step, _, _, expert in sent}[3] == 1
    assert live._status["done"] == 9 and repr(live) == "LiveLoss(training 9/9)"


def test_live_loss_spares_the_kernel() -> None:
    live, changes = LiveLoss(), []
    live.observe(lambda change: changes.append(change["new"]), "_status")
    for row in rows(500):
        live("training", row["step"], 500, row=row)
    assert len(changes) < 20
