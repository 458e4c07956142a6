"""Preflight of how often checkpoints are saved and previews made, and of how many."""

from collections.abc import Iterator

from wannb.job.cures import Drop, Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say

Findings = Iterator[Finding]
SAVE, SAMPLE, KEEP = "save.save_every", "sample.sample_every", "save.max_step_saves_to_keep"
USUAL, KEPT = 250, 4
MOST_SAMPLES = 4


def saving_findings(job: Job) -> Findings:
    yield from _checkpoints(job)
    if not job.train.disable_sampling and (job.sample.samples or job.sample.prompts):
        yield from _previews(job)
        yield from _many(job)


def _checkpoints(job: Job) -> Findings:
    every, steps = job.saving.save_every, job.train.steps
    if every > steps:
        message = say(
            "Save Every is {every} steps and the run has {steps}: there is no checkpoint before the end.",
            every=every,
            steps=steps,
        )
        fix = say("The best checkpoint is rarely the last: save a few times.")
        yield Finding("save-after-end", "warning", SAVE, message, fix, Put({SAVE: _often(steps)}))
    if job.saving.max_step_saves_to_keep == 1 and every < steps:
        message = say("Only the newest checkpoint is kept, and the best one is rarely the last.")
        yield Finding("keep-one", "warning", KEEP, message, say("Keep 4 to 6."), Put({KEEP: KEPT}))


def _often(steps: int) -> int:
    """How often to save in so many steps: 250, or, of short runs, at a half."""
    return min(USUAL, max(1, steps // 2))


def _previews(job: Job) -> Findings:
    every, save, steps = job.sample.sample_every, job.saving.save_every, job.train.steps
    if every > steps:
        message = say(
            "Sample Every is {every} steps and the run has {steps}: there are no previews on the way.",
            every=every,
            steps=steps,
        )
        cure = Put({SAMPLE: save if save <= steps else _often(steps)})
        yield Finding("sample-after-end", "warning", SAMPLE, message, say("Set it to Save Every."), cure)
    elif every % save and every < steps:
        message = say(
            "Previews come every {every} steps and checkpoints every {save}: some show what is not kept.",
            every=every,
            save=save,
        )
        cure = Put({SAMPLE: save})
        yield Finding("previews-without-checkpoint", "info", SAMPLE, message, say("Set it to Save Every."), cure)


def _many(job: Job) -> Findings:
    where = "sample.samples" if job.sample.samples else "sample.prompts"
    count = len(job.sample.samples or job.sample.prompts)
    if count > MOST_SAMPLES:
        message = say(
            "{count} previews are made each time, and each takes the time of many training steps.", count=count
        )
        cure = Drop(where, tuple(range(MOST_SAMPLES, count)))
        yield Finding("many-samples", "info", where, message, say("2 to 4 tell as much."), cure)
