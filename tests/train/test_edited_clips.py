"""Edited clips in the cache: an edit encodes anew what it changes, and nothing else."""

import pytest
import torch

from tests.train import small_job
from wannb.cli import main
from wannb.data import pixels
from wannb.data.edit_file import LIST
from wannb.data.edits import Edits
from wannb.data.pieces import Piece
from wannb.train.caching import cache, prepare
from wannb.train.model import Model
from wannb.wan import condition, latents
from wannb.wan.loading import weights


def counts(job):
    found = cache(job)
    return found.encoded, found.reused


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_an_edit_encodes_exactly_what_it_changes(tmp_path, models, task):
    clips = small_job.clips(tmp_path / "clips", count=3)
    job, edits = small_job.job(tmp_path, models[task], task), Edits.of(clips)
    assert counts(job) == (3, 0)
    edits.crop("clip0.mp4", (0, 0, 16, 32))
    assert counts(job) == (1, 2)
    edits.set("clip1.mp4", [Piece(0, 0.375), Piece(0.25, None, (8, 8, 32, 32))])
    assert counts(job) == (2, 2)
    edits.leave_out("clip2.mp4")
    assert counts(job) == (0, 3) and not cache(job).refused
    while edits.undo():
        pass
    assert counts(job) == (0, 3)


@pytest.mark.parametrize("broken", ['{"version": 1, "clips": {"clip0', "[]", '{"version": 9}'])
def test_a_broken_list_stops_cache_and_train_with_one_sentence(tmp_path, models, capsys, broken):
    clips = small_job.clips(tmp_path / "clips", count=1)
    (clips / LIST).write_text(broken)
    job = small_job.job(tmp_path, models["t2v"], "t2v")
    job.save(tmp_path / "job.yaml")
    for verb in ("cache", "train"):
        assert main([verb, str(tmp_path / "job.yaml")]) == 1
        (said,) = [line for line in capsys.readouterr().err.splitlines() if "edit list" in line]
        assert str(clips / LIST) in said and said.endswith(".") and ". " not in said.split(LIST)[1]
    assert not list(job.cache_dir.rglob("*.safetensors"))


def test_a_piece_is_cached_as_the_frames_that_are_shown(tmp_path, models):
    clips = small_job.clips(tmp_path / "clips", count=1)
    Edits.of(clips).set("clip0.mp4", [Piece(0.25, None, (0, 0, 32, 16))])
    job = small_job.job(tmp_path, models["i2v"], "i2v")
    model = Model.of(job)
    ready = prepare(job, model)
    (item,) = ready.items
    assert item.shape == (5, 32, 16) and item.frames == (4, 5, 6, 7, 8)
    shown = latents.to_video(pixels.load(item))
    videos = torch.stack([shown, condition.video(shown[:, :1], 5)])
    wanted = latents.encode_batch(weights.load_vae(model.where, torch.device("cpu")), videos)
    found = ready.examples.batch([0])
    assert torch.equal(found[0][0], wanted[0]) and torch.equal(found[1][0, -wanted.shape[1] :], wanted[1])
