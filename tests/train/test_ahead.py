"""What is made ready ahead is what the step would have made, or it is not used."""

import dataclasses

import pytest
import torch

from tests.train import small_job
from tests.train.small_job import material
from wannb.refusal import Refusal
from wannb.train import ahead, loop
from wannb.train.loop import take_step
from wannb.train.micro_batches import plan
from wannb.wan.streaming.crossing import coming, sent

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def stuff(tmp_path_factory, models):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return lambda **train: material(small_job.job(root, models["i2v"], "i2v", steps=4, **train))


@pytest.fixture
def made(monkeypatch):
    """(step, number) of every micro-batch that is made, in order."""
    calls, make = [], ahead.made

    def counted(micro, *rest):
        calls.append((micro.step, micro.number))
        return make(micro, *rest)

    monkeypatch.setattr(ahead, "made", counted)
    return calls


def rows(material) -> list[tuple]:
    wanted = ("loss", "losses", "grad_norm", "delta_norm", "timesteps", "items")
    return [[row[key] for key in wanted] for row in (take_step(step, material) for step in range(1, 5))]


def test_steps_are_the_same_and_each_micro_batch_is_made_once(stuff, made, monkeypatch):
    plain = rows(stuff())
    once = list(made)
    monkeypatch.setattr(loop, "AT_WORK_MEANWHILE", ("cpu",))
    made.clear()
    assert rows(stuff()) == plain
    assert made == once == [(step, number) for step in range(1, 5) for number in range(2)]


def test_what_was_planned_otherwise_is_made_anew(stuff, made):
    given = stuff()
    micro = plan(3, given.stages.at(3), given)[0]
    given.ahead.prepare([micro], given, CPU, torch.float32)
    other = dataclasses.replace(micro, timesteps=micro.timesteps + 1)
    assert given.ahead.take(micro, given, CPU, torch.float32) is given.ahead.take(micro, given, CPU, torch.float32)
    assert len(made) == 1
    late = given.ahead.take(other, given, CPU, torch.float32)
    assert len(made) == 2 and torch.equal(late.at.timesteps, other.timesteps)
    half = given.ahead.take(micro, given, CPU, torch.bfloat16)
    assert len(made) == 3 and half.at.sample.dtype == torch.bfloat16


def test_what_cannot_be_read_is_the_steps_own_to_tell(stuff, monkeypatch):
    given = stuff()
    micro = plan(1, given.stages.at(1), given)[0]

    def gone(_indices):
        raise Refusal("An entry is missing.")

    monkeypatch.setattr(given.examples, "batch", gone)
    given.ahead.prepare([micro], given, CPU, torch.float32)
    with pytest.raises(Refusal, match="missing"):
        given.ahead.take(micro, given, CPU, torch.float32)


def test_there_and_back():
    values = torch.randn(3, requires_grad=True)
    assert torch.equal(coming(sent(values, CPU))(), values.detach())
    assert sent(values, CPU, torch.bfloat16).dtype == torch.bfloat16
