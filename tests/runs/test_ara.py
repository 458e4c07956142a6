"""`wannb ara` on the tiny Wan: most of what 4 bits cost comes back, in a file that jobs load, also after a stop."""

import signal
from typing import NamedTuple

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import wannb
from tests.train import small_job
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.ara import ara
from wannb.train import held, recovering, recovery_answers
from wannb.train.caching import prepare
from wannb.train.experts import load_expert
from wannb.train.model import Model
from wannb.train.recovering import Recovering, load_quantized
from wannb.train.recovery_answers import Answers
from wannb.train.recovery_questions import EXPERTS, Questions
from wannb.wan.ara import recovery
from wannb.wan.ara.recovery import RecoveredLinear
from wannb.wan.loading import tiny, weights

RANK, STEPS = 16, 6


def a_job(folder, qtype="uint4", **model):
    made = small_job.job(folder, tiny.folder("t2v"), gradient_accumulation=1, gradient_checkpointing=True)
    for key, value in {"quantize": True, "quantize_te": False, "qtype": qtype, **model}.items():
        setattr(made.model, key, value)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("ara")
    small_job.clips(root / "clips", count=4)
    return root


@pytest.fixture(scope="module")
def fewer():
    """Fewer questions than for a real base, which is larger and asks more of its start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery_answers, "LISTENED", 8)
        yield


@pytest.fixture(scope="module")
def stopped(folder, fewer):
    """The answer of a computation that was asked to stop in the midst of the low-noise expert's learning."""

    def stop(phase, done, total, **_):
        if phase == "recovering the low-noise expert" and done == 2:
            signal.raise_signal(signal.SIGINT)

    found = ara(a_job(folder), folder / "stopped.safetensors", RANK, STEPS, stop)
    tensors = load_file(found.file)
    return found, tensors


@pytest.fixture(scope="module")
def done(folder, stopped):
    """The same computation, gone on with to its end."""
    return wannb.ara(a_job(folder), stopped[0].file, RANK, STEPS)


def test_most_of_what_4_bits_cost_comes_back(done):
    assert done.state == "done" and done.held_out
    for expert in done.experts:
        assert expert.alone.error > 1e-3
        assert expert.of_error("start") > 0.5 and expert.of_error("trained") > 0.5
        assert expert.trained.error <= expert.start.error


def velocities(expert, seed):
    """Of an expert for noise and words that no question has, by diffusers' own call."""
    numbers = torch.Generator().manual_seed(seed)
    sample = torch.randn(2, 16, 2, 4, 4, generator=numbers)
    words = torch.randn(2, 512, expert.config.text_dim, generator=numbers)
    with torch.no_grad():
        return expert(sample, torch.tensor([400.0, 950.0]), words, return_dict=False)[0]


@pytest.mark.parametrize("name", EXPERTS)
def test_jobs_load_it_and_their_experts_are_nearer_to_the_whole_one(name, folder, done):
    job = a_job(folder, f"uint4|{done.file}")
    where = Model.of(job).where
    held.check(job, where)
    with_it, alone = (load_expert(one, where, name, None) for one in (job, a_job(folder)))
    assert isinstance(with_it.blocks[0].ffn.net[2], RecoveredLinear)
    whole = velocities(load_expert(a_job(folder, quantize=False), where, name, None), seed=3)
    far, near = ((velocities(one, seed=3) - whole).square().mean() for one in (alone, with_it))
    assert near < far


def test_a_stop_leaves_a_file_that_loads_and_all_that_is_needed_to_go_on(folder, stopped, done):
    found, tensors = stopped
    assert found.state == "stopped" and "the same command" in found.message
    high, low = found.experts
    assert high.trained is not None and low.trained is None and low.of_error("start") > 0.5
    after = load_file(done.file)
    assert after.keys() == tensors.keys()
    changed = {key.split(".")[1] for key in after if not torch.equal(after[key], tensors[key])}
    assert changed == {"transformer_2"}
    assert not list((folder / "runs" / ".wannb-cache" / "recovery").iterdir())
    with safe_open(done.file, "pt") as file:
        assert file.metadata()["wannb.rank"] == "16" and file.metadata()["wannb.qtype"] == "uint4"


class Asked(NamedTuple):
    job: Job
    model: Model
    questions: Questions
    answers: Answers


def asked(folder, path, **how):
    """The low-noise expert's answers to a few questions."""
    job = a_job(folder, **how)
    model = Model.of(job)
    found = Asked(job, model, Questions(job, model, prepare(job, model)), Answers(path))
    found.answers.ask(job, model, "low", found.questions, 4, STEPS, lambda done, total: None)
    return found


@pytest.fixture(scope="module")
def plain(folder, fewer, tmp_path_factory):
    return asked(folder, tmp_path_factory.mktemp("plain"))


def test_a_whole_expert_that_streams_gives_the_same_start(folder, plain, tmp_path):
    streamed = asked(folder, tmp_path, layer_offloading=True).answers.start("low")
    start = plain.answers.start("low")
    assert start.keys() == recovery.shapes(weights.facts(plain.model.where)).keys()
    assert all(
        torch.equal(one, other) for layer in start for one, other in zip(start[layer], streamed[layer], strict=True)
    )


def test_learning_that_was_stopped_goes_on_as_if_it_had_not_been(plain):
    job, model, questions, answers = plain

    def learning():
        quantized = load_quantized(job, model, "low")
        return Recovering(quantized, answers.start("low"), job, STEPS, 1.0)

    def learn(one, numbers):
        for number in numbers:
            one.step(number + 1, questions.practice("low", number), answers.practice("low", number))

    whole, begun, resumed = learning(), learning(), learning()
    learn(whole, range(STEPS))
    learn(begun, range(2))
    resumed.load({name: tensor.clone() for name, tensor in begun.state().items()})
    learn(resumed, range(2, STEPS))
    first, second, start = whole.state(), resumed.state(), answers.start("low")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not any(torch.equal(first[f"{layer}.down"], start[layer].down) for layer in start)


def test_learning_that_makes_it_worse_leaves_the_start_in_the_file(folder, fewer, monkeypatch, tmp_path):
    starts, read = {}, Answers.start

    def start(answers, expert):
        starts[expert] = read(answers, expert)
        return read(answers, expert)

    monkeypatch.setattr(Answers, "start", start)
    monkeypatch.setattr(recovering, "RATE", 10.0)
    found = ara(a_job(folder), tmp_path / "start.safetensors", 2, 2)
    for expert in found.experts:
        assert expert.trained == expert.start
        pairs = recovery.read(found.file, expert.expert, weights.facts(tiny.folder("t2v")))
        assert all(torch.equal(pair.up, starts[expert.expert][layer].up) for layer, pair in pairs.items())


def test_what_is_not_to_be_learned_from_is_not(folder):
    job = a_job(folder)
    model = Model.of(job)
    prepared = prepare(job, model)
    questions = Questions(job, model, prepared)
    tested = {prepared.items[one].content for one in questions._tested}
    learned = {prepared.items[one].content for one in questions._learned}
    assert len(tested) == 1 and len(learned) == 3 and not tested & learned
    for expert, (lowest, highest) in {"high": (875, 1000), "low": (0, 875)}.items():
        timesteps = torch.cat([questions.practice(expert, number).timesteps for number in range(20)])
        assert lowest <= timesteps.min() < timesteps.max() <= highest
    again = Questions(a_job(folder), model, prepared)
    assert torch.equal(again.practice("low", 7).noise, questions.practice("low", 7).noise)


@pytest.mark.parametrize("how", [{"qtype": "qfloat8"}, {"quantize": False}])
def test_other_bits_are_refused(folder, how):
    with pytest.raises(Refusal, match="for experts in 4 bits"):
        wannb.ara(a_job(folder, **how), folder / "no.safetensors")


def test_a_file_that_is_there_is_not_written_over(folder, tmp_path):
    file = tmp_path / "there.safetensors"
    file.write_bytes(b"mine")
    with pytest.raises(Refusal, match="is there already"):
        wannb.ara(a_job(folder), file)
    assert file.read_bytes() == b"mine"


def test_a_file_that_is_there_stays(folder, done):
    before = done.file.read_bytes()
    with pytest.raises(Refusal, match="is there already"):
        ara(a_job(folder), done.file, RANK, STEPS)
    assert done.file.read_bytes() == before
