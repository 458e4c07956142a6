"""What the picture of a run's validation holds."""

import json
from pathlib import Path

import pytest

from tests.train import small_job
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.validation_plot import validation_plot


def row(step: int, stage: str, clips: int, held_out: bool) -> dict:
    first, width = (910, 10) if stage == "high" else (90, 90)
    return {
        "step": step,
        "stage": stage,
        "since": 0,
        "difference": -step / 1000,
        "ci95": [-step / 500, 0.0] if clips > 1 else None,
        "per_quantile": [0.5 - step / 1000] * 9,
        "timesteps": [first + width * k for k in range(9)],
        "clips": [f"clip{n}" for n in range(clips)],
        "held_out": held_out,
    }


def a_run(folder: Path, steps: list[int], experts=("high", "low"), clips: int = 4, held_out: bool = False) -> Run:
    job = small_job.job(folder, folder)
    job.run_dir.mkdir(parents=True)
    job.save(job.run_dir / "config.yaml")
    rows = [row(step, stage, clips, held_out) for step in steps for stage in experts]
    (job.run_dir / "validation.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    return Run(job.run_dir)


def test_differences_with_their_bands_and_first_against_newest(tmp_path: Path) -> None:
    by_step, by_timestep = validation_plot(a_run(tmp_path, [0, 10, 20])).axes
    zero, *curves = by_step.lines
    assert list(zero.get_ydata()) == [0, 0]
    assert [list(curve.get_ydata()) for curve in curves] == [[0, -0.01, -0.02]] * 2
    for band in by_step.collections:
        assert band.get_paths()[0].vertices[:, 1].min() == pytest.approx(-0.04)
    nine = [line for line in by_timestep.lines if len(line.get_ydata()) == 9]
    assert [line.get_ydata()[0] for line in nine] == pytest.approx([0.5, 0.48] * 2)
    high, low = nine[0].get_xdata(), nine[2].get_xdata()
    assert max(low) < min(high)
    assert {tick.get_text() for tick in by_timestep.get_xticklabels()} == {"90", "450", "810", "910", "950", "990"}


@pytest.mark.parametrize(
    ("clips", "held_out", "words"),
    [
        (4, True, "Measured on 4 clips that training never sees"),
        (4, False, "Measured on 4 of the training clips"),
        (1, False, "Measured on 1 of the training clips"),
    ],
)
def test_it_says_on_which_clips(tmp_path: Path, clips: int, held_out: bool, words: str) -> None:
    plot = validation_plot(a_run(tmp_path, [0, 10], clips=clips, held_out=held_out))
    title = plot.get_suptitle()
    assert words in title and ("no interval" in title) == (clips == 1)


@pytest.mark.parametrize("experts", [("high",), ("low",)])
def test_one_expert_or_one_measurement_is_drawn_too(tmp_path: Path, experts: tuple[str, ...]) -> None:
    picture = validation_plot(a_run(tmp_path, [0], experts, clips=1))._repr_png_()
    assert picture.startswith(b"\x89PNG") and len(picture) < 100_000


def test_a_run_without_validation_has_no_plot(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no validation yet: set wannb.validate_every"):
        validation_plot(a_run(tmp_path, []))
