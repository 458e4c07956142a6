"""Cached, live and Unload TE: three ways to the same embeddings, and DOP, trigger and dropout in each."""

import pytest
import torch

from tests.train import small_job
from wannb.train.loop import take_step
from wannb.train.micro_batches import plan

MODES = {
    "cached": {"cache_text_embeddings": True},
    "live": {"cache_text_embeddings": False},
    "unloaded": {"unload_text_encoder": True, "cache_text_embeddings": False},
}
DOP = {"diff_output_preservation": True, "diff_output_preservation_class": "circle"}


@pytest.fixture(scope="module")
def materials(tmp_path_factory, models):
    folder = tmp_path_factory.mktemp("set")
    small_job.clips(folder / "clips")
    made = {}
    for mode, settings in MODES.items():
        job = small_job.job(folder, models["t2v"], **DOP, **settings)
        made[mode] = small_job.material(job)
    return made


def test_the_three_give_the_same_embeddings(materials):
    asked = {"cached": ("fast a red circle", "circle a red circle", ""), "unloaded": ("fast", "circle", "")}
    live = materials["live"].texts
    for mode, prompts in asked.items():
        for prompt in prompts:
            assert torch.equal(materials[mode].texts.embed([prompt])[0], live.embed([prompt])[0])


def test_cached_and_live_train_alike(materials):
    rows = [[take_step(step, materials[mode])["loss_parts"] for step in (1, 2)] for mode in ("cached", "live")]
    assert rows[0] == rows[1] and rows[0][1]["dop"] > 0


def test_unloaded_trains_the_trigger_alone_and_keeps_the_class_alone(materials):
    batches = [micro for step in range(1, 20) for micro in plan(step, "high", materials["unloaded"])]
    prompts = {prompt for micro in batches for prompt in micro.prompts}
    kept = {prompt for micro in batches for prompt in micro.kept}
    assert prompts == {"fast", ""} and kept == {"circle", None}  # dropped to nothing, there is nothing to keep
    assert [(prompt == "") for micro in batches for prompt in micro.prompts] == [d for m in batches for d in m.dropped]


def test_the_text_encoder_stays_only_when_it_works(materials):
    kinds = {mode: type(material.texts).__name__ for mode, material in materials.items()}
    assert kinds == {"cached": "CachedTexts", "live": "LiveTexts", "unloaded": "CachedTexts"}
