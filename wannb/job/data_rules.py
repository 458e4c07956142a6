"""Preflight of the data sets' settings: folders, frames, masks, and how often each set is drawn."""

from collections.abc import Iterator
from pathlib import Path

from wannb.job.finding import Finding
from wannb.job.frame_counts import not_4n1
from wannb.job.job import Job

Findings = Iterator[Finding]


def data_findings(job: Job) -> Findings:
    for rule in (_folders, _frames, _rates, _draws, _masks, _validation, _caches):
        yield from rule(job)


def _folders(job: Job) -> Findings:
    if not job.datasets:
        yield Finding("no-dataset", "error", "datasets", "The job has no data set.", "Add one with its folder_path.")
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}].folder_path"
        if dataset.folder_path and not Path(dataset.folder_path).is_dir():
            message = f"There is no folder {dataset.folder_path!r}."
            yield Finding("folder-missing", "error", where, message, "Set folder_path to the folder of the clips.")
        elif not dataset.folder_path and not dataset.dataset_path:
            yield Finding("no-folder", "error", where, "This data set has no folder.", "Set its folder_path.")


def _frames(job: Job) -> Findings:
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}].num_frames"
        if dataset.auto_frame_count:
            continue
        yield from not_4n1(where, dataset.num_frames)
        if job.task == "i2v" and dataset.num_frames == 1:
            message = "With one frame the condition of an I2V item is its own target: hardly anything is learned."
            yield Finding("i2v-one-frame", "warning", where, message, "Take clips and 33-41 frames.")


def _rates(job: Job) -> Findings:
    """Which of the ways to pick frames goes before another."""
    for i, dataset in enumerate(job.datasets):
        if dataset.auto_frame_count and dataset.shrink_video_to_frames:
            message = "Auto Frame Count takes frames at the true rate; Shrink Video to Frames has no effect beside it."
            yield Finding("auto-over-shrink", "info", f"datasets[{i}].auto_frame_count", message)
    with_windows = [one for one in job.datasets if not (one.shrink_video_to_frames or one.auto_frame_count)]
    if job.wannb.windows > 1 and job.datasets and not with_windows:
        message = "Windows per Clip has no effect: every set takes its frames over the whole clip."
        fix = "Switch shrink_video_to_frames and auto_frame_count off in a set to take pieces of its clips."
        yield Finding("windows-unused", "warning", "wannb.windows", message, fix)


def _draws(job: Job) -> Findings:
    """Whether there is something to learn from, and what is never drawn."""
    sets = job.datasets
    if sets and all(one.is_reg for one in sets):
        message = "All data sets are for regularization: there is nothing to learn."
        yield Finding(
            "only-regularization", "error", "datasets[].is_reg", message, "Switch Is Regularization off in one."
        )
    elif sets and not any(one.network_weight for one in sets if not one.is_reg):
        message = "The LoRA Weight of every data set to learn from is 0: none would ever be drawn."
        yield Finding("nothing-drawn", "error", "datasets[].network_weight", message, "Set it to 1.")
    else:
        for i, one in enumerate(sets):
            if not one.network_weight:
                where, fix = f"datasets[{i}].network_weight", "Raise it, or take the set out."
                yield Finding("never-drawn", "warning", where, "With a LoRA Weight of 0 this set is never drawn.", fix)


def _masks(job: Job) -> Findings:
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}]"
        if dataset.mask_path and not Path(dataset.mask_path).is_dir():
            message = f"There is no folder {dataset.mask_path!r} of masks."
            fix = "Set mask_path to a folder with a mask of the same name for every clip, or leave it out."
            yield Finding("no-mask-folder", "error", f"{where}.mask_path", message, fix)
        for key in ("invert_mask", "mask_min_value"):
            if getattr(dataset, key) and not dataset.mask_path:
                message = f"{key} has no effect: this set has no masks."
                yield Finding("mask-unused", "warning", f"{where}.{key}", message, "Set mask_path.")


def _validation(job: Job) -> Findings:
    if job.wannb.hold_out and not job.wannb.validate_every:
        message = "Hold Out has no effect, and keeps no clip out: nothing is validated."
        yield Finding("hold-out-unused", "warning", "wannb.hold_out", message, "Set wannb.validate_every to 100 or so.")


def _caches(job: Job) -> Findings:
    if not all(one.cache_latents or one.cache_latents_to_disk for one in job.datasets):
        message = "Latents are cached whatever Cache Latents says, by content and outside the clip folder."
        yield Finding("always-cached", "info", "datasets[].cache_latents_to_disk", message)
