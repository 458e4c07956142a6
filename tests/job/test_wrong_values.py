"""A value that a setting cannot have is told in plain words, with its place and what it may be."""

import pytest

from wannb.job import Job
from wannb.refusal import Refusal

WRONG = [
    ("train.steps", 0, "at least 1"),
    ("train.steps", "many", "a whole number"),
    ("train.steps", 1.5, "a whole number"),
    ("train.lr", 0, "more than 0"),
    ("train.lr", "fast", "a number"),
    ("train.lr", float("nan"), "a finite number"),
    ("wannb.high_noise_share", 1.2, "at most 1"),
    ("model.low_vram", "perhaps", "true or false"),
    ("trigger_word", 7, "text"),
    ("datasets[0].resolution", [8], "at least 16"),
    ("train.lr_scheduler_params", 3, "a mapping"),
    ("train.optimizer_params.betas", [0.9, 1], "less than 1"),
    ("model.arch", "wan23", "wan22_14b"),
]


@pytest.mark.parametrize(("key", "value", "said"), WRONG)
def test_it_is_refused_with_a_sentence_and_changes_nothing(key, value, said):
    job = Job.recipe("motion", "i2v", 24)
    before = job.to_dict()
    with pytest.raises(Refusal) as caught:
        job.put(key, value)
    sentence = str(caught.value)
    assert said in sentence and key.rsplit(".", 1)[-1] in sentence and "Input should" not in sentence
    assert job.to_dict() == before
