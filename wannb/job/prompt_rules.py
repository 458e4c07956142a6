"""Preflight of the previews' prompts: empty ones, the trigger word, and the same one twice."""

import re
from collections.abc import Iterator

from wannb.job.cures import Drop, Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.preview_places import prompt_key, prompt_of, reworded
from wannb.job.samples import Sample
from wannb.job.triggers import made_up, triggers

Findings = Iterator[Finding]
SLOT = "[trigger]"


def prompt_findings(job: Job, samples: list[Sample]) -> Findings:
    """`samples` are the job's, with everything filled in."""
    for i, sample in enumerate(samples):
        where = prompt_key(job, i)
        if not sample.prompt.strip() and SLOT not in prompt_of(job, i):
            yield Finding("empty-prompt", "warning", where, f"Sample {i + 1} has no prompt.", "Write one.")
        elif SLOT in prompt_of(job, i) and not job.trigger_word:
            message = f"[trigger] in sample {i + 1} stands for nothing: the job has no trigger word."
            word = made_up(job)
            yield Finding("no-trigger", "warning", where, message, "Set trigger_word.", Put({"trigger_word": word}))
        else:
            yield from _without_trigger(job, i, sample)
    yield from _twice(job, samples)


def _without_trigger(job: Job, index: int, sample: Sample) -> Findings:
    words = triggers(job)
    if not words or any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sample.prompt) for word in words):
        return
    word = SLOT if (job.trigger_word or "").strip() in words else min(words)
    message = f"Sample {index + 1} does not have the Trigger Word {' or '.join(sorted(words))} that is trained."
    cure = Put(reworded(job, index, f"{word} {prompt_of(job, index)}"))
    yield Finding("prompt-without-trigger", "warning", prompt_key(job, index), message, f"Put {word} in front.", cure)


def _twice(job: Job, samples: list[Sample]) -> Findings:
    where, seen = "sample.samples" if job.sample.samples else "sample.prompts", {}
    for i, sample in enumerate(samples):
        first = seen.setdefault((sample.prompt, sample.image), i)
        if first != i and sample.prompt.strip():
            message = f"Samples {first + 1} and {i + 1} have the same prompt and first frame."
            fix = "Another prompt tells more than another seed."
            yield Finding("same-prompt-twice", "info", prompt_key(job, i), message, fix, Drop(where, (i,)))
