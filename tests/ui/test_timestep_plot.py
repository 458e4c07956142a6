"""What the timestep plot says, read off the picture: areas, shares, the boundary, a run's own draws."""

import json
from pathlib import Path

import numpy as np
import pytest

from wannb.job import Job
from wannb.job.schedule import of_model
from wannb.job.stages import Stages
from wannb.refusal import Refusal
from wannb.train.densities import densities, density_of_steps, steps_of
from wannb.train.randomness import Purpose, stream
from wannb.ui.colours import COLOURS
from wannb.ui.plot import Plot
from wannb.ui.timestep_plot import HIGHEST, plot_timesteps


def a_job(task: str = "t2v", share: float = 0.5, **train: object) -> Job:
    job = Job.recipe("motion", task)
    job.wannb.high_noise_share = share
    for key, value in {"timestep_type": "linear", "content_or_style": "balanced", "steps": 2000, **train}.items():
        setattr(job.train, key, value)
    return job


def a_run(folder: Path, job: Job, steps: int) -> Path:
    """A run directory with the timesteps that `steps` steps of `job` draw, two a step."""
    run, stages, experts = folder / job.name, Stages.of(job), densities(job)
    run.mkdir()
    job.save(run / "config.yaml")
    with open(run / "metrics.jsonl", "w") as file:
        for step in range(1, steps + 1):
            drawn = experts[stages.at(step)].draw(2, stream(1, Purpose.TIMESTEPS, step)).tolist()
            row = {"step": step, "stage": stages.at(step), "loss": 1.0, "timesteps": drawn, "losses": [1.0, 1.0]}
            file.write(json.dumps(row) + "\n")
    return run


def words(plot: Plot) -> str:
    axes = plot.axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    return "\n".join([text.get_text() for text in axes.texts] + labels + [plot.get_suptitle()])


def curves(plot: Plot) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Each expert's curve in the picture's own measures: place from left to right, 0…1, and height."""
    axes = plot.axes[0]
    place = axes.transScale + axes.transLimits
    found = {}
    for expert, colour in COLOURS.items():
        for line in axes.lines:
            if line.get_color() == colour and line.get_linestyle() == "-":
                t, height = line.get_data()
                found[expert] = place.transform(np.column_stack([t, np.zeros_like(t)]))[:, 0], height
    return found


@pytest.mark.parametrize("kind", ["linear", "sigmoid", "shift", "weighted"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.7])
def test_areas_are_shares_of_the_draws(kind, share):
    job = a_job("i2v", share, timestep_type=kind)
    for expert, (place, height) in curves(plot_timesteps(job)).items():
        area = abs(np.trapezoid(height, place) if hasattr(np, "trapezoid") else np.trapz(height, place))
        assert area == pytest.approx(steps_of(job)[expert] / 2000, rel=2e-3)


def test_the_picture_says_steps_and_boundary_and_runs_from_noise_to_clean():
    plot = plot_timesteps(a_job("t2v", 0.7, timestep_type="shift", content_or_style="content"))
    said = words(plot)
    assert "high noise: 1400 of 2000 steps" in said and "low noise: 600 of 2000 steps" in said
    assert "875\nboundary" in said and "1000\npure noise" in said and "0\nclean clip" in said
    assert "Shift 12" in said and "Favor High Noise" in said
    assert plot.axes[0].get_xlim() == (1000, 0)
    assert "900\nboundary" in words(plot_timesteps(a_job("i2v")))


@pytest.mark.parametrize(
    "bias, ends", [("content", ("above 994", "above 831")), ("style", ("below 881", "below 44"))]
)
def test_an_infinite_end_is_cut_and_told(bias, ends):
    plot = plot_timesteps(a_job(content_or_style=bias))
    assert plot.axes[0].get_ylim() == (0, HIGHEST)
    assert all(end in words(plot) for end in ends)
    assert "37% of its draws" in words(plot)  # the cube root of the last 5 %
    assert len(plot._repr_png_()) < 100_000


def test_a_single_stage_says_what_is_not_trained():
    job = a_job()
    job.model.model_kwargs.train_low_noise = False
    plot = plot_timesteps(job)
    assert "high noise: 2000 of 2000 steps" in words(plot) and "low noise: not trained" in words(plot)
    assert set(curves(plot)) == {"high"}
    job.model.model_kwargs.train_high_noise = False
    with pytest.raises(Refusal, match="neither High Noise nor Low Noise"):
        plot_timesteps(job)


@pytest.mark.parametrize("steps", [5, 1500])
def test_a_runs_draws_lie_over_it(tmp_path, steps):
    job = a_job(share=0.7, switch_boundary_every=1)
    plot = plot_timesteps(job, a_run(tmp_path, job, steps))
    outlines = [patch.get_data() for patch in plot.axes[0].patches]
    assert len(outlines) == 2
    for (heights, edges, _), (lowest, highest) in zip(outlines, ((875, 1000), (0, 875)), strict=True):
        assert (edges[0], edges[-1]) == pytest.approx((lowest, highest))
        assert np.sum(heights * np.diff(edges)) / (highest - lowest) == pytest.approx(1)  # no draw is left out
        if steps > 100:
            assert heights == pytest.approx(np.ones_like(heights), abs=0.6)
    assert f"{2 * steps} timesteps in {steps} steps" in plot.legends[0].get_texts()[0].get_text()


def test_draws_of_another_boundary_are_shown_beyond_it(tmp_path):
    run = a_run(tmp_path, a_job("t2v"), 400)
    heights, edges, _ = plot_timesteps(a_job("i2v"), run).axes[0].patches[0].get_data()
    assert edges[0] <= 875 + 4 and sum(heights[edges[:-1] < 899]) > 0


def test_a_run_without_steps_is_refused(tmp_path):
    job = a_job()
    with pytest.raises(Refusal, match="no step yet"):
        plot_timesteps(job, a_run(tmp_path, job, 0))


def test_all_steps_together_have_a_density():
    job = a_job("t2v", 0.7)
    assert density_of_steps(job, [950, 400, 1001]) == pytest.approx([0.7 / 125, 0.3 / 875, 0])
    job.train.timestep_type, job.train.content_or_style = "sigmoid", "style"
    inner = [one.quantile(np.linspace(0.02, 0.98, 20_001)) for one in densities(job).values()]
    masses = [float(np.sum((d[1:] + d[:-1]) / 2 * np.diff(t))) for t in inner for d in [density_of_steps(job, t)]]
    assert masses == pytest.approx([0.7 * 0.96, 0.3 * 0.96], abs=1e-5)


def test_boundary_and_shift_are_the_models_unless_the_job_has_its_own(tmp_path):
    assert of_model({}, "t2v") == (0.875, 12.0) and of_model({}, "i2v") == (0.9, 5.0)
    assert of_model({"boundary_ratio": 0.8, "wannb": {"shift": 3.0}}, "i2v") == (0.8, 3.0)
    job = a_job("i2v", timestep_type="shift")
    (tmp_path / "model_index.json").write_text(json.dumps({"boundary_ratio": 0.8, "wannb": {"shift": 3.0}}))
    job.model.name_or_path = str(tmp_path)
    assert "800\nboundary" in words(plot_timesteps(job)) and "Shift 3" in words(plot_timesteps(job))
    job.wannb.boundary, job.wannb.shift = 0.7, 4.0
    assert "700\nboundary" in words(plot_timesteps(job)) and "Shift 4" in words(plot_timesteps(job))
    assert {one.boundary for one in densities(job, 0.8, 3.0).values()} == {0.7}
