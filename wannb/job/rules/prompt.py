"""Preflight of the previews' prompts: empty ones, the trigger word, and the same one twice."""

import re
from collections.abc import Iterator

from wannb.job.cures import Drop, Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.preview_places import prompt_key, prompt_of, reworded
from wannb.job.samples import FLAGS, Sample
from wannb.job.triggers import made_up, triggers
from wannb.words import join, say

Findings = Iterator[Finding]
SLOT = "[trigger]"
WORDS = re.compile(r"[^\W\d_]+\W+[^\W\d_]+")
"""Two words: what follows a flag's name is a number or a path."""


def prompt_findings(job: Job, samples: list[Sample]) -> Findings:
    """`samples` are the job's, with everything filled in."""
    for i, sample in enumerate(samples):
        where = prompt_key(job, i)
        yield from _cut(job, i)
        if not sample.prompt.strip() and SLOT not in prompt_of(job, i):
            yield Finding(
                "empty-prompt", "warning", where, say("Sample {number} has no prompt.", number=i + 1), say("Write one.")
            )
        elif SLOT in prompt_of(job, i) and not job.trigger_word:
            message = say("[trigger] in sample {number} stands for nothing: the job has no trigger word.", number=i + 1)
            word = made_up(job)
            yield Finding(
                "no-trigger", "warning", where, message, say("Set trigger_word."), Put({"trigger_word": word})
            )
        else:
            yield from _without_trigger(job, i, sample)
    yield from _twice(job, samples)


def _cut(job: Job, index: int) -> Findings:
    """Two hyphens begin a flag, in AI Toolkit too; text after them is no flag and is lost."""
    head, *flags = prompt_of(job, index).split("--")
    lost = [flag for flag in flags if flag.partition(" ")[0].strip() not in FLAGS and WORDS.search(flag)]
    if lost:
        message = say(
            "Of sample {number} the words after -- are taken for a flag and dropped: {words!r}.",
            number=index + 1,
            words=lost[0].strip(),
        )
        words = ", ".join(part.strip() for part in (head, *lost) if part.strip())
        kept = " --".join([words, *(flag.strip() for flag in flags if flag not in lost)])
        cure = Put(reworded(job, index, kept))
        yield Finding("prompt-cut", "warning", prompt_key(job, index), message, say("Write a comma."), cure)


def _without_trigger(job: Job, index: int, sample: Sample) -> Findings:
    words = triggers(job)
    if not words or any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sample.prompt) for word in words):
        return
    word = SLOT if (job.trigger_word or "").strip() in words else min(words)
    message = say(
        "Sample {number} does not have the Trigger Word {words} that is trained.",
        number=index + 1,
        words=join(say(" or "), sorted(words)),
    )
    cure = Put(reworded(job, index, f"{word} {prompt_of(job, index)}"))
    yield Finding(
        "prompt-without-trigger",
        "warning",
        prompt_key(job, index),
        message,
        say("Put {word} in front.", word=word),
        cure,
    )


def _twice(job: Job, samples: list[Sample]) -> Findings:
    where, seen, again = "sample.samples" if job.sample.samples else "sample.prompts", set(), []
    for i, sample in enumerate(samples):
        same = (sample.prompt, sample.image)
        again += [i] if same in seen and sample.prompt.strip() else []
        seen.add(same)
    if again:
        numbers = ", ".join(str(i + 1) for i in again)
        one = say("Sample {numbers} repeats the prompt and first frame of another.", numbers=numbers)
        more = say("Samples {numbers} repeat the prompt and first frame of another.", numbers=numbers)
        message = one if len(again) == 1 else more
        fix = say("Another prompt tells more than another seed.")
        yield Finding("same-prompt-twice", "info", where, message, fix, Drop(where, tuple(again)))
