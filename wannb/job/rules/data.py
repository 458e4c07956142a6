"""Preflight of the data sets' settings: folders, frames, masks, and how often each set is drawn."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from wannb.job.card import card_gb
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.frame_counts import nearest, not_4n1
from wannb.job.guides.facts import FRAMES, SMALLEST_CARD, card_for
from wannb.job.job import Job
from wannb.words import say

Findings = Iterator[Finding]
MOST_DROPOUT = 0.3
"""Of captions; the guides say 0.05-0.10."""


def data_findings(job: Job) -> Findings:
    for rule in (_folders, _frames, _rates, _draws, _dropout, _masks, _validation, _caches):
        yield from rule(job)


def usual_frames(job: Job) -> int:
    """Frames that the guides take for the job's task on its card, 24 GB where none is named."""
    return FRAMES[job.task][card_for(max(card_gb(job) or 24, SMALLEST_CARD))]


def nearer(count: int) -> int:
    """The nearest 4n+1 to `count`; of two equally near the smaller."""
    return min(nearest(count), key=lambda one: abs(one - count))


def _folders(job: Job) -> Findings:
    if not job.datasets:
        yield Finding(
            "no-dataset", "error", "datasets", say("The job has no data set."), say("Add one with its folder_path.")
        )
    for i, dataset in enumerate(job.datasets):
        where, folder = f"datasets[{i}].folder_path", dataset.folder_path
        if folder and not Path(folder).is_dir():
            message = say("There is no folder {folder!r}.", folder=folder)
            yield Finding("folder-missing", "error", where, message, say("Set folder_path to the folder of the clips."))
        elif folder and not os.access(folder, os.R_OK | os.X_OK):
            message = say("The folder {folder!r} may not be read.", folder=folder)
            fix = say("Give yourself the right to read it (chmod u+rx {folder}).", folder=folder)
            yield Finding("folder-unreadable", "error", where, message, fix)
        elif not folder and not dataset.dataset_path:
            yield Finding("no-folder", "error", where, say("This data set has no folder."), say("Set its folder_path."))


def _frames(job: Job) -> Findings:
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}].num_frames"
        if dataset.auto_frame_count:
            continue
        for finding in not_4n1(where, dataset.num_frames):
            yield replace(finding, cure=Put(frames_put(job, i, nearer(dataset.num_frames))))
        if job.task == "i2v" and dataset.num_frames == 1:
            message = say("With one frame the condition of an I2V item is its own target: hardly anything is learned.")
            cure = Put({where: usual_frames(job)})
            yield Finding("i2v-one-frame", "warning", where, message, say("Take clips and 33-41 frames."), cure)


def frames_put(job: Job, number: int, count: int) -> dict[str, Any]:
    """What gives a set `count` frames, and previews that were as long as its clips too."""
    values = {f"datasets[{number}].num_frames": count}
    if job.sample.num_frames == job.datasets[number].num_frames:
        values["sample.num_frames"] = count
    return values


def _rates(job: Job) -> Findings:
    """Which of the ways to pick frames goes before another."""
    for i, dataset in enumerate(job.datasets):
        if dataset.auto_frame_count and dataset.shrink_video_to_frames:
            message = say(
                "Auto Frame Count takes frames at the true rate; Shrink Video to Frames has no effect beside it."
            )
            where, cure = f"datasets[{i}].auto_frame_count", Put({f"datasets[{i}].shrink_video_to_frames": False})
            yield Finding("auto-over-shrink", "info", where, message, say("Switch Shrink Video to Frames off."), cure)
    with_windows = [one for one in job.datasets if not (one.shrink_video_to_frames or one.auto_frame_count)]
    if job.wannb.windows > 1 and job.datasets and not with_windows:
        message = say("Windows per Clip has no effect: every set takes its frames over the whole clip.")
        fix = say("Set it to 1, or switch shrink_video_to_frames and auto_frame_count off in a set.")
        yield Finding("windows-unused", "warning", "wannb.windows", message, fix, Put({"wannb.windows": 1}))


def _draws(job: Job) -> Findings:
    """Whether there is something to learn from, and what is never drawn."""
    sets = job.datasets
    learned = [i for i, one in enumerate(sets) if not one.is_reg]
    if sets and not learned:
        message, fix = (
            say("All data sets are for regularization: there is nothing to learn."),
            say("Switch it off in one."),
        )
        weight = sets[0].network_weight or 1.0
        cure = Put({"datasets[0].is_reg": False, "datasets[0].network_weight": weight}) if len(sets) == 1 else None
        yield Finding("only-regularization", "error", "datasets[0].is_reg", message, fix, cure)
    elif sets and not any(sets[i].network_weight for i in learned):
        message = say("The LoRA Weight of every data set to learn from is 0: none would ever be drawn.")
        keys = [f"datasets[{i}].network_weight" for i in learned]
        yield Finding("nothing-drawn", "error", keys[0], message, say("Set it to 1."), Put(dict.fromkeys(keys, 1.0)))
    else:
        for i, one in enumerate(sets):
            if not one.network_weight:
                where, fix = f"datasets[{i}].network_weight", say("Raise it, or take the set out.")
                yield Finding(
                    "never-drawn", "warning", where, say("With a LoRA Weight of 0 this set is never drawn."), fix
                )


def _dropout(job: Job) -> Findings:
    for i, dataset in enumerate(job.datasets):
        rate, where = dataset.caption_dropout_rate, f"datasets[{i}].caption_dropout_rate"
        if rate > MOST_DROPOUT and not job.train.unload_text_encoder:
            message = say(
                "{rate:.0%} of the draws have no caption: what is learned hardly answers to a prompt.", rate=rate
            )
            yield Finding("dropout-high", "warning", where, message, say("Set it to 0.05-0.10."), Put({where: 0.1}))


def _masks(job: Job) -> Findings:
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}]"
        if dataset.mask_path and not Path(dataset.mask_path).is_dir():
            message = say("There is no folder {folder!r} of masks.", folder=dataset.mask_path)
            fix = say("Set mask_path to a folder with a mask of the same name for every clip, or leave it out.")
            yield Finding("no-mask-folder", "error", f"{where}.mask_path", message, fix)
        for key, unset in (("invert_mask", False), ("mask_min_value", 0.0)):
            if getattr(dataset, key) and not dataset.mask_path:
                message, cure = (
                    say("{key} has no effect: this set has no masks.", key=key),
                    Put({f"{where}.{key}": unset}),
                )
                yield Finding("mask-unused", "warning", f"{where}.{key}", message, say("Leave it out."), cure)


def _validation(job: Job) -> Findings:
    if job.wannb.hold_out and not job.wannb.validate_every:
        message = say("Hold Out has no effect, and keeps no clip out: nothing is validated.")
        fix, cure = say("Set wannb.validate_every to 100 or so."), Put({"wannb.validate_every": 100})
        yield Finding("hold-out-unused", "warning", "wannb.hold_out", message, fix, cure)


def _caches(job: Job) -> Findings:
    uncached = [i for i, one in enumerate(job.datasets) if not (one.cache_latents or one.cache_latents_to_disk)]
    if uncached:
        message = say("Latents are cached whatever Cache Latents says, by content and outside the clip folder.")
        keys = [f"datasets[{i}].cache_latents_to_disk" for i in uncached]
        yield Finding("always-cached", "info", keys[0], message, "", Put(dict.fromkeys(keys, True)))
