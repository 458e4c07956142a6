"""In which sizes a job's clips are drawn, and how often each: what `batches.Schedule` will do, without an item made."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from wannb.data.clips import Clip, ClipFolder
from wannb.job import Job
from wannb.job.cost.estimate import Clips
from wannb.job.cost.preview_plan import previews_of
from wannb.job.cost.shapes import Shape
from wannb.job.dataset import Dataset

Folders = Sequence[ClipFolder | None]
STEP = 16
"""Pixels that a side is a multiple of."""


class Key(NamedTuple):
    """Clips of one size, of one set and by one of its resolutions."""

    dataset: int
    resolution: int
    frames: int
    width: int
    height: int


def clips_of(job: Job, folders: Folders) -> Clips:
    """What the data sets of `job` hold, which are looked at already; `folders` may be empty while they are not."""
    sets = [
        (number, dataset, folder.clips)
        for number, (dataset, folder) in enumerate(zip(job.datasets, folders, strict=False))
        if folder is not None and dataset.network_weight > 0
    ]
    if not any(clips for _, _, clips in sets):
        return Clips(tuple(_squares(job)))
    files = {clip.path for _, _, clips in sets for clip in clips}
    learned = {clip.path for _, dataset, clips in sets if not dataset.is_reg for clip in clips}
    held = job.wannb.validate_clips if job.wannb.hold_out and job.wannb.validate_every else 0
    prompts = {clip.caption for _, _, clips in sets for clip in clips}
    return Clips(tuple(_shapes(job, sets)), len(files), max(len(learned) - held, 0), _prompts(job, len(prompts)))


def _squares(job: Job) -> Iterator[Shape]:
    """A square of each resolution of each set, drawn evenly."""
    sides = [(number, one, side) for number, one in enumerate(job.datasets) for side in one.resolution]
    for number, dataset, resolution in sides:
        side = max(STEP, resolution // STEP * STEP)
        key = Key(number, resolution, dataset.num_frames, side, side)
        yield _shape(job, key, 1 / len(sides))


def _shapes(job: Job, sets: list[tuple[int, Dataset, list[Clip]]]) -> list[Shape]:
    items: Counter[Key] = Counter()
    files: Counter[Key] = Counter()
    latents: Counter[Key] = Counter()
    for number, dataset, clips in sets:
        flips = (1 + dataset.flip_x) * (1 + dataset.flip_y)
        for clip in clips:
            keys = Counter(
                Key(number, resolution, len(window), *size)
                for window in clip.windows
                for resolution, size in zip(dataset.resolution, clip.buckets, strict=False)
            )
            for key, pieces in keys.items():
                files[key] += 1
                items[key] += pieces * flips * dataset.num_repeats * dataset.network_weight
                latents[key] += pieces * flips
    shares = _shares(job, items)
    return [_shape(job, key, shares[key], files[key], latents[key]) for key in items]


def _shares(job: Job, items: Counter[Key]) -> dict[Key, float]:
    """Of all micro-batches: half of them regularization's where there is both; a short batch is filled up."""
    groups: dict[tuple, list[Key]] = defaultdict(list)
    for key in items:
        dataset = job.datasets[key.dataset]
        groups[(dataset.is_reg, key[2:], _batch(job, dataset))].append(key)
    batches = {group: ceil(sum(items[key] for key in keys) / group[-1]) for group, keys in groups.items()}
    pools = {is_reg for is_reg, *_ in groups}
    shares = {}
    for group, keys in groups.items():
        of_pool = sum(count for other, count in batches.items() if other[0] == group[0])
        share = batches[group] / of_pool / len(pools)
        shares |= {key: share * items[key] / sum(items[one] for one in keys) for key in keys}
    return shares


def _shape(job: Job, key: Key, share: float, files: int = 0, latents: int = 0) -> Shape:
    dataset = job.datasets[key.dataset]
    return Shape(
        frames=key.frames,
        width=key.width,
        height=key.height,
        share=share,
        clips=files,
        encodings=latents,
        batch=_batch(job, dataset),
        kept=_kept(job, dataset),
        is_reg=dataset.is_reg,
        dataset=key.dataset,
        resolution=key.resolution,
        counted=not dataset.auto_frame_count,
        own_batch=dataset.batch_size is not None,
    )


def _batch(job: Job, dataset: Dataset) -> int:
    return dataset.batch_size or job.train.batch_size


def _kept(job: Job, dataset: Dataset) -> float:
    """The share of a set's draws that are held to the base: all by the blank prompt, else those with the trigger in
    their prompt, which a regularization set and a dropped caption lack."""
    if job.train.blank_prompt_preservation:
        return 1.0
    trigger = dataset.trigger_word or job.trigger_word
    return 0.0 if dataset.is_reg or not trigger else 1.0 - dataset.caption_dropout_rate


def _prompts(job: Job, captions: int) -> int:
    """Captions, what they are held to, the empty one, and each preview's two."""
    return captions * (1 + job.train.diff_output_preservation) + 1 + 2 * len(previews_of(job))
