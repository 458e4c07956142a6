"""The sentence of an out-of-memory: its bucket, and each setting with its share of the tokens."""

from pathlib import Path

import pytest
import torch

from tests.train import small_job
from wannb.refusal import Refusal
from wannb.train import out_of_memory
from wannb.train.out_of_memory import Bucket, cures, explained, is_one


def job(**train):
    made = small_job.job(Path("x"), Path("base"), **train)
    made.datasets[0].resolution, made.datasets[0].num_frames = [512, 768], 41
    return made


def test_tokens_are_those_of_the_transformer():
    assert Bucket(832, 480, 81, 1).tokens == 32_760  # 21 × 52 × 30
    assert Bucket(512, 512, 41, 2).tokens == 2 * 11 * 32 * 32


def test_cures_in_the_order_of_what_hurts_least():
    said = cures(job(batch_size=4, gradient_accumulation=2), Bucket(768, 768, 41, 4))
    settings = [clause.split(" (")[0] for clause in said]
    assert settings == [
        "train.gradient_checkpointing on", "model.low_vram on", "model.layer_offloading on", "train.batch_size 1",
        "datasets[0].num_frames 33", "datasets[0].num_frames 21", "largest datasets[0].resolution 640",
    ]  # fmt: skip
    shares = [clause.split("(")[1].split(" %")[0] for clause in said[3:]]
    assert shares == ["75", "18", "45", "31"]  # 1/4 of the batch, 9 and 6 latent frames of 11, (640/768)²
    assert "train.gradient_accumulation 8" in said[3]
    assert "wannb.keep offloaded" in cures(job(gradient_checkpointing=True), Bucket(768, 768, 41, 4))[1]


def test_what_is_done_already_is_not_offered():
    made = job(gradient_checkpointing=True)
    made.model.low_vram = made.model.layer_offloading = True
    made.wannb.keep = "offloaded"
    said = " ".join(cures(made, Bucket(768, 768, 41, 1)))
    assert not [one for one in ("checkpointing", "low_vram", "batch_size", "offload") if one in said]


def test_what_the_automatic_policy_has_tried_is_not_offered():
    made = job(gradient_checkpointing=True)
    made.wannb.keep = "auto"
    for device, offered in (("cuda", False), ("mps", True)):  # elsewhere nobody knows what is free
        made.device = device
        assert any("wannb.keep" in one for one in cures(made, Bucket(768, 768, 41, 1))) == offered


def test_at_the_smallest_it_says_so():
    made = job(gradient_checkpointing=True)
    made.model.low_vram = made.model.layer_offloading = True
    made.wannb.keep = "offloaded"
    assert "everything is at its smallest" in out_of_memory.sentence(made, 3, Bucket(256, 256, 1, 1))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: …"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
        MemoryError(),
    ],
)
def test_every_allocator_is_understood(error):
    assert is_one(error)
    with pytest.raises(Refusal, match="Out of memory at step 7 on a micro-batch of 1 × 64×32×5 \\(16 tokens\\)"):
        with explained(job(), 7, Bucket(64, 32, 5, 1)):
            raise error


def test_other_errors_pass():
    assert not is_one(RuntimeError("shapes do not match"))
    with pytest.raises(ValueError), explained(job(), 7, Bucket(64, 32, 5, 1)):
        raise ValueError("another")


def test_a_real_allocation_that_is_too_large():
    with pytest.raises(Refusal, match="least harm first"), explained(job(), 1, Bucket(64, 32, 5, 1)):
        torch.empty(1 << 60)
