"""What a job holds on its card at the peak of each phase, in GiB, by arithmetic (measured.py has the constants).

It follows what the trainer does: with Low VRAM the waiting expert and its optimizer's memory leave the card, its
adapter stays; with Layer Offloading blocks come for the time of their use. Previews need both experts beside what the
optimizers remember, and the VAE; experts that lie in main memory leave before it works. Clips and prompts are encoded
before an expert is loaded.
"""

from collections.abc import Iterable, Sequence

from wannb.job.cost import keeping, measured, streaming
from wannb.job.cost.adapter_size import FP32
from wannb.job.cost.measured import BYTES, FULL, GIB
from wannb.job.cost.plan import Plan
from wannb.job.cost.preview_plan import Preview
from wannb.job.cost.shapes import Shape


def training_parts(plan: Plan, tokens: int) -> dict[str, float]:
    """What training holds at its peak, on a micro-batch of `tokens` tokens: GiB by part."""
    parts = {
        "weights": weights_on_card(plan, plan.experts_on_card),
        "lora": sum(adapter_bytes(plan)) + _means(plan),
        "optimizer": sum(_on_card(plan, optimizer_bytes(plan))) + max(adapter_bytes(plan), default=0),
        "activations": tokens * activation_bytes(plan) if plan.adapters else 0,
        "other": _text(plan) + _context(plan) + _unpacked(plan),
    }
    return {name: held / GIB for name, held in parts.items()}


def training(plan: Plan, shapes: Iterable[Shape]) -> dict[str, float]:
    """The same for the largest micro-batch of all."""
    return training_parts(plan, max((one.batch * one.tokens for one in shapes), default=0))


def previews(plan: Plan) -> float:
    """GiB at the peak of the costliest preview; 0 where none is made."""
    if not plan.preview_times:
        return 0.0
    held = sum(adapter_bytes(plan)) + sum(_on_card(plan, optimizer_bytes(plan)))
    held += 2 * _means(plan)  # the weights are set aside while the means stand in
    held += _vae_bytes(plan) + _text(plan) + _context(plan)
    return (held + max(_preview_work(plan, one) for one in plan.previews)) / GIB


def caching(plan: Plan, shapes: Iterable[Shape]) -> float:
    """GiB at the peak of encoding clips, then prompts; nothing else is loaded yet."""
    encoding = max((_coded(plan, "encode", *one.size) for one in shapes), default=0.0)
    return (max(_vae_bytes(plan) + encoding, _text_on_card(plan)) + _context(plan)) / GIB


def expert_bytes(plan: Plan) -> float:
    """Of one frozen expert, wherever it lies: the blocks' linears quantized where the job asks for it."""
    model, base = plan.model, BYTES[plan.precision]
    linears = model.layers * model.block_linears
    kept = model.kept_in_fp32 * (BYTES[FULL] - base)
    return linears * plan.weight_bytes + (model.parameters - linears) * base + kept


def streamed_bytes(plan: Plan) -> float:
    """Of the blocks of one expert that come from main memory in each pass."""
    model = plan.model
    return len(streaming.streamed(model.layers, plan.offloaded)) * model.block_linears * plan.weight_bytes


def weights_on_card(plan: Plan, experts: int) -> float:
    """Bytes of so many experts that run from the card: their streamed blocks have two places for all."""
    if not experts:
        return 0.0
    streams = streamed_bytes(plan)
    ring = min(streams, streaming.RING * plan.model.block_linears * plan.weight_bytes)
    return experts * (expert_bytes(plan) - streams) + ring


def activation_bytes(plan: Plan) -> float:
    """Of one token in a forward and backward pass."""
    model = plan.model
    if plan.compiled:
        return compiled_activation_bytes(plan, (plan.kept,) * model.layers)
    at_work = keeping.HALVED if plan.kept in keeping.OFFLOADED else 1.0
    table = measured.CHECKPOINTED if plan.checkpointing else measured.WHOLE
    held = table[plan.precision, plan.adapter_precision, plan.kind]
    kept = streaming.HIDDEN if plan.kept in keeping.OFFLOADED else model.layers
    return kept * held.each.bytes(model.dim, model.ffn) + at_work * held.once.bytes(model.dim, model.ffn)


def compiled_activation_bytes(plan: Plan, words: Sequence[str]) -> float:
    """The same where the blocks are compiled and each keeps what its word of `words` says."""
    sizes = keeping.IN_8_BITS if plan.in_8_bits else keeping.COMPILED
    at_work = keeping.AT_WORK["compiled"] * (keeping.HALVED if set(words) <= set(keeping.OFFLOADED) else 1.0)
    return (at_work + sum(sizes[word] for word in words)) * BYTES[plan.precision] * plan.model.dim


def adapter_bytes(plan: Plan) -> list[int]:
    """Of each expert's adapter, the largest first."""
    return sorted((FP32 * one.parameters for one in plan.adapters.values()), reverse=True)


def optimizer_bytes(plan: Plan) -> list[int]:
    """Of what each expert's optimizer remembers, the largest first."""
    return sorted((int(one.optimizer_bytes(plan.optimizer)) for one in plan.adapters.values()), reverse=True)


def text_bytes(plan: Plan) -> float:
    return plan.model.text_parameters * plan.text_bytes


def _on_card(plan: Plan, each: list[int]) -> list[int]:
    return each[: plan.experts_on_card]


def _means(plan: Plan) -> int:
    """The running means, which do not leave the card with their expert."""
    return sum(adapter_bytes(plan)) if plan.ema else 0


def _text(plan: Plan) -> float:
    return _text_on_card(plan) if plan.live_text else 0.0


def _text_on_card(plan: Plan) -> float:
    """Of the text encoder while it encodes: all but the blocks that stream, of which two are there."""
    model = plan.model
    blocks = 1 - model.text_embeddings / model.text_parameters
    return text_bytes(plan) * (1 - blocks * (1 - streaming.on_card(model.text_layers, plan.text_offloaded)))


def _unpacked(plan: Plan) -> float:
    """Of the largest linear's weight while it is unpacked."""
    return measured.UNPACKED * BYTES[plan.precision] * plan.model.dim * plan.model.ffn if plan.unpacks else 0.0


def _context(plan: Plan) -> float:
    return 0.0 if plan.cpu else measured.CONTEXT_GIB * GIB


def _preview_work(plan: Plan, one: Preview) -> float:
    """Of denoising, decoding or, for image-to-video, encoding the first frame's clip, whatever is most, with the
    experts that are on the card meanwhile."""
    model, experts = plan.model, weights_on_card(plan, 1 if plan.low_vram else 2)
    forward = one.tokens * measured.FORWARD[plan.precision].bytes(model.dim, model.ffn) + experts
    encoding = _coded(plan, "encode", *one.size) if plan.i2v else 0.0
    stay = 0.0 if plan.low_vram else 2 * (expert_bytes(plan) - streamed_bytes(plan))
    return max(forward, stay + max(_coded(plan, "decode", *one.size), encoding))


def _coded(plan: Plan, way: str, frames: int, width: int, height: int) -> float:
    """Bytes beyond the VAE's weights to `encode` or `decode` a clip."""
    table = {"encode": measured.VAE_ENCODE, "decode": measured.VAE_DECODE}[way]
    each = table["clip" if frames > 1 else "still"]
    return width * height * each * plan.model.vae_width / measured.VAE_WIDTH


def _vae_bytes(plan: Plan) -> float:
    return FP32 * measured.VAE_PARAMETERS * (plan.model.vae_width / measured.VAE_WIDTH) ** 2
