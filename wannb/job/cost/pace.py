"""How long a job takes, in seconds, by arithmetic: products of weights and tokens at one rate, attention at another.

A pass through the linears is 2 FLOP for each weight and token; its backward pass as much again, for the weights are
frozen and have no gradient; gradient checkpointing runs forward once more. Attention is 4 n² d FLOP a block and 2.5
times that backward. The adapter's own products have both gradients.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wannb.job.cost import keeping, measured
from wannb.job.cost.cards import Speed
from wannb.job.cost.disk import written_bytes
from wannb.job.cost.measured import BYTES, FULL, GIB
from wannb.job.cost.memory import expert_bytes, optimizer_bytes, streamed_bytes, text_bytes, training_parts
from wannb.job.cost.plan import Plan
from wannb.job.cost.preview_plan import Preview
from wannb.job.cost.shapes import Shape

QUANTILES = 9
"""Timesteps at which validation asks each clip."""


class Work(NamedTuple):
    """How many forward passes' worth of each kind of arithmetic a pass is, and how often it goes through the blocks."""

    linear: float
    attention: float
    adapter: float
    ways: int


FORWARD, WHOLE, CHECKPOINTED = Work(1, 1, 1, 1), Work(2, 3.5, 3, 2), Work(3, 4.5, 4, 2)


def step_seconds(plan: Plan, speed: Speed, shape: Shape) -> float:
    """One optimizer step on micro-batches of `shape`, and whatever is held to the base beside it."""
    train, forward = _training(plan, speed, shape), _pass(plan, speed, FORWARD, shape.tokens, shape.batch)
    kept = shape.kept * (forward + train) if plan.preserves else 0.0
    return plan.accumulation * (train + kept + plan.base_reference * forward)


def least_flops(plan: Plan, shape: Shape) -> float:
    """FLOP of one step that nobody can avoid: forward and input gradients of the linears, attention and adapters."""
    return plan.accumulation * sum(_flop(plan, WHOLE, shape.tokens, shape.batch))


def mean_step(plan: Plan, speed: Speed, shapes: Sequence[Shape]) -> float:
    return sum(one.share * step_seconds(plan, speed, one) for one in shapes)


def seconds(plan: Plan, speed: Speed, shapes: Sequence[Shape], prompts: int) -> dict[str, float]:
    """All that a run spends its time with; `prompts`: how many are encoded before it."""
    loads = len(plan.adapters) * expert_bytes(plan) / measured.LOAD
    return {
        "caching": _encoding(plan, speed, shapes, prompts) + loads,
        "training": plan.steps * mean_step(plan, speed, shapes) + _validation(plan, speed, shapes),
        "swaps": _switches(plan) * _switch(plan, mean_step(plan, speed, shapes)) if _swaps(plan) else 0.0,
        "previews": preview_seconds(plan, speed),
        "saves": written_bytes(plan) / measured.SAVE,
    }


def preview_seconds(plan: Plan, speed: Speed) -> float:
    """All previews of a run."""
    missing = 2 - len(plan.adapters)  # an expert that is not trained is loaded each time
    return plan.preview_times * (
        missing * expert_bytes(plan) / measured.LOAD + sum(_preview(plan, speed, one) for one in plan.previews)
    )


def _preview(plan: Plan, speed: Speed, one: Preview) -> float:
    forward = _pass(plan, speed, FORWARD, one.tokens, 1)
    coding = _coding(plan, speed, "decode", *one.size) + plan.i2v * _coding(plan, speed, "encode", *one.size)
    swaps = 2 * _resident(plan) / measured.STREAM if plan.low_vram and not plan.cpu else 0.0
    return one.steps * (2 if one.guided else 1) * forward + coding + swaps


def _training(plan: Plan, speed: Speed, shape: Shape) -> float:
    if plan.compiled:
        return _pass(plan, speed, WHOLE, shape.tokens, shape.batch) + _again(plan, speed, shape)
    return _pass(plan, speed, CHECKPOINTED if plan.checkpointing else WHOLE, shape.tokens, shape.batch)


def _again(plan: Plan, speed: Speed, shape: Shape) -> float:
    """What compiled blocks compute again in the backward pass, by what they keep."""
    linear, attention, _ = _flop(plan, FORWARD, shape.tokens, shape.batch)
    rate, attention_rate = _rates(plan, speed)
    words = _words(plan, shape.tokens * shape.batch)
    shares = [sum(part) / len(words) for part in zip(*(measured.AGAIN[word] for word in words), strict=True)]
    return shares[0] * linear / rate + shares[1] * attention / attention_rate


def _words(plan: Plan, tokens: int) -> tuple[str, ...]:
    """What each block keeps of so many tokens: "auto" fills the card, where it is known."""
    layers, hidden = plan.model.layers, tokens * BYTES[plan.precision] * plan.model.dim
    if plan.keep != "auto" or not plan.checkpointing or plan.card_gib is None:
        return (plan.kept,) * layers
    room = GIB * (plan.card_gib * (1 - keeping.RESERVE) - sum(training_parts(plan, 0).values()))
    return keeping.words(hidden, layers, room, keeping.LADDER, keeping.AT_WORK["compiled"])


def _rates(plan: Plan, speed: Speed) -> tuple[float, float]:
    """FLOP/s of the linears and of attention."""
    if not plan.compiled:
        return speed.linear, speed.attention
    return speed.in_8_bits if plan.in_8_bits else speed.compiled, speed.compiled_attention


def _pass(plan: Plan, speed: Speed, work: Work, tokens: int, batch: int) -> float:
    """`work` on `batch` clips of `tokens` tokens. An adapter in fp32 beside a bf16 expert costs copies as well."""
    model, full = plan.model, plan.adapter_precision == FULL
    linear, attention, adapter = _flop(plan, work, tokens, batch)
    rate, attention_rate = _rates(plan, speed)
    linear, attention = linear / rate, attention / attention_rate
    adapter /= speed.adapter if full else speed.linear
    copies = measured.FULL_ADAPTER * linear if full and not plan.cpu else 0.0
    streams = 0.0 if plan.cpu else work.ways * streamed_bytes(plan) / measured.STREAM  # beside the arithmetic
    return max(linear + attention + adapter + copies, work.adapter * model.layers * speed.launch, streams)


def _flop(plan: Plan, work: Work, tokens: int, batch: int) -> tuple[float, float, float]:
    """FLOP of `work` on `batch` clips of `tokens` tokens: of the linears, of attention, of the adapter."""
    d, f, layers = plan.model.dim, plan.model.ffn, plan.model.layers
    own = max((one.parameters for one in plan.adapters.values()), default=0)
    return (
        work.linear * 2 * (6 * d * d + 2 * d * f) * layers * tokens * batch,
        work.attention * 4 * tokens**2 * d * layers * batch,
        work.adapter * 2 * own * tokens * batch,
    )


def _encoding(plan: Plan, speed: Speed, shapes: Sequence[Shape], prompts: int) -> float:
    """Every clip through the VAE, image-to-video twice, and every prompt through the text encoder."""
    twice = 2 if plan.i2v else 1
    clips = sum(twice * one.encodings * _coding(plan, speed, "encode", *one.size) for one in shapes)
    each = 2 * plan.model.text_parameters * measured.TEXT_TOKENS / speed.linear
    return clips + prompts * each + text_bytes(plan) / measured.LOAD


def _coding(plan: Plan, speed: Speed, way: str, frames: int, width: int, height: int) -> float:
    narrower = (plan.model.vae_width / measured.VAE_WIDTH) ** 2
    return frames * width * height * measured.VAE_FLOP[way] * narrower / speed.vae


def _validation(plan: Plan, speed: Speed, shapes: Sequence[Shape]) -> float:
    if not plan.validations or not shapes:
        return 0.0
    each = QUANTILES * _pass(plan, speed, FORWARD, shapes[0].tokens, 1)
    return plan.validations * len(plan.adapters) * plan.validate_clips * each


def _switch(plan: Plan, step: float) -> float:
    """Seconds that a switch adds to a step of so many: the next expert comes while the last backward pass, two thirds
    of the step, goes from block to block, and is through one block later; the optimizers' memories change places."""
    open_ = max(_resident(plan) / measured.STREAM - step * 2 / 3, 0.0)
    memories = 2 * max(optimizer_bytes(plan)) / measured.STREAM
    return open_ + _resident(plan) / plan.model.layers / measured.STREAM + memories


def _resident(plan: Plan) -> float:
    """Bytes of an expert that change hands with Low VRAM."""
    return expert_bytes(plan) - streamed_bytes(plan)


def _swaps(plan: Plan) -> bool:
    return plan.low_vram and not plan.cpu and len(plan.adapters) == 2


def _switches(plan: Plan) -> int:
    """How often the other expert's turn comes: twice for each block of the rarer one."""
    rarer = min(plan.high_share, 1 - plan.high_share)
    return int(2 * rarer * plan.steps / plan.switch_every)
