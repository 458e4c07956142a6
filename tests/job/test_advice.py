"""Advice stands for every setting of the guides and every kind, task and card, and fits the schema and the recipes."""

import itertools
import re

import pytest

from tests.job.guide_tables import NAMED
from wannb.job import Job
from wannb.job.advice import advice
from wannb.job.guides import CARDS, GUIDES, KINDS, PANELS, TASKS
from wannb.job.recipes import differences, reasons, recipe_for
from wannb.job.settings import SETTINGS

DECLARED = {one.key: one for one in SETTINGS}
EVERY = list(itertools.product((None, *KINDS), TASKS, (None, *CARDS)))
RECIPES = [one for one in EVERY if None not in one]


def a_job(kind=None, task="i2v", card=None):
    job = Job.recipe(kind or "motion", task)
    job.wannb.kind, job.wannb.vram_gb = kind, card
    return job


def concrete(key):
    return key.replace("[]", "[0]")


def test_there_is_advice_on_every_setting_that_the_guides_name():
    assert {key for _, _, key, _ in NAMED} - set(GUIDES) == set()
    assert [(panel, key) for panel, entries in PANELS.items() for key in entries] == [
        (DECLARED[key].panel, key) for key in GUIDES
    ]


@pytest.mark.parametrize(("kind", "task", "card"), EVERY)
def test_advice_is_short_and_may_be_set(kind, task, card):
    job = a_job(kind, task, card)
    for key in GUIDES:
        told = advice(job, concrete(key))
        assert told.text and len(told.text) <= 100 and not told.text.endswith("."), key
        assert not told.why or told.why.endswith("."), key
        if told.value is not None:
            job.put(concrete(key), told.value)
            assert job.get(concrete(key)) == told.value
        if told.low is not None and isinstance(told.value, int | float):
            assert told.low <= told.value <= told.high, key


@pytest.mark.parametrize("kind", KINDS)
def test_every_advice_on_a_known_kind_says_why(kind):
    for task, card in itertools.product(TASKS, CARDS):
        made = a_job(kind, task, card)
        assert [key for key in GUIDES if not advice(made, key).why] == []


@pytest.mark.parametrize(
    ("kind", "task", "card", "key", "text", "value", "low", "high"),
    [
        ("motion", "i2v", 24, "train.steps", "1500-2500 for a motion", 2000, 1500, 2500),
        ("character", "i2v", 24, "train.steps", "2000-3000 for a character", 2500, 2000, 3000),
        (None, "i2v", None, "train.steps", "1500-2500; 2000-3000 for a character", None, 1500, 3000),
        ("motion", "i2v", 24, "datasets[0].resolution", "512, 768 on 24 GB", [512, 768], 512, 768),
        ("style", "t2v", 24, "train.diff_output_preservation", "on for a style, class scene", True, None, None),
        ("style", "t2v", 12, "train.switch_boundary_every", "20-50 where swapping is slow", 25, 20, 50),
        ("style", "t2v", 24, "datasets[3].num_frames", "33; 33-41 fit at 512 px", 33, 33, 41),
        ("style", "i2v", 80, "sample.samples[1].guidance_scale", "3.5-4", 3.5, 3.5, 4),
        ("style", "t2v", 8, "model.low_vram", "on for 10-12 GB", True, None, None),
    ],
)  # fmt: skip
def test_advice_as_it_stands_beside_the_field(kind, task, card, key, text, value, low, high):
    told = advice(a_job(kind, task, card), key)
    assert (told.text, told.value, told.low, told.high) == (text, value, low, high)


def test_the_guides_say_nothing_on_other_settings():
    for key in ("train.max_grad_norm", "wannb.high.rank", "sample.samples[0].network_multiplier", "no.such.thing"):
        assert advice(a_job("motion"), key) is None


@pytest.mark.parametrize(("kind", "task", "card"), RECIPES)
def test_a_recipe_differs_from_itself_in_nothing(kind, task, card):
    job = Job.recipe(kind, task, card, trigger="frung")
    assert differences(job) == {}
    assert recipe_for(job).to_dict() == job.to_dict()


def test_what_differs_is_named_with_the_recipes_value():
    job = Job.recipe("style", "t2v", 24)
    job.train.steps, job.train.lr, job.saving.dtype = 9, 3e-5, "fp16"
    job.datasets[0].resolution = [256]
    job.datasets.append(job.datasets[0].model_copy(update={"num_frames": 41, "is_reg": True, "resolution": [512, 768]}))
    assert differences(job) == {
        "train.steps": 2000,
        "train.lr": 1e-4,
        "save.dtype": "bf16",
        "datasets[0].resolution": [512, 768],
        "datasets[1].num_frames": 33,
    }
    for key, value in differences(job).items():
        job.put(key, value)
    assert differences(job) == {}


def test_what_is_the_jobs_own_never_differs_and_is_kept():
    job = Job.recipe("character", "i2v", 24)
    job.name, job.trigger_word, job.training_folder, job.device = "mine", "frung", "elsewhere", "cuda:1"
    job.training_seed, job.sample.seed, job.wannb.vram_gb = 7, 8, 28.5
    job.model.name_or_path, job.sample.neg = "wannb/tiny-wan2.2-i2v", "blur"
    job.datasets[0].folder_path, job.datasets[0].default_caption = "clips", "a frung"
    job.sample.samples = job.sample.samples[:1]
    job.sample.samples[0].prompt = "a frung at sea"
    assert differences(job) == {}
    job.train.steps = 1
    again = recipe_for(job)
    assert again.train.steps == 2500 and job.train.steps == 1
    again.train.steps = 1
    assert again.process.model_dump() == job.process.model_dump() and again.name == "mine"


def test_a_switch_that_is_off_has_nothing_below_it_that_differs():
    job = Job.recipe("motion", "t2v", 24)
    job.train.diff_output_preservation_class, job.datasets[0].fps = "scene", 8
    assert differences(job) == {}
    job.datasets[0].shrink_video_to_frames, job.train.diff_output_preservation = False, True
    assert set(differences(job)) == {
        "datasets[0].fps",
        "datasets[0].shrink_video_to_frames",
        "train.diff_output_preservation",
        "train.diff_output_preservation_class",
    }


def test_without_kind_or_card_there_is_no_recipe():
    for job in (a_job(None, card=24), a_job("motion"), a_job("motion", card=8)):
        assert recipe_for(job) is None and differences(job) == {} and reasons(job) == []


@pytest.mark.parametrize(("kind", "task", "card"), RECIPES)
def test_reasons_say_what_was_set_and_why_in_the_order_of_the_panels(kind, task, card):
    job = Job.recipe(kind, task, card)
    told = reasons(job)
    assert [one.key for one in told] == [key for key in GUIDES if key in {one.key for one in told}]
    assert len(told) > 40 and all(one.value and one.why and one.label for one in told)
    shown = {one.key: one for one in told}
    assert shown["train.steps"].value == f"{job.train.steps} steps"
    assert shown["train.batch_size"].value == "1 clip"
    assert shown["train.batch_size"].value.in_language("ru") == "1 клип"
    assert shown["model.low_vram"].value == ("on" if card < 48 else "off")
    assert re.match(r"TRAINING · Learning Rate: 0\.0001\. \w", str(shown["train.lr"]))
    assert ("train.diff_output_preservation_class" in shown) == (kind != "motion")
    assert shown["model.quantize"].value == "on" and "train.differential_guidance_scale" not in shown
