"""What previews cost, told in training steps: no clock is needed for that, only what is computed."""

from math import ceil

from wannb.job.frame_counts import nearest
from wannb.job.job import Job
from wannb.refusal import Refusal

FORWARDS_A_STEP = 4
"""A training step is a forward, its recomputation under checkpointing, and a backward of about two forwards."""
FORWARDS_A_DENOISING_STEP = 2
"""Guidance asks the expert with the prompt and without."""


def in_steps(job: Job) -> float:
    """About how many training steps take as long as all previews once; 0 where there are none or no data."""
    try:
        samples = job.samples
    except Refusal:
        return 0.0
    trained = _trained_tokens(job)
    if not trained:
        return 0.0
    sampled = sum(
        sample.steps
        * (FORWARDS_A_DENOISING_STEP if sample.guidance_scale > 1 else 1)
        * tokens(sample.num_frames, sample.width * sample.height)
        for sample in samples
    )
    return sampled / FORWARDS_A_STEP / trained


def tokens(num_frames: int, area: float) -> int:
    """Tokens of a clip of `num_frames` frames and `area` pixels: latents hold 4 frames and 8x8 pixels, tokens 2x2."""
    return (nearest(num_frames)[0] + 3) // 4 * ceil(area / 256)


def _trained_tokens(job: Job) -> float:
    """Tokens of an optimizer step, the mean over the data sets and their resolutions."""
    each = [tokens(one.num_frames, side * side) for one in job.datasets for side in one.resolution]
    a_step = job.train.batch_size * job.train.gradient_accumulation
    return a_step * sum(each) / len(each) if each else 0.0
