"""What the pictures of a job are drawn from, without a browser."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.ui import estimated
from tests.ui.estimated import FULL, TOO_MUCH
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train.timesteps import Timesteps
from wannb.ui import outlook_views as views
from wannb.ui.outlook import NAMES, Outlook, view_of
from wannb.ui.timestep_view import HIGHEST, timestep_view

LAWS = [
    (kind, bias) for kind in ("linear", "sigmoid", "shift", "weighted") for bias in ("balanced", "content", "style")
]


def job(**values: object) -> Job:
    made = Job.recipe("motion")
    for key, value in values.items():
        made.put(key.replace("__", "."), value)
    return made


@pytest.mark.parametrize("kind, bias", LAWS)
def test_the_curves_are_the_densities_that_training_draws_with(kind: str, bias: str) -> None:
    view = timestep_view(job(train__timestep_type=kind, train__content_or_style=bias))
    for one in view["experts"]:
        law = Timesteps(one["expert"], 0.9, kind, bias, 5.0)
        lowest, highest = law.range
        t, heights = np.array(one["t"]), law.density(np.array(one["t"])) * (highest - lowest)
        assert t[0] == highest and t[-1] == lowest and (np.diff(t) < 0).all() and len(t) <= 84
        assert np.array(one["y"]) == pytest.approx(np.minimum(heights, 2 * HIGHEST), abs=1e-3)
        if one["cut"] is None:
            assert np.trapezoid(one["y"], -t) / (highest - lowest) == pytest.approx(1, abs=0.01)
        assert float(law.cdf(one["median"])) == pytest.approx(0.5, abs=0.02)


def test_widths_are_shares_of_the_steps() -> None:
    view = timestep_view(job(wannb__high_noise_share=0.7))
    assert view["low"] == pytest.approx(0.3) and view["split"] == 900
    assert [one["words"] for one in view["experts"]] == [
        "high noise: 1,400 of 2,000 steps", "low noise: 600 of 2,000 steps"
    ]  # fmt: skip


def test_an_end_beyond_the_axis_is_told() -> None:
    view = timestep_view(job(train__content_or_style="content"))
    assert view["top"] == HIGHEST
    cut = view["experts"][0]["cut"]
    assert (cut["at"], cut["where"], cut["mark"]) == (1000, "above", 995)
    assert cut["share"] == pytest.approx((5 / 100) ** (1 / 3))  # the cubic law of Timestep Bias


def test_an_expert_that_is_not_trained_has_no_curve() -> None:
    view = timestep_view(job(model__model_kwargs__train_high_noise=False))
    high, low = view["experts"]
    assert high["words"] == "high noise: not trained" and not high["t"] and low["t"]
    assert 0 < 1 - view["low"] < 0.2


def test_what_cannot_be_drawn_says_why() -> None:
    neither = job(model__model_kwargs__train_high_noise=False, model__model_kwargs__train_low_noise=False)
    assert "switch one of them on" in timestep_view(neither)["said"]
    assert "wannb.boundary" in timestep_view(job(wannb__boundary=1.0))["said"]


@pytest.mark.parametrize("estimate", [FULL, TOO_MUCH], ids=["full", "too much"])
@pytest.mark.parametrize("name", NAMES)
def test_each_picture_is_told_in_words_with_units(name: str, estimate: object) -> None:
    view = view_of(job(), estimate, (name,))[name]
    assert json.loads(json.dumps(view)) == view
    assert len(view["alt"].split()) > 8 and view["headline"] in view["alt"] or name in ("memory", "disk", "clips")
    units = {"timesteps": "steps", "memory": "GB", "time": "s a step", "clips": "steps a clip", "disk": "GB"}
    assert units.get(name, "tokens") in view["alt"]


def test_bars_hold_what_the_estimate_says() -> None:
    memory, disk, times = views.memory_view(FULL), views.disk_view(FULL), views.time_view(FULL)
    assert [row["name"] for row in memory["rows"]] == ["training", "previews", "caching"]
    assert sum(part["size"] for part in memory["rows"][0]["parts"]) == pytest.approx(sum(FULL.parts_gib.values()))
    assert sum(part["size"] for part in disk["parts"]) == sum(FULL.disk_bytes.values())
    assert sum(part["size"] for part in times["parts"]) == pytest.approx(sum(FULL.seconds.values()), abs=1)
    assert times["headline"] == "21 h" and times["between"] == "18 h to 26 h" and times["note"].endswith("on RTX 4090")


@pytest.mark.parametrize(
    "peak, high, card, fits, verdict",
    [
        (21.3, 23.4, 24.0, True, "fits"),
        (23.0, 25.0, 24.0, True, "just fits"),
        (29.8, 32.0, 24.0, False, "does not fit"),
        (21.3, 23.4, None, None, ""),
    ],
)
def test_the_verdict_knows_the_band(peak: float, high: float, card: float, fits: bool, verdict: str) -> None:
    view = views.memory_view(replace(FULL, peak_gib=peak, memory_band=(peak - 2, high), card_gib=card, fits=fits))
    assert view["verdict"] == verdict


@pytest.mark.parametrize("each, verdict", [(10, "may not learn"), (35, ""), (300, ""), (301, "may overfit")])
def test_steps_per_clip_are_seen_against_the_guides(each: float, verdict: str) -> None:
    assert views.clips_view(replace(FULL, steps_per_clip=each))["verdict"] == verdict


def test_disk_that_is_not_there_is_named() -> None:
    assert views.disk_view(TOO_MUCH)["verdict"] == "does not fit"
    assert views.disk_view(replace(FULL, free_bytes=None))["verdict"] == ""


def test_many_buckets_are_counted_and_no_clip_is_lost() -> None:
    shapes = tuple(estimated.shape(256 + 32 * n, 256, 41, n + 1, 1 / 20, 3.0) for n in range(20))
    view = views.buckets_view(replace(FULL, shapes=shapes))
    assert len(view["buckets"]) == views.MOST_BUCKETS
    assert view["note"] == "and 8 smaller buckets with 36 clips"
    assert [one["width"] for one in view["buckets"]] == sorted((one["width"] for one in view["buckets"]), reverse=True)


def test_what_is_not_known_is_left_out() -> None:
    assert list(view_of(job(), estimated.Estimate())) == ["timesteps"]
    assert list(view_of(job(), None)) == ["timesteps"]
    assert list(view_of(job(), FULL)) == list(NAMES)


def test_it_shows_the_pictures_that_are_asked_for() -> None:
    shown = Outlook("memory", "time")
    shown.show(job(), FULL)
    assert list(shown.view) == ["memory", "time"]
    assert repr(shown) == "Outlook(memory 21.3 GB of 24 GB; time 21 h)"
    text = shown._repr_mimebundle_()[0]["text/plain"]
    assert "Training holds weights 13.6 GB, LoRA 0.3 GB" in text
    with pytest.raises(Refusal, match="no picture 'cost'.*buckets"):
        Outlook("cost")


def test_a_change_costs_milliseconds() -> None:
    shown, made, best = Outlook(), job(train__timestep_type="sigmoid"), 1.0
    for steps in range(1000, 1010):
        made.put("train.steps", steps)
        begun = time.perf_counter()
        shown.show(made, FULL)
        best = min(best, time.perf_counter() - begun)
    assert best < 0.02


def test_it_needs_neither_torch_nor_matplotlib() -> None:
    code = "import sys, wannb.ui.outlook; sys.exit(bool({'torch', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
