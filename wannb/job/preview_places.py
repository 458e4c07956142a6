"""Where a preview's setting stands: in the sample itself, in a flag of its prompt, or in `sample`, for all alike."""

from collections.abc import Mapping
from typing import Any

from wannb.job.job import Job
from wannb.job.samples import FLAGS

SHORT = {"width": "w", "height": "h", "num_frames": "frames", "guidance_scale": "cfg", "sample_steps": "steps"}
"""The flag that says a setting in a prompt; the others have their own name."""


def prompt_key(job: Job, index: int) -> str:
    """The setting that the prompt of sample `index` stands in."""
    return f"sample.samples[{index}].prompt" if job.sample.samples else "sample.prompts"


def prompt_of(job: Job, index: int) -> str:
    """The prompt as it is written, flags and all."""
    return job.sample.samples[index].prompt if job.sample.samples else job.sample.prompts[index]


def key_of(job: Job, index: int, field: str) -> str:
    """The setting that gives sample `index` its `field` (`width`, `ctrl_img` …)."""
    if _has_flag(prompt_of(job, index), field):
        return prompt_key(job, index)
    if job.sample.samples and (field == "ctrl_img" or getattr(job.sample.samples[index], field) is not None):
        return f"sample.samples[{index}].{field}"
    return prompt_key(job, index) if field == "ctrl_img" else f"sample.{field}"


def given(job: Job, index: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """What to put so that sample `index` has `values`, each where it stands now."""
    prompt, put = prompt_of(job, index), {}
    for field, value in values.items():
        if _has_flag(prompt, field):
            prompt = _flagged(prompt, field, value)
        else:
            put[key_of(job, index, field)] = value
    return put | reworded(job, index, prompt)


def own(job: Job, index: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """What to put so that sample `index`, and no other, has `values`."""
    prompt, put = prompt_of(job, index), {}
    for field, value in values.items():
        if _has_flag(prompt, field) or not job.sample.samples:
            prompt = _flagged(prompt, field, value)
        else:
            put[f"sample.samples[{index}].{field}"] = value
    return put | reworded(job, index, prompt)


def reworded(job: Job, index: int, prompt: str) -> dict[str, Any]:
    """What to put so that sample `index` has this prompt, as written; nothing where it has it."""
    if prompt == prompt_of(job, index):
        return {}
    if job.sample.samples:
        return {prompt_key(job, index): prompt}
    return {"sample.prompts": [prompt if i == index else one for i, one in enumerate(job.sample.prompts)]}


def _has_flag(prompt: str, field: str) -> bool:
    return any(FLAGS.get(flag.partition(" ")[0].strip()) == field for flag in prompt.split("--")[1:])


def _flagged(prompt: str, field: str, value: Any) -> str:
    """`prompt` whose flag for `field` says `value`; without that flag where `value` is None."""
    words, *flags = prompt.split("--")
    kept = [flag for flag in flags if FLAGS.get(flag.partition(" ")[0].strip()) != field]
    if value is not None:
        kept.append(f"{SHORT.get(field, field)} {value}")
    return " --".join(part.strip() for part in (words, *kept))
