"""What makes a job lighter, and what preflight makes of an estimate."""

from dataclasses import replace

import pytest

from tests.job.planned import MODEL, estimate, job, plan
from wannb.job.cost.estimate import Clips, Surroundings, estimate_of
from wannb.job.cost.lighter import Case, changes, fitting
from wannb.job.cost.shapes import Shape
from wannb.job.rules.resources import resource_findings

MIX = (
    Shape(81, 1024, 1024, share=0.5, dataset=0, resolution=1024, batch=2),
    Shape(81, 512, 512, share=0.5, dataset=0, resolution=512, batch=2),
)


def found_in(made, *shapes, **where):
    """The findings by code."""
    one = estimate(made, *shapes, where=Surroundings(**where))
    return {finding.code: finding for finding in resource_findings(made, one)}


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"train__gradient_checkpointing": False}, {"train.gradient_checkpointing": True}),
        ({"train__dtype": "fp32"}, {"train.dtype": "bf16"}),
        ({}, {"model.low_vram": True}),
        ({}, {"wannb.keep": "offloaded"}),
        ({}, {"model.layer_offloading": True, "model.layer_offloading_transformer_percent": 1.0}),
        ({"train__cache_text_embeddings": False}, {"train.cache_text_embeddings": True}),
        ({}, {"datasets[0].resolution": [512]}),
        ({}, {"datasets[0].num_frames": 41}),
        ({}, {"datasets[0].num_frames": 9}),
        ({}, {"train.batch_size": 1, "train.gradient_accumulation": 2}),
    ],
)
def test_a_change_says_the_peak_that_it_leads_to(settings, change):
    """The peak beside an advice is that of the job with these settings, drawn accordingly."""
    case = Case(plan(**settings), MIX)
    (one,) = [one for one in changes(case) if one.settings == change]
    assert one.peak_gib < case.peak and one.sentence
    made = job(**settings)
    for key, value in change.items():
        made.put(key, value)
    drawn = MIX[1:] if "datasets[0].resolution" in change else MIX
    frames = change.get("datasets[0].num_frames", 81)
    drawn = tuple(replace(shape, frames=frames, batch=change.get("train.batch_size", 2)) for shape in drawn)
    again = estimate_of(made, Clips(drawn), MODEL, Surroundings())
    assert one.peak_gib == pytest.approx(again.peak_gib)


def test_nothing_that_changes_nothing_is_advised():
    lean = {"model__low_vram": True, "model__quantize": True, "model__qtype": "uint4", "model__layer_offloading": True}
    assert not changes(Case(plan(**lean, wannb__keep="offloaded"), (Shape(1, 256, 256),)))


@pytest.mark.parametrize("card", [45.0, 60.0, 80.0, 120.0])
def test_the_fewest_changes_that_are_enough(card):
    case = Case(plan(), MIX)
    assert case.peak > 120
    enough = fitting(case, card)
    assert enough.peak <= card
    assert enough.sentence and enough.settings
    weaker = fitting(case, card + 40)
    both = {"train.gradient_accumulation"}  # goes with the batch size: the two are one change
    assert len(weaker.settings.keys() - both) <= len(enough.settings.keys() - both)


def test_low_vram_goes_before_smaller_clips():
    assert fitting(Case(plan(), (Shape(41, 512, 512),)), 48.0).settings == {"model.low_vram": True}


def test_where_no_change_is_enough_there_is_none():
    assert fitting(Case(plan(), MIX), 6.0) is None


def test_a_resolution_stays_in_every_set():
    only = Shape(81, 1024, 1024, dataset=1, resolution=1024)
    enough = fitting(Case(plan(model__low_vram=True), (*MIX, replace(only, share=0.2))), 78.0)
    assert enough.settings.get("datasets[1].resolution") is None


@pytest.mark.parametrize(
    ("card", "machine", "severity", "curable"),
    [
        (24.0, None, "error", True),
        (48.0, None, "error", True),
        (58.0, None, "warning", True),
        (48.0, 141.0, "warning", True),  # it fits here, if not on the card that the job is for
        (48.0, 48.0, "error", True),
    ],
)
def test_what_does_not_fit_is_found_and_cured(card, machine, severity, curable):
    made, shape = job(), Shape(41, 512, 512)
    finding = found_in(made, shape, card_gib=card, gpu="NVIDIA H200", gpu_gib=machine)["does-not-fit"]
    assert finding.severity == severity
    assert (finding.cure is not None) == curable
    if curable:
        finding.cure(made)
        assert "does-not-fit" not in found_in(made, shape, card_gib=card)


def test_what_fits_is_not_found_to_be_too_much():
    assert "does-not-fit" not in found_in(job(), card_gib=80.0)


@pytest.mark.parametrize(("short", "kept"), [(0.1e9, 3), (0.5e9, 2), (0.9e9, None), (6e9, None)])
def test_a_short_disk_is_found_and_cured_where_fewer_saves_are_enough(short, kept):
    """A pair of the 14B's rank 16 is 0.31 GB; one step save alone is too few to choose from."""
    made = job(save__max_step_saves_to_keep=4)
    free = int(estimate(made).needed_bytes - short)
    finding = found_in(made, card_gib=80.0, free_bytes=free)["disk-short"]
    assert finding.severity == "error"
    if kept is None:
        assert finding.cure is None
    else:
        finding.cure(made)
        assert made.saving.max_step_saves_to_keep == kept
        assert "disk-short" not in found_in(made, card_gib=80.0, free_bytes=free)


def test_a_disk_that_is_large_enough_is_not_found_short():
    needed = estimate(job()).needed_bytes
    assert "disk-short" not in found_in(job(), card_gib=80.0, free_bytes=needed)
    assert "disk-short" not in found_in(job(), card_gib=80.0)


def test_previews_that_take_most_of_the_run_are_made_less_often():
    made = job(train__disable_sampling=False, sample__sample_every=25, train__steps=1000)
    finding = found_in(made, card_gib=80.0)["previews-cost"]
    assert finding.severity == "warning"
    finding.cure(made)
    assert made.sample.sample_every > 25 and made.sample.sample_every % 25 == 0
    assert "previews-cost" not in found_in(made, card_gib=80.0)


def test_how_much_of_the_run_they_take_needs_no_card():
    made = job(train__disable_sampling=False, sample__sample_every=25, train__steps=1000)
    assert set(found_in(made, card_gib=None)) == {"previews-cost"}


def test_slow_steps_say_what_makes_them_slow():
    made = job(train__gradient_accumulation=4)
    finding = found_in(made, Shape(81, 1024, 1024), card_gib=80.0)["slow-steps"]
    assert finding.severity == "info"
    for word in ("1024×1024", "81 frames", "4 passes"):
        assert word in f"{finding.message} {finding.fix}"


@pytest.mark.parametrize("where", [{}, {"card_gib": 24.0}])
def test_nothing_is_said_of_a_job_on_the_cpu_or_of_an_unknown_card(where):
    made = job()
    if where:
        made.put("device", "cpu")
    assert not found_in(made, Shape(81, 1024, 1024), **where)
