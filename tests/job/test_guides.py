"""The guides' tables, transcribed once more by hand: the schema, the recipes and the advice agree with them."""

import itertools

import pytest

from tests.job.guide_tables import (
    ALL,
    CHOICES,
    FRAMES,
    KINDS,
    LARGEST,
    LOW_VRAM,
    NAMED,
    OFFLOAD,
    QTYPE,
    SWITCH_EVERY,
)
from wannb.job import Job
from wannb.job.advice import advice
from wannb.job.preflight import findings
from wannb.job.settings import SETTINGS

DECLARED = {one.key: one for one in SETTINGS}
EVERY = list(itertools.product(KINDS, FRAMES, LARGEST))


@pytest.mark.parametrize(("panel", "label", "key", "default"), NAMED, ids=[key for _, _, key, _ in NAMED])
def test_every_setting_of_the_guides_stands_in_its_panel_with_its_label_and_default(panel, label, key, default):
    one = DECLARED[key]
    assert (one.panel, one.label) == (panel, label)
    assert default is ... or one.default == default
    assert one.importance in ("essential", "important") and len(one.help) > 3


def test_labels_are_unambiguous_in_their_panel():
    """A preview's own sizes are called as those of all previews are, and stand in its row; so do a set's own words."""
    for panel, label, key, _ in NAMED:
        same = {one.key for one in SETTINGS if (one.panel, one.label) == (panel, label)}
        assert {one for one in same if not one.startswith("sample.samples[]")} <= {key}


@pytest.mark.parametrize("key", CHOICES)
def test_choices_are_called_as_in_the_guides(key):
    assert CHOICES[key] <= set(DECLARED[key].choices.values())


@pytest.mark.parametrize(("kind", "task", "card"), EVERY)
def test_every_recipe_agrees_with_the_guides_for_its_kind(kind, task, card):
    job = Job.recipe(kind, task, card)
    wrong = {key: job.get(key) for key, right in KINDS[kind].items() if job.get(key) not in right}
    wrong |= {key: job.get(key) for key, right in ALL.items() if job.get(key) != right}
    assert not wrong
    assert 4 <= job.saving.max_step_saves_to_keep <= 6
    assert job.network.linear == (32 if (kind, card) == ("character", 80) else 16)
    assert job.alpha("high") == job.alpha("low") == job.network.linear


@pytest.mark.parametrize(("kind", "task", "card"), EVERY)
def test_every_recipe_agrees_with_the_guides_for_its_card_and_task(kind, task, card):
    job = Job.recipe(kind, task, card)
    assert job.model.low_vram == LOW_VRAM[card] and (job.wannb.kind, job.wannb.vram_gb) == (kind, card)
    assert job.datasets[0].num_frames in FRAMES[task][card]
    assert job.sample.num_frames == job.datasets[0].num_frames
    assert max(job.datasets[0].resolution) <= LARGEST[card] and 512 in job.datasets[0].resolution
    assert SWITCH_EVERY[card][0] <= job.train.switch_boundary_every <= SWITCH_EVERY[card][1]
    assert max(job.sample.width, job.sample.height) <= max(job.datasets[0].resolution)
    assert (3.5 if task == "i2v" else 2) <= job.sample.guidance_scale <= 4
    assert job.task == task and task.upper() in job.model.name_or_path


@pytest.mark.parametrize(("kind", "task", "card"), EVERY)
def test_what_is_advised_for_memory_is_set_or_said_to_come(kind, task, card):
    job = Job.recipe(kind, task, card)
    assert advice(job, "model.qtype").value.split("|")[0] == QTYPE[card]
    assert advice(job, "model.qtype_te").value == "float8" and advice(job, "model.quantize").value is True
    assert advice(job, "model.layer_offloading").value == OFFLOAD[card]
    for key in ("model.quantize", "model.quantize_te", "model.layer_offloading"):
        waits = job.get(key) != advice(job, key).value
        assert waits == ("later version" in advice(job, key).text)


@pytest.mark.parametrize(("kind", "task", "card"), EVERY)
def test_every_recipe_on_data_is_a_whole_and_valid_job(kind, task, card, tmp_path):
    for i in range(12):
        (tmp_path / f"{i}.txt").write_text(f"caption {i}\n")
        (tmp_path / f"{i}.png").write_bytes(b"")
    job = Job.recipe(kind, task, card, data=tmp_path)
    assert [one for one in findings(job) if one.severity != "info"] == []
    assert 2 <= len(job.samples) <= 4
    assert all((one.image is not None) == (task == "i2v") for one in job.samples)


@pytest.mark.parametrize(
    ("gb", "card"),
    [
        *((10, 12), (12, 12), (16, 12), (22.5, 24), (24, 24), (31.8, 24), (40, 24)),
        *((44.5, 48), (48, 48), (64, 48), (79.6, 80), (140, 80)),
    ],
)
def test_cards_between_the_columns_belong_to_the_one_below(gb, card):
    theirs, columns = Job.recipe("style", "i2v", gb), Job.recipe("style", "i2v", card)
    theirs.wannb.vram_gb = columns.wannb.vram_gb
    assert theirs.to_dict() == columns.to_dict()


def test_a_new_file_has_no_empty_lines_but_those_to_fill_in():
    for kind, task, card in EVERY:
        empty = _empty(Job.recipe(kind, task, card).to_dict()["config"]["process"][0])
        assert set(empty) <= {"trigger_word", "ctrl_img"} and (task == "i2v" or "ctrl_img" not in empty)


def _empty(mapping):
    for key, value in mapping.items():
        if value is None:
            yield key
        for below in value if isinstance(value, list) else [value]:
            yield from _empty(below) if isinstance(below, dict) else ()
