"""Out of memory: which micro-batch it was, and which settings make it smaller by how much, least harm first.

Activations grow with the tokens of a micro-batch, so a share of the tokens is a share of what can be freed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from wannb.job import Job
from wannb.job.cost.keeping import OFFLOADED
from wannb.job.cost.model_shape import tokens
from wannb.refusal import Refusal

SAID = ("out of memory", "can't allocate memory", "not enough memory")  # by CUDA's, MPS's and the CPU's allocators
RESOLUTIONS = (1024, 768, 640, 512, 384, 256)
FRAMES = (81, 61, 41, 33, 21, 13, 5, 1)
OFFERED = 2  # smaller frame counts


class OutOfMemory(Refusal):
    """No memory left for a micro-batch; the sentence names the cures."""


@dataclass(frozen=True)
class Bucket:
    """`batch` items of `width` × `height` pixels and `frames` frames, all of the data set `dataset`."""

    width: int
    height: int
    frames: int
    batch: int
    dataset: int = 0

    @property
    def tokens(self) -> int:
        return self.batch * tokens(self.frames, self.width, self.height)

    def __str__(self) -> str:
        return f"{self.batch} × {self.width}×{self.height}×{self.frames} ({self.tokens:,} tokens)"


def is_one(error: BaseException) -> bool:
    """Whether `error` says that there is no memory left, on a GPU or in RAM."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error).lower() for said in SAID)


@contextmanager
def explained(job: Job, step: int, bucket: Bucket) -> Iterator[None]:
    """Inside the block, which trains on `bucket`, running out of memory is an OutOfMemory that names the cures."""
    try:
        yield
    except Exception as error:
        if not is_one(error):
            raise
        raise OutOfMemory(sentence(job, step, bucket)) from error


def sentence(job: Job, step: int, bucket: Bucket) -> str:
    """Return what happened at `step`, and the cures in the order of what hurts least."""
    listed = "; ".join(cures(job, bucket)) or "a GPU with more memory: everything is at its smallest"
    return f"Out of memory at step {step} on a micro-batch of {bucket}. What frees memory, least harm first: {listed}."


def elsewhere(job: Job) -> str:
    """Return the sentence where it was no micro-batch: loading, encoding, a preview or a measurement."""
    wide = f"sample.width × height × num_frames (now {job.sample.width}×{job.sample.height}×{job.sample.num_frames})"
    listed = [*_low_vram(job), *_streaming(job), f"smaller previews: {wide}, or train.disable_sampling on"]
    return f"Out of memory, not in a training step. What frees memory, least harm first: {'; '.join(listed)}."


def cures(job: Job, bucket: Bucket) -> list[str]:
    """Return a clause for each setting that would make `bucket` cheaper; shares are of its tokens."""
    slower = [*_checkpointing(job), *_low_vram(job), *_offloading(job)]
    return [*slower, *_smaller_batch(job, bucket), *_smaller_frames(bucket), *_smaller_picture(job, bucket)]


def _checkpointing(job: Job) -> list[str]:
    if job.train.gradient_checkpointing:
        return []
    return ["train.gradient_checkpointing on (the same tokens, but of all blocks one at a time; only slower)"]


def _low_vram(job: Job) -> list[str]:
    if job.model.low_vram or len(job.stages) == 1:
        return []
    return ["model.low_vram on (the same tokens, but the waiting expert leaves the card; only slower)"]


def _offloading(job: Job) -> list[str]:
    tried = job.wannb.keep == "auto" and torch.device(job.device).type == "cuda"  # `Activations.keep_less`
    waits = tried or job.wannb.keep in OFFLOADED or not job.train.gradient_checkpointing
    inputs = [] if waits else ["wannb.keep offloaded (the same tokens, but blocks' inputs wait in main memory)"]
    return [*inputs, *_streaming(job)]


def _streaming(job: Job) -> list[str]:
    if job.model.layer_offloading:
        return []
    return ["model.layer_offloading on (the same tokens, but blocks come from main memory as they are used)"]


def _smaller_batch(job: Job, bucket: Bucket) -> list[str]:
    if bucket.batch == 1:
        return []
    passes = job.train.gradient_accumulation * bucket.batch
    return [
        f"train.batch_size 1 ({_less(1, bucket.batch)}; with train.gradient_accumulation {passes} a step learns from "
        "as many clips)"
    ]


def _smaller_frames(bucket: Bucket) -> list[str]:
    now = _latent_frames(bucket.frames)
    fewer = [count for count in FRAMES if count < bucket.frames and count > 1][:OFFERED]
    return [f"datasets[{bucket.dataset}].num_frames {n} ({_less(_latent_frames(n), now)})" for n in fewer]


def _smaller_picture(job: Job, bucket: Bucket) -> list[str]:
    used = min(_largest(job, bucket), (bucket.width * bucket.height) ** 0.5)
    rest = [one for one in (*_resolutions(job, bucket), *RESOLUTIONS) if one < 0.95 * used]
    if not rest:
        return []
    side = max(rest)
    return [f"largest datasets[{bucket.dataset}].resolution {side:g} ({_less(side**2, used**2)})"]


def _largest(job: Job, bucket: Bucket) -> float:
    return max(_resolutions(job, bucket), default=RESOLUTIONS[0])


def _resolutions(job: Job, bucket: Bucket) -> list[int]:
    return list(job.datasets[bucket.dataset].resolution)


def _less(then: float, now: float) -> str:
    return f"{100 * (1 - then / now):.0f} % fewer tokens"


def _latent_frames(frames: int) -> int:
    return (frames - 1) // 4 + 1
