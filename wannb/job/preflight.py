"""What a job alone gives away before the run: what is not built, missing, contradictory or bound to disappoint."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.section import Section, child
from wannb.job.setting import facts_of, key_of, works

Findings = Iterator[Finding]


def findings(job: Job) -> list[Finding]:
    """All findings, errors first; looks at the disk only for whether the named files and folders exist."""
    found = [finding for rule in RULES for finding in rule(job)]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda finding: order[finding.severity])


def _settings(job: Job) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Every setting of the job: where, label, facts, value."""
    for where, section in job.process.sections():
        for field, info in type(section).model_fields.items():
            if not child(info):
                yield _at(where, field, info), _label(field, info, section), facts_of(info), getattr(section, field)


def _not_built(job: Job) -> Findings:
    for where, label, facts, value in _settings(job):
        if facts["of"] is None and not works(value, facts["built"]):
            cure = _cure(facts["built"])
            yield Finding(
                "not-built",
                "error",
                where,
                f"{label} ({where}) is not built yet: {_shown(value)}; {cure}.",
                f"{where}: {_shown(facts['built'][0])}",
            )


def _choices(job: Job) -> Findings:
    for where, label, facts, value in _settings(job):
        choices = facts["choices"]
        if not choices or not isinstance(value, str) or value in choices or where in OPEN or facts["of"]:
            continue
        near = difflib.get_close_matches(value, [str(one) for one in choices], 1)
        hint = f"Did you mean {near[0]}?" if near else f"Take one of {', '.join(map(str, choices))}."
        yield Finding("unknown-choice", "error", where, f"{label} ({where}) has no choice {value!r}.", hint)


def _base(job: Job) -> Findings:
    if not job.model.name_or_path:
        yield Finding("no-model", "error", "model.name_or_path", "No base model is named.", "Set model.name_or_path.")


def _stages(job: Job) -> Findings:
    if not job.stages:
        yield Finding(
            "no-stage", "error", "model.model_kwargs", "Neither High Noise nor Low Noise is trained.", "Switch one on."
        )


def _datasets(job: Job) -> Findings:
    if not job.datasets:
        yield Finding("no-dataset", "error", "datasets", "The job has no data set.", "Add one with its folder_path.")
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}].folder_path"
        if not dataset.folder_path:
            if not dataset.dataset_path:
                yield Finding("no-folder", "error", where, "This data set has no folder.", "Set its folder_path.")
        elif not Path(dataset.folder_path).is_dir():
            yield Finding(
                "folder-missing", "error", where, f"There is no folder {dataset.folder_path!r}.", "Mend the path."
            )


def _frames(job: Job) -> Findings:
    counts = [(f"datasets[{i}].num_frames", one.num_frames) for i, one in enumerate(job.datasets)]
    if not job.train.disable_sampling:
        counts += [(f"{_sample_place(job, i)}.num_frames", one.num_frames) for i, one in enumerate(job.samples)]
    for where, count in counts:
        if count < 1 or count % 4 != 1:
            below = max(1, (count - 1) // 4 * 4 + 1)
            yield Finding(
                "not-4n1",
                "error",
                where,
                f"{count} frames are not 4n+1, and Wan packs four frames after the first into one latent.",
                f"Take {below} or {below + 4}.",
            )
    if job.task == "i2v":
        for i, dataset in enumerate(job.datasets):
            if dataset.num_frames == 1:
                yield Finding(
                    "i2v-one-frame",
                    "warning",
                    f"datasets[{i}].num_frames",
                    "With one frame the condition of an I2V item is its own target: hardly anything is learned.",
                    "Take clips and 33-41 frames.",
                )


def _samples(job: Job) -> Findings:
    if job.train.disable_sampling:
        return
    if not job.samples:
        yield Finding(
            "no-samples", "warning", "sample.samples", "No previews will be made.", "Add 2-4 prompts like the captions."
        )
    for i, sample in enumerate(job.samples):
        for side in ("width", "height"):
            size = getattr(sample, side)
            if size < 16 or size % 16:
                below = max(16, size // 16 * 16)
                yield Finding(
                    "sample-size",
                    "error",
                    f"{_sample_place(job, i)}.{side}",
                    f"{size} is not a multiple of 16 pixels.",
                    f"Take {below} or {below + 16}.",
                )
        if not sample.prompt:
            yield Finding("empty-prompt", "warning", _sample_place(job, i), "This sample has no prompt.", "Write one.")


def _first_frames(job: Job) -> Findings:
    if job.task != "i2v" or job.train.disable_sampling:
        return
    for i, sample in enumerate(job.samples):
        where = f"{_sample_place(job, i)}.ctrl_img"
        if sample.image is None:
            yield Finding(
                "sample-no-control-image",
                "error",
                where,
                f"Sample {i + 1} has no control image, and image-to-video needs a first frame.",
                "Set ctrl_img to an image, such as a first frame of the data set.",
            )
        elif not sample.image.is_file():
            yield Finding(
                "control-image-missing", "error", where, f"There is no image {str(sample.image)!r}.", "Mend the path."
            )


def _triggers(job: Job) -> Findings:
    if job.trigger_word:
        return
    prompts = [one.prompt for one in job.sample.samples] or job.sample.prompts
    for i, prompt in enumerate(prompts):
        if "[trigger]" in prompt:
            yield Finding(
                "no-trigger",
                "warning",
                _sample_place(job, i),
                "[trigger] stands for nothing here.",
                "Set trigger_word.",
            )


def _habits(job: Job) -> Findings:
    if job.processes > 1:
        yield Finding("more-processes", "warning", "config.process", "Only the first process of the file is run.")
    if len(job.stages) == 2 and job.model.low_vram and job.train.switch_boundary_every == 1:
        yield Finding(
            "swap-every-step",
            "warning",
            "train.switch_boundary_every",
            "With Low VRAM a Switch Every of 1 moves an expert on and off the card at every step.",
            "Take 10 to 50.",
        )
    if job.network.linear_alpha not in (None, job.network.linear):
        yield Finding(
            "alpha",
            "info",
            "network.linear_alpha",
            f"The LoRA is scaled by {job.network.linear_alpha:g} / {job.network.linear}; AI Toolkit ignores alpha.",
            f"For AI Toolkit's strength set it to {job.network.linear}.",
        )
    frames = max((one.num_frames for one in job.datasets), default=0)
    if not job.train.disable_sampling and frames > 1 and any(one.num_frames > frames for one in job.samples):
        yield Finding(
            "longer-samples",
            "info",
            "sample.num_frames",
            f"Previews are longer than the {frames} frames trained on: motion may run too fast in them.",
            "Sample at the trained Num Frames, or read it as a test of generalisation.",
        )
    for i, dataset in enumerate(job.datasets):
        if not (dataset.cache_latents or dataset.cache_latents_to_disk):
            yield Finding(
                "always-cached",
                "info",
                f"datasets[{i}].cache_latents_to_disk",
                "Latents are cached whatever Cache Latents says, by content and outside the clip folder.",
            )


def _unknown(job: Job) -> Findings:
    for key in job.unknown:
        yield Finding(
            "unknown-key",
            "warning",
            key,
            f"Nobody here knows {key}; it stays in the file and has no effect.",
            "Mind the spelling.",
        )


OPEN = ("save.save_format",)  # no effect, so any value will do
RULES = (
    _choices,
    _not_built,
    _base,
    _stages,
    _datasets,
    _frames,
    _samples,
    _first_frames,
    _triggers,
    _habits,
    _unknown,
)


def _sample_place(job: Job, index: int) -> str:
    return f"sample.samples[{index}]" if job.sample.samples else f"sample.prompts[{index}]"


def _at(where: str, field: str, info: Any) -> str:
    return f"{where}.{key_of(field, info)}".lstrip(".")


def _label(field: str, info: Any, section: Section) -> str:
    return facts_of(info)["label"] or field.replace("_", " ").capitalize()


def _cure(built: tuple) -> str:
    if len(built) == 1 or built[0] in (None, "", [], 0):
        return f"set it to {_shown(built[0])}"
    return "take one of " + ", ".join(_shown(one) for one in built if one is not None)


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) and value else repr(value)
