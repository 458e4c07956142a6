"""Which words an item is trained with, and which must stay the base's."""

from types import SimpleNamespace

import pytest

from tests.train import small_job
from wannb.train.captions import Captions


def job(tmp_path, trigger: str | None = "frung", **train):
    made = small_job.job(tmp_path, tmp_path, **train)
    made.trigger_word = trigger
    return made


def item(caption: str, is_reg: bool = False):
    return SimpleNamespace(caption=caption, dataset=0, is_reg=is_reg)


@pytest.mark.parametrize(
    ("prompt", "kept"),
    [
        ("frung walks", "a person walks"),
        ("a park, frung, and frung again", "a park, a person, and a person again"),
        ("frungs and unfrung", None),  # whole words only, where AI Toolkit replaces parts of words
        ("Frung walks", None),
        ("frung's dog", "a person's dog"),
        ("", None),
    ],
)
def test_dop_swaps_the_trigger_as_a_whole_word(tmp_path, prompt, kept):
    rules = Captions(job(tmp_path, diff_output_preservation=True, diff_output_preservation_class="a person"))
    assert rules.preserved(item(prompt), prompt) == kept


def test_a_class_with_a_backslash_is_taken_as_it_stands(tmp_path):
    rules = Captions(job(tmp_path, diff_output_preservation=True, diff_output_preservation_class=r"a\1b"))
    assert rules.preserved(item("frung"), "frung") == r"a\1b"


def test_the_sets_own_trigger_counts(tmp_path):
    made = job(tmp_path, diff_output_preservation=True, diff_output_preservation_class="person")
    made.datasets[0].trigger_word = "zorb"
    assert Captions(made).preserved(item("zorb and frung"), "zorb and frung") == "person and frung"


def test_nothing_is_kept_where_nothing_is_asked_for(tmp_path):
    assert Captions(job(tmp_path)).preserved(item("frung"), "frung") is None
    assert Captions(job(tmp_path, blank_prompt_preservation=True)).preserved(item("frung"), "frung") == ""


def test_unload_te_trains_the_trigger_alone(tmp_path):
    rules = Captions(job(tmp_path, unload_text_encoder=True))
    assert rules.trained(item("frung walks in a park")) == "frung"
    assert rules.trained(item("a man walks", is_reg=True)) == ""
    assert rules.trained(item("frung walks"), dropped=True) == ""
    nameless = Captions(job(tmp_path, trigger=None, unload_text_encoder=True))
    assert nameless.trained(item("walks in a park")) == ""


def test_every_prompt_is_known_before_the_run(tmp_path):
    rules = Captions(job(tmp_path, diff_output_preservation=True, diff_output_preservation_class="person"))
    items = [item("frung walks"), item("a street", is_reg=True)]
    needed = set(rules.all(items))
    for one in items:
        for dropped in (False, True):
            prompt = rules.trained(one, dropped)
            assert {prompt, rules.preserved(one, prompt) or ""} <= needed
