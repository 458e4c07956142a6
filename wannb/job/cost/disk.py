"""What a run leaves on the disk, in bytes, by arithmetic."""

from collections.abc import Sequence

from wannb.job.cost import measured
from wannb.job.cost.adapter_size import FP32, AdapterSize
from wannb.job.cost.measured import BYTES
from wannb.job.cost.plan import Plan
from wannb.job.cost.preview_plan import Preview
from wannb.job.cost.shapes import Shape

STATES = 2
"""Saved states that a run keeps."""


def disk(plan: Plan, shapes: Sequence[Shape], prompts: int, download: int) -> dict[str, int]:
    """Bytes when the run is done, by part; `saving` is what one save needs beside them before it tidies up."""
    return {
        "checkpoints": (min(plan.saves_kept, plan.steps // plan.save_every) + 1) * pair_bytes(plan),
        "state": STATES * state_bytes(plan),
        "saving": pair_bytes(plan) + state_bytes(plan),
        "previews": plan.preview_times * sum(map(preview_bytes, plan.previews)),
        "caches": cache_bytes(plan, shapes, prompts),
        "download": download,
    }


def file_bytes(adapter: AdapterSize, each: int) -> int:
    """One LoRA file of `each` bytes a number."""
    first, entry = measured.HEADER
    return each * adapter.parameters + first + entry * adapter.tensors


def pair_bytes(plan: Plan) -> int:
    """The files of one step: one for each expert that is trained."""
    return sum(file_bytes(one, plan.file_bytes) for one in plan.adapters.values())


def state_bytes(plan: Plan) -> int:
    """What resume needs: the adapters in fp32, their running means, what the optimizers remember."""
    copies = 2 if plan.ema else 1
    return sum(copies * FP32 * one.parameters + one.optimizer_bytes(plan.optimizer) for one in plan.adapters.values())


def preview_bytes(one: Preview) -> int:
    """A clip and its poster."""
    pixels = one.width * one.height
    return int(pixels * (one.frames * measured.VIDEO_BITS + measured.POSTER_BITS) / 8)


def cache_bytes(plan: Plan, shapes: Sequence[Shape], prompts: int) -> int:
    """Latents in fp32, for image-to-video conditions of the same size, and one embedding a prompt."""
    tensors = 2 if plan.i2v else 1
    clips = sum(one.encodings * tensors * FP32 * one.latents for one in shapes)
    return clips + prompts * measured.PROMPT_TOKENS * plan.model.text_dim * BYTES[plan.precision]


def written_bytes(plan: Plan) -> int:
    """All that saving writes over the whole run."""
    return (-(-plan.steps // plan.save_every) + 1) * (pair_bytes(plan) + state_bytes(plan))
