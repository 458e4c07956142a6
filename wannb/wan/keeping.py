"""What each block keeps of its forward pass for the backward pass, and what it computes again; compiled or not.

A block that keeps nothing but its input is gradient checkpointing. Where that waits in main memory, so does what stands
before the feed-forward: with it attention and feed-forward are computed again one after the other, and take turns in
the same memory. In between, attention's outputs, which are dear to compute and small, are kept first, then those of the
other products (Korthikanti et al. 2022, arXiv:2205.05198).
"""

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache, partial

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor, nn
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

from wannb.job.cost.keeping import OFFLOADED
from wannb.wan import attention_ways, compiling, halves
from wannb.wan.kernels import flash_four, gelu, text
from wannb.wan.streaming import residency
from wannb.wan.streaming.copies import copies_for
from wannb.wan.streaming.shelf import Shelf

LEAST_INNER = 256
"""A product that sums over fewer numbers (the LoRA's B) is computed again: it is large and cheap."""
FEWEST_COLUMNS = 1024
"""A product of no more columns (the LoRA's A) is small enough to be kept with the attention's outputs."""

aten = torch.ops.aten
ATTENTION = {
    aten._scaled_dot_product_cudnn_attention.default,
    aten._scaled_dot_product_flash_attention.default,
    aten._scaled_dot_product_efficient_attention.default,
    aten._scaled_dot_product_flash_attention_for_cpu.default,
    text.OPERATOR,
    flash_four.OPERATOR,
}
FACTORS = {aten.mm.default: (0, 1), aten.addmm.default: (1, 2), aten._scaled_mm.default: (0, 1)}


class Keeping:
    """How an expert runs its blocks when it learns: `words(tokens)` says for a micro-batch of so many tokens what each
    block keeps, one of `cost.keeping.KEPT` for each."""

    def __init__(
        self,
        blocks: Sequence[nn.Module],
        words: Callable[[int], Sequence[str]],
        compiled: bool,
        shelf: Shelf,
        before_backward: Sequence[Callable[[int], None]] = (),
    ):
        self._place = {id(block): place for place, block in enumerate(blocks)}
        self._words, self._compiled, self._shelf, self._before_backward = words, compiled, shelf, before_backward

    def __call__(self, block: nn.Module, hidden: Tensor, *rest: Tensor) -> Tensor:
        """hidden: [B, T, dim] -> the block's output of the same shape."""
        place = self._place[id(block)]
        word = self._words(hidden.shape[0] * hidden.shape[1])[place]
        if self._compiled:
            _lengths_differ(rest[0], block.attn2.processor.logits)
            if not hidden.requires_grad:  # for want of it the first block would be a graph of its own
                hidden = hidden.detach().requires_grad_()
        row = self._shelf.forward(place)
        leaves = word in OFFLOADED and place < len(self._place) - 1  # the last one's is needed again at once
        with self._shelf.putting_by(row, place, hidden) if leaves else nullcontext():
            out = runner(word, self._compiled)(block, hidden, *rest)
        if out.requires_grad:
            for tell in (row.backward, *self._before_backward):
                out.register_hook(partial(_told, tell, place))  # it runs before the block's backward pass
        return out


def install(
    transformer: WanTransformer3DModel,
    words: Callable[[int], Sequence[str]],
    compiled: bool,
    shelf: Shelf | None = None,
) -> None:
    """Have `transformer` keep what `words` says in every pass with gradients; passes without run as they are.

    shelf: where inputs are put by, of one expert or of several.
    """
    blocks = list(transformer.blocks.children())
    shelf = shelf or Shelf(copies_for(transformer.device))
    keeping = Keeping(blocks, words, compiled, shelf, residency.before_backward(transformer))
    transformer.enable_gradient_checkpointing(gradient_checkpointing_func=keeping)


class CompiledBlock(WanTransformerBlock):
    """A block whose passes without gradients are compiled; those with gradients are `Keeping`'s."""

    def forward(self, *args: Tensor) -> Tensor:
        if torch.is_grad_enabled() or torch.compiler.is_compiling():
            return super().forward(*args)
        return runner("all", compiled=True)(self, *args)


def compile_without_gradients(transformer: WanTransformer3DModel) -> None:
    """Have previews, validation and what the base predicts run the blocks compiled, one graph for all of them."""
    for block in transformer.blocks:
        block.__class__ = CompiledBlock  # another `forward` of each block's own would be another graph each


def run_as_they_are(transformer: WanTransformer3DModel) -> None:
    """The opposite."""
    for block in transformer.blocks:
        block.__class__ = WanTransformerBlock


def _told(tell: Callable[[int], None], place: int, _gradient: Tensor) -> None:
    tell(place)


def _lengths_differ(text: Tensor, logits: Tensor | None) -> None:
    """Let prompts of all lengths share one graph. text: [B, n, dim]; logits: [B, 1, 1, n]."""
    torch._dynamo.maybe_mark_dynamic(text, 1)
    if logits is not None:
        torch._dynamo.maybe_mark_dynamic(logits, 3)


@cache
def runner(word: str, compiled: bool) -> Callable[..., Tensor]:
    """(block, *args) -> its output, keeping what `word` (`wannb.job.cost.keeping.KEPT`) says; one function for all."""
    again = partial(_selected, _keeping_nothing) if compiled else _again
    attention = partial(_selected, _keeping_products_of(FEWEST_COLUMNS))
    run = {
        "all": _whole,
        "products": partial(_selected, _keeping_products_of(math.inf)),
        "attention": attention,
        "inputs": again,
        "attention_offloaded": partial(_halved, attention if compiled else again),  # else it would stay on the card
        "offloaded": partial(_halved, again),
    }[word]
    if not compiled:
        return run

    def compilable(block: nn.Module, *args: Tensor) -> Tensor:
        return run(block, *args)

    # Dynamo looks graphs up by a function's code and not by a policy that it closes over
    compilable.__code__ = compilable.__code__.replace(co_name=word)
    return compiling.compiled(compilable)


def _whole(block: nn.Module, *args: Tensor) -> Tensor:
    return block(*args)


def _again(part: Callable[..., Tensor], *args: object) -> Tensor:
    return checkpoint(part, *args, use_reentrant=False)


def _halved(again: Callable[..., Tensor], block: nn.Module, hidden: Tensor, text: Tensor, modulation: Tensor, rotary):
    hidden = again(halves.attend, block, hidden, text, modulation, rotary)
    return again(halves.feed_forward, block, hidden, modulation)


def _selected(policy: Callable[..., CheckpointPolicy], part: Callable[..., Tensor], *args: object) -> Tensor:
    contexts = partial(create_selective_checkpoint_contexts, policy)
    return checkpoint(part, *args, use_reentrant=False, context_fn=contexts)


def _keeping_nothing(*_: object, **_options: object) -> CheckpointPolicy:
    """Said of each operator by itself: a plain checkpoint, compiled by torch 2.11, keeps every product that stands in
    an autograd function, nine hidden states of a block whose linears are quantized."""
    return CheckpointPolicy.MUST_RECOMPUTE


def _keeping_products_of(columns: float) -> Callable[..., CheckpointPolicy]:
    """Keep attention's outputs, and those of the products that have at most so many `columns`."""
    attention = ATTENTION | attention_ways.registered()

    def decide(_context: object, op: object, *args: object, **_options: object) -> CheckpointPolicy:
        if op in attention:
            return CheckpointPolicy.MUST_SAVE
        if op in FACTORS:
            left, right = (args[place] for place in FACTORS[op])
            if left.shape[-1] >= LEAST_INNER and right.shape[-1] <= columns:
                return CheckpointPolicy.MUST_SAVE
        if op is gelu.OPERATOR and columns == math.inf:  # it has the first linear's output with the LoRA's
            return CheckpointPolicy.MUST_SAVE
        return CheckpointPolicy.PREFER_RECOMPUTE

    return decide
