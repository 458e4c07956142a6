"""The prompts that a run's clips answer: those of its job, then those that it had before it was changed on the way."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from wannb.job import Job
from wannb.job.samples import Sample
from wannb.runs.run import Preview

NAMES = tuple(field.name for field in fields(Sample))


def prompts(job: Job, previews: list[Preview]) -> list[Sample]:
    """Each sample once: the job's own in their order, then others that `previews` were made of; those of a distillation
    LoRA are other clips of the same prompts."""
    made = [sample for one in previews if not one.facts.get("distilled") and (sample := sample_of(one.facts))]
    return list(dict.fromkeys([*job.samples, *made]))


def sample_of(facts: dict[str, Any]) -> Sample | None:
    """The sample that a preview with these facts was made of; None where they do not tell it whole."""
    if not set(NAMES) <= set(facts):
        return None
    image = facts["image"]
    return Sample(**{name: facts[name] for name in NAMES} | {"image": Path(image) if image else None})


def differences(samples: list[Sample]) -> list[str]:
    """For each sample what sets it apart from others with the same words: its seed, size, guidance …; "" for none."""
    said = []
    for one in samples:
        alike = [other for other in samples if other.prompt == one.prompt]
        told = ("seed", "width", "height", "num_frames", "steps", "guidance_scale", "image")
        apart = [name for name in told if len({getattr(other, name) for other in alike}) > 1]
        said.append(", ".join(_said(name, getattr(one, name)) for name in apart))
    return said


def _said(name: str, value: Any) -> str:
    words = {"num_frames": "frames", "guidance_scale": "guidance", "steps": "denoising steps"}
    return f"{words.get(name, name)} {value.name if isinstance(value, Path) else value}"
