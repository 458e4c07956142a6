"""A job's previews as work: how large, how many denoising steps, and which settings say so."""

from dataclasses import dataclass, replace
from typing import Any, Self

from wannb.job.cost import model_shape
from wannb.job.distilled_previews import previewed
from wannb.job.job import Job
from wannb.refusal import Refusal

STEP = 16
"""Pixels: the VAE's 8 times the transformer's 2."""


@dataclass(frozen=True)
class Preview:
    """One clip to sample. keys: the settings of its width and its height; None where a flag of its prompt has them."""

    frames: int
    width: int
    height: int
    steps: int
    guided: bool
    keys: tuple[str, str] | None = None

    @property
    def tokens(self) -> int:
        return model_shape.tokens(self.frames, self.width, self.height)

    @property
    def size(self) -> tuple[int, int, int]:
        return self.frames, self.width, self.height

    def at(self, side: int) -> Self:
        """The same at the area of a square of `side` pixels, in its own aspect."""
        scale = side / (self.width * self.height) ** 0.5
        width, height = (max(STEP, int(one * scale) // STEP * STEP) for one in (self.width, self.height))
        return replace(self, width=width, height=height)

    def settings_at(self, side: int) -> dict[str, Any]:
        """The settings that make it so; none where it has no keys."""
        smaller = self.at(side)
        return dict(zip(self.keys, (smaller.width, smaller.height), strict=True)) if self.keys else {}


def previews_of(job: Job) -> tuple[Preview, ...]:
    """Those made each time; none where sampling is off or a prompt is malformed."""
    if job.train.disable_sampling:
        return ()
    try:
        samples = [previewed(job, one) for one in job.samples]
    except Refusal:  # a finding of its own
        return ()
    return tuple(
        Preview(one.num_frames, one.width, one.height, one.steps, one.guidance_scale > 1, _keys(job, i, one))
        for i, one in enumerate(samples)
    )


def preview_times(job: Job) -> int:
    """How often: before the first step, at every Sample Every, and after the last step."""
    first = job.train.force_first_sample or not job.train.skip_first_sample
    return first + -(-job.train.steps // job.sample.sample_every)


def _keys(job: Job, index: int, sample: Any) -> tuple[str, str] | None:
    keys = []
    for side in ("width", "height"):
        own = getattr(job.sample.samples[index], side) if job.sample.samples else None
        if getattr(sample, side) != (getattr(job.sample, side) if own is None else own):
            return None
        keys.append(f"sample.{side}" if own is None else f"sample.samples[{index}].{side}")
    return keys[0], keys[1]
