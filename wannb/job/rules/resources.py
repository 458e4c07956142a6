"""Preflight of what the estimate says: what does not fit the card or the disk, and what takes long."""

from collections.abc import Iterator
from math import ceil

from wannb.job.amounts import duration, memory, pace, size
from wannb.job.cost.estimate import Estimate
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.qtypes import held
from wannb.words import join, say

Findings = Iterator[Finding]
SAMPLE, KEEP = "sample.sample_every", "save.max_step_saves_to_keep"
MOST_PREVIEWS = 0.5
"""Of a run's time."""
SHORT = 600
"""Seconds that previews may take in any run."""
FEWEST = 2
"""Step saves to choose from."""
PEAK = {
    "caching": say("Caching takes about {peak} ({low:.0f} to {high:.0f}), and the card has {card:g}."),
    "training": say("Training takes about {peak} ({low:.0f} to {high:.0f}), and the card has {card:g}."),
    "previews": say("Previews take about {peak} ({low:.0f} to {high:.0f}), and the card has {card:g}."),
}
PARTS = {
    "checkpoints": say("checkpoints"),
    "state": say("state"),
    "saving": say("saving"),
    "previews": say("previews"),
    "caches": say("caches"),
}
SLOW = 20
"""Seconds of a step, from which the guides speak of tens."""


def resource_findings(job: Job, estimate: Estimate) -> Findings:
    """Findings on `job`, of which `estimate` is; none where it trains on the CPU, and what only a card tells only where
    one is known."""
    if estimate.on_cpu:
        return
    yield from _disk(job, estimate)
    yield from _previews(job, estimate)
    if estimate.card_gib is not None:
        yield from _fit(job, estimate)
        yield from _slow(job, estimate)


def _fit(job: Job, estimate: Estimate) -> Findings:
    peak, card, (low, high) = estimate.peak_gib, estimate.card_gib, estimate.memory_band
    if peak <= card:
        return
    phase = max(estimate.phases_gib, key=estimate.phases_gib.get)
    message = say(PEAK[phase], peak=memory(peak), low=low, high=high, card=card)
    if phase == "training":
        weights = memory(estimate.parts_gib["weights"])
        more = say("The weights in {precision} are {weights} of it.", precision=_precision(job), weights=weights)
        message = join(" ", [message, more])
    found = estimate.fitting
    fix = found.sentence if found else say("No change of settings is enough: take a card with more memory.")
    where = next(iter(found.settings)) if found else "model.quantize"
    certain = low > card and not _elsewhere(estimate)
    severity = "error" if certain else "warning"
    yield Finding("does-not-fit", severity, where, message, fix, Put(found.settings) if found else None)


def _elsewhere(estimate: Estimate) -> bool:
    """Whether this machine's card holds what the one that the job is for does not."""
    return estimate.machine_gib is not None and estimate.memory_band[0] <= estimate.machine_gib


def _precision(job: Job) -> str:
    if job.model.quantize:
        return held(job.model.qtype).kind
    return "FP32" if job.train.dtype == "fp32" else "BF16"


def _disk(job: Job, estimate: Estimate) -> Findings:
    needed, free = estimate.needed_bytes, estimate.free_bytes
    if free is None or needed <= free:
        return
    parts = {name: count for name, count in estimate.disk_bytes.items() if name != "download" and count}
    listed = join(", ", [say("{part} {size}", part=PARTS[name], size=size(count)) for name, count in parts.items()])
    message = say(
        "The run writes {needed} ({listed}), and {free} are free.", needed=size(needed), listed=listed, free=size(free)
    )
    kept = _fewer(job, estimate, needed - free)
    fix = (
        say("Keep {kept} step saves.", kept=kept)
        if kept
        else say("Free some space, or set Output Directory to another disk.")
    )
    cure = Put({KEEP: kept}) if kept else None
    yield Finding("disk-short", "error", KEEP if kept else "training_folder", message, fix, cure)


def _fewer(job: Job, estimate: Estimate, too_much: int) -> int | None:
    """How many step saves may be kept for the run to take `too_much` bytes less; None where that needs more."""
    now = min(job.saving.max_step_saves_to_keep, job.train.steps // job.saving.save_every)
    each = estimate.disk_bytes["checkpoints"] / (now + 1)  # the final files are one more
    kept = now - ceil(too_much / each) if each else 0
    return kept if kept >= FEWEST else None


def _previews(job: Job, estimate: Estimate) -> Findings:
    took, total = estimate.seconds["previews"], estimate.total_seconds
    if took <= max(SHORT, MOST_PREVIEWS * total):
        return
    every = _seldom(job, took, total - took)
    message = say("Previews take {took} of the run's {total}.", took=duration(took), total=duration(total))
    fix = say("Set {sample} to {every}, or make fewer, smaller or shorter ones.", sample=SAMPLE, every=every)
    yield Finding("previews-cost", "warning", SAMPLE, message, fix, Put({SAMPLE: every}) if every else None)


def _seldom(job: Job, took: float, rest: float) -> int | None:
    """The smallest multiple of Sample Every at which previews are half of the run, else the number of its steps; None
    where they are not made between its ends."""
    every, steps = job.sample.sample_every, job.train.steps
    if every >= steps:
        return None
    first = job.train.force_first_sample or not job.train.skip_first_sample
    each = took / (first + ceil(steps / every))
    enough = (n for n in range(2 * every, steps, every) if (first + ceil(steps / n)) * each <= rest)
    return next(enough, steps)


def _slow(job: Job, estimate: Estimate) -> Findings:
    seconds = estimate.s_per_step + estimate.seconds["swaps"] / job.train.steps
    if seconds < SLOW:
        return
    largest = estimate.shapes[0]
    message = say("A step takes about {seconds} on {gpu}.", seconds=pace(seconds), gpu=estimate.gpu)
    reasons = [
        say(
            "{width}×{height} pixels and {frames} frames take {seconds}",
            width=largest.width,
            height=largest.height,
            frames=largest.frames,
            seconds=pace(largest.s_per_step),
        ),
        *_multipliers(job),
    ]
    text = say("{message} {reasons}.", message=message, reasons=join("; ", reasons))
    fix = say("Leave out the largest resolution or take fewer frames.")
    yield Finding("slow-steps", "info", "train.steps", text, fix)


def _multipliers(job: Job) -> Iterator[str]:
    """What makes of one pass several."""
    train = job.train
    if train.diff_output_preservation or train.blank_prompt_preservation:
        yield say("holding to the base more than doubles it")
    if train.gradient_accumulation > 1:
        yield say("Gradient Accumulation makes {passes} passes", passes=train.gradient_accumulation)
    if train.batch_size > 1:
        yield say("Batch Size makes {clips} clips", clips=train.batch_size)
