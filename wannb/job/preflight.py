"""What a job alone gives away before the run: what is not built, missing, contradictory or bound to disappoint."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wannb.job.finding import Finding
from wannb.job.frame_counts import not_4n1
from wannb.job.job import Job
from wannb.job.preview_rules import preview_findings
from wannb.job.section import child
from wannb.job.setting import facts_of, key_of, works

Findings = Iterator[Finding]
ORDER = {"error": 0, "warning": 1, "info": 2}
ANY_NAME = ("save.save_format",)  # without effect, so any value will do


def findings(job: Job) -> list[Finding]:
    """All findings, errors first; looks at the disk only for whether the named files and folders exist."""
    rules = (_values, _base, _datasets, _frames, preview_findings, _habits, _alpha, _caches, _unknown)
    return sorted((finding for rule in rules for finding in rule(job)), key=lambda finding: ORDER[finding.severity])


def _values(job: Job) -> Findings:
    """Settings whose value nobody knows, or whose machinery is not there yet."""
    for where, section in job.process.sections():
        for field, info in type(section).model_fields.items():
            facts = facts_of(info)
            if child(info) or facts["of"]:
                continue
            key, value = f"{where}.{key_of(field, info)}".lstrip("."), getattr(section, field)
            label = facts["label"] or field.replace("_", " ").capitalize()
            if isinstance(value, str) and facts["choices"] and value not in facts["choices"] and key not in ANY_NAME:
                yield _no_choice(key, label, value, facts["choices"])
            elif not works(value, facts["built"]):
                message = f"{label} ({key}) is not built yet: {_shown(value)}."
                yield Finding("not-built", "error", key, message, _cure(key, facts["built"]))


def _no_choice(key: str, label: str, value: str, choices: dict[Any, str]) -> Finding:
    near = difflib.get_close_matches(value, [str(one) for one in choices], 1)
    fix = f"Did you mean {near[0]}?" if near else f"Take one of {', '.join(map(str, choices))}."
    return Finding("unknown-choice", "error", key, f"{label} ({key}) has no choice {value!r}.", fix)


def _cure(key: str, built: tuple) -> str:
    working = [_shown(one) for one in built if one not in (None, "", [], {})] or [_shown(built[0])]
    return f"Set {key} to {' or '.join(working)}."


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) and value else repr(value)


def _base(job: Job) -> Findings:
    if not job.model.name_or_path:
        yield Finding("no-model", "error", "model.name_or_path", "No base model is named.", "Set model.name_or_path.")
    if not job.stages:
        message = "Neither High Noise nor Low Noise is trained."
        yield Finding("no-stage", "error", "model.model_kwargs", message, "Switch one of them on.")


def _datasets(job: Job) -> Findings:
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
        yield from not_4n1(where, dataset.num_frames)
        if job.task == "i2v" and dataset.num_frames == 1:
            message = "With one frame the condition of an I2V item is its own target: hardly anything is learned."
            yield Finding("i2v-one-frame", "warning", where, message, "Take clips and 33-41 frames.")


def _habits(job: Job) -> Findings:
    if job.processes > 1:
        yield Finding("more-processes", "warning", "config.process", "Only the first process of the file is run.")
    if len(job.stages) == 2 and job.model.low_vram and job.train.switch_boundary_every == 1:
        message = "With Low VRAM a Switch Every of 1 moves an expert on and off the card at every step."
        yield Finding("swap-every-step", "warning", "train.switch_boundary_every", message, "Take 10 to 50.")


def _alpha(job: Job) -> Findings:
    rank, alpha = job.network.linear, job.network.linear_alpha
    if alpha not in (None, rank):
        message = f"The LoRA is scaled by {alpha:g} / {rank}; AI Toolkit ignores alpha."
        yield Finding("alpha", "info", "network.linear_alpha", message, f"For AI Toolkit's strength set it to {rank}.")


def _caches(job: Job) -> Findings:
    if not all(one.cache_latents or one.cache_latents_to_disk for one in job.datasets):
        message = "Latents are cached whatever Cache Latents says, by content and outside the clip folder."
        yield Finding("always-cached", "info", "datasets[].cache_latents_to_disk", message)


def _unknown(job: Job) -> Findings:
    for key in job.unknown:
        message = f"Nobody here knows {key}: it stays in the file and has no effect."
        yield Finding("unknown-key", "warning", key, message, "Look at its spelling and its place.")
