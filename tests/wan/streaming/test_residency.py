"""Weights that come and go change no bit of any gradient, however late their copies are."""

import copy
import gc
import logging
import random
from functools import cache, partial

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef

from tests import tiny_pipeline
from wannb.job.cost.streaming import HIDDEN, RING
from wannb.wan import attention, keeping
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.quantized.quantizing import quantize_block
from wannb.wan.streaming.copies import PlainCopies
from wannb.wan.streaming.residency import Residency, visited, writing
from wannb.wan.streaming.shelf import Shelf

LAYERS = 5
CPU = torch.device("cpu")


class LateCopies(PlainCopies):
    """Copies that are done as late as they may be, or any time before; until then their destination holds NaN."""

    def __init__(self, seed):
        self._numbers, self._orders, self.made, self._done = random.Random(seed), [], 0, 0

    def to_device(self, there, here, *after):
        return self._order(there, here)

    def to_host(self, here, there, *after):
        return self._order(here, there)

    def wait(self, mark):
        while mark is not None and self._done < mark:
            self._do()

    def _order(self, into, of):
        into.view(torch.uint8).fill_(0xFF)
        self._orders.append((into, of))
        self.made += 1
        if self._numbers.random() < 0.3:
            self._do()
        return self.made

    def _do(self):
        into, of = self._orders.pop(0)
        into.copy_(of)
        self._done += 1


@pytest.fixture(scope="module")
def plain():
    """Two experts as they are loaded, by name."""
    experts = {}
    with torch.random.fork_rng(devices=[]):
        for seed, name in enumerate(("high", "low")):
            torch.manual_seed(seed)
            experts[name] = tiny_pipeline.transformer("t2v", LAYERS).requires_grad_(False)
            attention.install(experts[name])
    return experts


def learning(expert, residency=None, word="inputs", compiled=False, shelf=None):
    """`expert` with a LoRA, as it is or settled in `residency`."""
    if residency:
        residency.settle(expert, expert.blocks)
    lora.attach(expert, Adapter("lora", 4, 4), seed=0)
    for parameter in lora.trainable(expert):
        parameter.data.normal_(0, 0.1, generator=torch.Generator().manual_seed(1))
    keeping.install(expert, lambda _: (word,) * LAYERS, compiled, shelf)
    return expert


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    """diffusers warns of every cast."""
    monkeypatch.setattr(logging.getLogger("diffusers.models.modeling_utils"), "disabled", True)


def copies_of(plain, dtype, scheme=None):
    made = {name: copy.deepcopy(expert).to(dtype) for name, expert in plain.items()}
    for expert in made.values():
        for block in expert.blocks if scheme else ():
            quantize_block(block, scheme)
        expert.requires_grad_(False)
    return made


def prediction(expert, seed=0, height=4):
    numbers = torch.Generator().manual_seed(seed)
    noisy, embeds = torch.randn(1, 16, 3, height, 4, generator=numbers), torch.randn(1, 20, 32, generator=numbers)
    return expert(noisy.to(expert.dtype), torch.tensor([500.0]), embeds.to(expert.dtype), return_dict=False)[0]


def gradient(expert, seed=0):
    prediction(expert, seed).float().square().mean().backward()
    found = [parameter.grad.clone() for parameter in lora.trainable(expert)]
    expert.zero_grad(set_to_none=True)
    return found


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


ORDER = ("high", "low", "low")
CASES = [
    # precision, quantized to, share that streams, one expert at a time, what blocks keep
    (torch.float32, None, 0.0, True, "all"),
    (torch.float32, None, 0.5, True, "inputs"),
    (torch.float32, None, 1.0, True, "offloaded"),
    (torch.float32, None, 0.0, False, "offloaded"),
    (torch.bfloat16, None, 1.0, True, "attention"),
    (torch.float32, None, 0.5, True, "attention_offloaded"),
    (torch.bfloat16, None, 0.5, False, "all"),
    (torch.bfloat16, "float8", 1.0, True, "inputs"),
    (torch.bfloat16, "uint4", 0.5, True, "all"),
]


@pytest.fixture(scope="module")
def wanted(plain):
    """(precision, scheme) -> of every step of ORDER the gradient, and what the other expert then predicts, of experts
    that stay where they are."""

    @cache
    def of(dtype, scheme):
        experts = {name: learning(expert) for name, expert in copies_of(plain, dtype, scheme).items()}
        return {
            (name, seed): (gradient(expert, seed), prediction(expert, seed).detach())
            for name, expert in experts.items()
            for seed in range(len(ORDER))
        }

    return of


@pytest.mark.parametrize(("dtype", "scheme", "streamed", "one_at_a_time", "word"), CASES)
def test_gradients_are_those_of_experts_that_stay(plain, wanted, dtype, scheme, streamed, one_at_a_time, word):
    order = ("low", "high", "high") if word == "all" else ORDER
    copies = LateCopies(len(word))
    residency, shelf = Residency(CPU, streamed, one_at_a_time, copies), Shelf(copies)
    made = copies_of(plain, dtype, scheme)
    moving = {name: learning(one, residency, word, shelf=shelf) for name, one in made.items()}
    for step, name in enumerate(order):
        if step:
            residency.expect(moving[order[step - 1]], backwards=1)  # rightly and wrongly
        assert same(gradient(moving[name], step), wanted(dtype, scheme)[name, step][0])
        for other in ("low", "high")[:step]:
            with torch.no_grad():
                assert torch.equal(prediction(moving[other], step), wanted(dtype, scheme)[other, step][1])
    assert bool(copies.made) == bool(streamed or one_at_a_time or word == "offloaded")


def test_two_graphs_at_once_and_a_pass_that_broke_off(plain):
    wanted, copies = learning(copy.deepcopy(plain["high"])), LateCopies(3)
    residency, shelf = Residency(CPU, 1.0, True, copies), Shelf(copies)
    moving = learning(copy.deepcopy(plain["high"]), residency, "offloaded", shelf=shelf)
    expected = [gradient(wanted, seed) for seed in (0, 1)]
    losses = [prediction(moving, seed).square().mean() for seed in (0, 1)]
    for seed in (0, 1):
        losses[seed].backward()
        assert same([one.grad for one in lora.trainable(moving)], expected[seed])
        moving.zero_grad(set_to_none=True)
    del losses

    def fails(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    for place in (0, 2, 4):  # forward
        hook = moving.blocks[place].ffn.register_forward_pre_hook(fails)
        with pytest.raises(torch.OutOfMemoryError):
            prediction(moving)
        hook.remove()
        gc.collect()
        assert shelf._row() is None  # nothing of its graph lies about while the step is tried again
        assert same(gradient(moving), expected[0])
    for place in (0, 2, 4):  # backward: what is computed again fails
        loss = prediction(moving).square().mean()
        hook = moving.blocks[place].ffn.register_forward_pre_hook(fails)
        with pytest.raises(torch.OutOfMemoryError):
            loss.backward()
        hook.remove()
        moving.zero_grad(set_to_none=True)
        del loss
        assert same(gradient(moving), expected[0])


def test_buffers_of_inputs_are_used_again(plain):
    copies, shelf = LateCopies(0), None
    shelf = Shelf(copies)
    moving = learning(copy.deepcopy(plain["low"]), word="offloaded", shelf=shelf)
    asked = []
    copies.host = lambda size: asked.append(size) or torch.empty(size, dtype=torch.uint8)
    for seed in range(4):
        gradient(moving, seed)
    assert len(asked) == 2 * (LAYERS - 1)  # its input and its middle of each block; the last block's stay
    with torch.no_grad():
        prediction(moving)
    prediction(moving, height=8).square().mean().backward()
    gradient(moving)
    assert len(asked) <= 4 * (LAYERS - 1) and len(shelf._free) == 2 * (LAYERS - 1)


def test_one_expert_takes_the_place_of_two_and_the_ring_of_all_blocks(plain):
    block = sum(one.nbytes for one in plain["high"].blocks[0].parameters())
    sizes = {}
    for share in (0.0, 0.4, 1.0):
        for one_at_a_time in (True, False):
            residency = Residency(CPU, share, one_at_a_time)
            for expert in copies_of(plain, torch.float32).values():
                residency.settle(expert, expert.blocks)
            sizes[share, one_at_a_time] = residency.size
    assert sizes[1.0, False] == pytest.approx(RING * block, rel=0.2)  # norms are padded
    assert sizes[0.0, False] == 0
    around = sizes[1.0, True] - sizes[1.0, False]
    assert sizes[0.0, True] == pytest.approx(LAYERS * sizes[1.0, False] / RING + around)
    assert sizes[0.4, True] == pytest.approx((LAYERS - 2 + RING) * sizes[1.0, False] / RING + around)


def test_before_a_switch_the_other_expert_comes_while_this_one_goes_back(plain):
    """When the next expert begins, all of its blocks but the first few are there."""
    copies = LateCopies(1)
    residency = Residency(CPU, 0.0, True, copies)
    experts = {name: learning(expert, residency) for name, expert in copies_of(plain, torch.float32).items()}
    gradient(experts["high"])
    before = copies.made
    gradient(experts["high"])
    assert copies.made == before  # nothing moves while it stays
    residency.expect(experts["low"], backwards=1)
    gradient(experts["high"])
    assert copies.made == before + LAYERS  # what is around the blocks, and all blocks but the first
    gradient(experts["low"])
    assert copies.made == before + LAYERS + 1


@pytest.mark.parametrize("streamed", [0.0, 1.0])
def test_places_given_back_are_filled_again(plain, streamed):
    residency = Residency(CPU, streamed, True, LateCopies(2))
    moving = learning(copy.deepcopy(plain["high"]), residency)
    wanted = gradient(learning(copy.deepcopy(plain["high"])))
    assert same(gradient(moving), wanted)
    residency.vacate()
    assert moving.blocks[0].ffn.net[2].weight.untyped_storage().nbytes() == 0
    assert same(gradient(moving), wanted)


def test_weights_are_read_and_changed_where_they_lie(plain):
    residency = Residency(CPU, 1.0, False, LateCopies(4))
    moving = copy.deepcopy(plain["high"])
    residency.settle(moving, moving.blocks)
    for number, block in enumerate(visited(moving.blocks)):
        assert torch.equal(block.ffn.net[2].weight, plain["high"].blocks[number].ffn.net[2].weight)
    changed, before = copy.deepcopy(plain["high"]), prediction(moving).clone()
    bias = "blocks.3.attn1.to_q.bias"
    for expert in (moving, changed):
        with writing(expert, expert.get_parameter(bias)) as numbers:
            numbers += 1
    assert torch.equal(prediction(moving), prediction(changed)) and not torch.equal(prediction(moving), before)


def test_another_model_for_a_while(plain):
    """An expert that is not trained has its turn in previews and leaves."""
    residency = Residency(CPU, 0.5, True, LateCopies(5))
    experts = copies_of(plain, torch.float32)
    for expert in experts.values():
        residency.settle(expert, expert.blocks)
    with torch.no_grad():
        for name in ("low", "high"):
            assert torch.equal(prediction(experts[name]), prediction(plain[name]))
        residency.dismiss(experts.pop("low"))
        assert torch.equal(prediction(experts["high"]), prediction(plain["high"]))


@pytest.mark.parametrize(("word", "states"), [("offloaded", 2), ("attention_offloaded", 4)])
def test_compiled_blocks_share_their_graph_whether_their_weights_move_or_not(plain, word, states, monkeypatch):
    torch._dynamo.reset()
    keeping.runner.cache_clear()
    # the compiler without its last step, which writes kernels
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager_decomp_partition"))
    wanted = gradient(learning(copy.deepcopy(plain["high"]), word=word, compiled=True))
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    copies = LateCopies(6)
    moving = learning(
        copy.deepcopy(plain["high"]), Residency(CPU, 1.0, True, copies), word, compiled=True, shelf=Shelf(copies)
    )
    for _ in range(2):
        before = copies.made
        assert same(gradient(moving), wanted)
        hidden = 2 * states * (LAYERS - 1)  # of each block, there and back
        assert copies.made - before >= hidden + 2 * (LAYERS - RING)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == graphs > 0
    keeping.runner.cache_clear()


@pytest.mark.parametrize(
    ("compiled", "word", "states"),
    [
        (False, "offloaded", 2), (True, "offloaded", 2),
        (False, "attention_offloaded", 2), (True, "attention_offloaded", 4),  # plain blocks compute it again
    ],
)  # fmt: skip
def test_what_was_put_by_is_gone_from_the_device_after_the_forward_pass(plain, compiled, word, states, monkeypatch):
    torch._dynamo.reset()
    keeping.runner.cache_clear()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager_decomp_partition"))
    copies, left = LateCopies(7), []
    to_host = copies.to_host

    def counted(here, there, *after):
        left.append(StorageWeakRef(there.untyped_storage()))
        return to_host(here, there, *after)

    copies.to_host = counted
    moving = learning(copy.deepcopy(plain["high"]), word=word, compiled=compiled, shelf=Shelf(copies))
    loss = prediction(moving).square().mean()
    assert len(left) == states * (LAYERS - 1) and sum(not one.expired() for one in left) <= states * HIDDEN / 2
    loss.backward()
    keeping.runner.cache_clear()


def test_the_hidden_states_of_two_blocks_at_most_are_on_the_device(plain):
    """Counted by what a pass holds on to when each block begins."""
    copies = LateCopies(8)
    shelf = Shelf(copies)
    moving = learning(copy.deepcopy(plain["high"]), word="offloaded", shelf=shelf)
    held = []

    def count(*_):
        row = shelf._row()
        there = [one for tickets in (row.tickets.values() if row else ()) for one in tickets if one._there is not None]
        held.append(sum(map(len, shelf._leaving)) + len(there))

    hooks = [block.attn1.register_forward_pre_hook(count) for block in moving.blocks]  # again where it is run again
    gradient(moving)
    for hook in hooks:
        hook.remove()
    assert len(held) == 2 * LAYERS and max(held) == HIDDEN
