"""What the pictures of a job are drawn from, without a browser."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.ui import estimated
from tests.ui.estimated import FULL, TOO_MUCH
from wannb.job import Job
from wannb.job.cost.estimate import Estimate
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
def test_each_picture_is_told_in_words_with_units(name: str, estimate: Estimate) -> None:
    view = view_of(job(), estimate, (name,))[name]
    assert json.loads(json.dumps(view)) == view
    assert view["headline"] in view["alt"] and view["alt"].endswith(".") and len(view["alt"].split()) > 8
    units = {"timesteps": "steps", "memory": "GB", "time": " h", "clips": "times", "disk": "GB", "buckets": "tokens"}
    assert units[name] in view["alt"]


def test_bars_hold_what_the_estimate_says() -> None:
    memory, disk, times = views.memory_view(FULL), views.disk_view(FULL), views.time_view(FULL)
    assert [row["name"] for row in memory["rows"]] == ["training", "caching", "previews"]
    assert sum(part["size"] for part in memory["parts"]) == pytest.approx(sum(FULL.parts_gib.values()))
    assert sum(part["size"] for part in disk["parts"]) == disk["total"] == sum(FULL.disk_bytes.values())
    assert sum(part["size"] for part in times["parts"]) == pytest.approx(sum(FULL.seconds.values()))
    assert times["headline"] == "21 h" and times["between"] == "18 h to 26 h"
    assert times["lines"] == ["2,000 steps of 34 s on an RTX 4090"]


@pytest.mark.parametrize(
    "card, fits, mood", [(24.0, True, "good"), (24.0, None, "warn"), (24.0, False, "bad"), (None, None, "warn")]
)
def test_the_verdict_is_the_estimates(card: float | None, fits: bool | None, mood: str) -> None:
    view = views.memory_view(replace(TOO_MUCH, card_gib=card, fits=fits))
    said = {True: "fits 24 GB", None: "may not fit 24 GB", False: "does not fit 24 GB"}[fits] if card else ""
    assert (view["verdict"], view["mood"], view["highest"]) == (said, mood, "previews")
    assert bool(view["lines"]) == (bool(card) and not fits)


@pytest.mark.parametrize("each, said", [(10, "may not learn"), (35, ""), (300, ""), (301, "may overfit")])
def test_steps_per_clip_are_seen_against_the_guides(each: float, said: str) -> None:
    assert views.clips_view(replace(FULL, steps_per_clip=each))["verdict"] == said


@pytest.mark.parametrize(
    "free, said", [(4, "does not fit"), (60, "may not fit"), (412, "fits"), (None, "")]
)  # 5.6 GB to write, 64 GB to download, perhaps to another disk
def test_disk_that_is_not_there_is_named(free: float | None, said: str) -> None:
    estimate = replace(FULL, free_bytes=None if free is None else free * estimated.GB)
    assert views.disk_view(estimate)["verdict"] == said


def test_many_buckets_are_counted_and_no_clip_is_lost() -> None:
    shapes = tuple(estimated.shape(256 + 32 * n, 256, 41, n + 1, 1 / 20, 3.0) for n in reversed(range(20)))
    view = views.buckets_view(replace(FULL, shapes=shapes))
    assert len(view["buckets"]) == views.MOST_BUCKETS
    assert view["lines"] == ["and 8 smaller buckets with 36 clips"]
    assert [one["width"] for one in view["buckets"]] == [256 + 32 * n for n in range(19, 7, -1)]


def test_what_is_not_known_is_left_out() -> None:
    assert list(view_of(job(), estimated.NOTHING)) == ["timesteps"]
    assert list(view_of(job(), None)) == ["timesteps"]
    assert list(view_of(job(), FULL)) == list(NAMES)


def test_it_shows_the_pictures_that_are_asked_for() -> None:
    shown = Outlook("memory", "time")
    shown.show(job(), FULL)
    assert list(shown.view) == ["memory", "time"]
    assert repr(shown) == "Outlook(memory: 21.3 GB; time: 21 h)"
    text = shown._repr_mimebundle_()[0]["text/plain"]
    assert "Training holds weights 13.6 GB, LoRA 0.3 GB" in text
    with pytest.raises(Refusal, match="no picture 'cost'.*buckets"):
        Outlook("cost")


def test_it_needs_neither_torch_nor_matplotlib() -> None:
    code = "import sys, wannb.ui.outlook; sys.exit(bool({'torch', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
