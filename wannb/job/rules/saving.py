"""Preflight of how often checkpoints are saved and previews made: too seldom for the steps, too often for the time."""

from collections.abc import Iterator

from wannb.job.cures import Drop, Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.preview_cost import in_steps

Findings = Iterator[Finding]
SAVE, SAMPLE, KEEP = "save.save_every", "sample.sample_every", "save.max_step_saves_to_keep"
USUAL, KEPT = 250, 4
MOST_SAMPLES = 4
MOST_TIME = 0.4
"""Of a run, for previews: with the guides' four of 25 steps every 250 they take about a fifth."""


def saving_findings(job: Job) -> Findings:
    yield from _checkpoints(job)
    if not job.train.disable_sampling and (job.sample.samples or job.sample.prompts):
        for rule in (_previews, _many, _time):
            yield from rule(job)


def _checkpoints(job: Job) -> Findings:
    every, steps = job.saving.save_every, job.train.steps
    if every > steps:
        message = f"Save Every is {every} steps and the run has {steps}: there is no checkpoint before the end."
        fix = "The best checkpoint is rarely the last: save a few times."
        yield Finding("save-after-end", "warning", SAVE, message, fix, Put({SAVE: _often(steps)}))
    if job.saving.max_step_saves_to_keep == 1 and every < steps:
        message = "Only the newest checkpoint is kept, and the best one is rarely the last."
        yield Finding("keep-one", "warning", KEEP, message, "Keep 4 to 6.", Put({KEEP: KEPT}))


def _often(steps: int) -> int:
    """How often to save in so many steps: 250, or, of short runs, at a half."""
    return min(USUAL, max(1, steps // 2))


def _previews(job: Job) -> Findings:
    every, save, steps = job.sample.sample_every, job.saving.save_every, job.train.steps
    if every > steps:
        message = f"Sample Every is {every} steps and the run has {steps}: there are no previews on the way."
        cure = Put({SAMPLE: save if save <= steps else _often(steps)})
        yield Finding("sample-after-end", "warning", SAMPLE, message, "Set it to Save Every.", cure)
    elif every % save and every < steps:
        message = f"Previews come every {every} steps and checkpoints every {save}: some show what is not kept."
        cure = Put({SAMPLE: save})
        yield Finding("previews-without-checkpoint", "info", SAMPLE, message, "Set it to Save Every.", cure)


def _many(job: Job) -> Findings:
    where = "sample.samples" if job.sample.samples else "sample.prompts"
    count = len(job.sample.samples or job.sample.prompts)
    if count > MOST_SAMPLES:
        took = round(in_steps(job))
        message = f"{count} previews each time take about as long as {took} training steps."
        cure = Drop(where, tuple(range(MOST_SAMPLES, count)))
        yield Finding("many-samples", "info", where, message, "2 to 4 tell as much.", cure)


def _time(job: Job) -> Findings:
    """Whether previews take a large part of the whole run."""
    every, took = min(job.sample.sample_every, job.train.steps), in_steps(job)
    share = took / (took + every)
    if share > MOST_TIME:
        message = f"Previews every {every} steps take about {share:.0%} of the run's time."
        seldom = _seldom(job, took)
        fix = "Make them as often as checkpoints, fewer, smaller, or with fewer frames."
        yield Finding("frequent-samples", "warning", SAMPLE, message, fix, Put({SAMPLE: seldom}) if seldom else None)


def _seldom(job: Job, took: float) -> int | None:
    """The smallest multiple of Save Every within the run at which previews take little enough time; None without."""
    save, steps = job.saving.save_every, job.train.steps
    enough = (every for every in range(save, steps + 1, save) if took / (took + every) <= MOST_TIME)
    return next(enough, None)
