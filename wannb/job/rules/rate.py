"""Preflight of how fast the experts learn: rates too high or too low for the optimizer, and what pulls against them."""

from collections.abc import Iterator

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.train import OptimizerParams
from wannb.words import say

Findings = Iterator[Finding]
ADAM = ("adamw", "adamw8bit")
USUAL, HIGH, LOW = 1e-4, 5e-4, 1e-5
"""Learning rates for a LoRA of Wan's experts with Adam; the guides say 0.0001, and 0.00005 where it is noisy."""
SMALLEST_FACTOR = 0.1  # of Prodigy's own estimate; 1 is usual
MOST_DECAY = 0.1
UNUSED = {"adafactor": ("betas", "eps")}


def rate_findings(job: Job) -> Findings:
    for rule in (_prodigy, _rates, _decay, _unused):
        yield from rule(job)


def _by_setting(job: Job) -> dict[str, float]:
    """The rates that are trained with, each by the setting that it stands in."""
    own = {one: getattr(job.wannb, one).lr for one in job.stages}
    return {"train.lr" if own[one] is None else f"wannb.{one}.lr": job.lr(one) for one in job.stages}


def _prodigy(job: Job) -> Findings:
    if job.train.optimizer != "prodigy":
        return
    for where, rate in _by_setting(job).items():
        if rate < SMALLEST_FACTOR:
            message = say("Prodigy finds the rate itself and multiplies it by {rate:g}: next to nothing.", rate=rate)
            yield Finding(
                "prodigy-lr",
                "warning",
                where,
                message,
                say("Set {key} to {value}.", key=where, value=1),
                Put({where: 1.0}),
            )
    if job.wannb.lora_plus_ratio != 1:
        where, message = "wannb.lora_plus_ratio", say("LoRA+ sets a rate for B, and Prodigy finds the rates itself.")
        fix = say("Set wannb.lora_plus_ratio to 1, or take another optimizer.")
        yield Finding("lora-plus-prodigy", "error", where, message, fix, Put({where: 1.0}))


def _rates(job: Job) -> Findings:
    if job.train.optimizer == "prodigy":
        return
    for where, rate in _by_setting(job).items():
        if rate > HIGH and job.train.optimizer in ADAM:
            message = say(
                "A Learning Rate of {rate:g} is {times:.3g} times the guides' {usual:g}: it overshoots.",
                rate=rate,
                times=rate / USUAL,
                usual=USUAL,
            )
            fix = say("Set it to {usual:g}, or 0.00005 where the loss is noisy.", usual=USUAL)
            yield Finding("lr-high", "warning", where, message, fix, Put({where: USUAL}))
        elif rate < LOW:
            message = say(
                "A Learning Rate of {rate:g} is {times:.2g} of the guides' {usual:g}: hardly "
                "anything is learned (a file without lr means 1e-06, AI Toolkit's own default).",
                rate=rate,
                times=rate / USUAL,
                usual=USUAL,
            )
            yield Finding(
                "lr-low", "warning", where, message, say("Set it to {usual:g}.", usual=USUAL), Put({where: USUAL})
            )


def _decay(job: Job) -> Findings:
    where, decay = "train.optimizer_params.weight_decay", job.train.optimizer_params.weight_decay
    if decay > MOST_DECAY:
        message = say("A Weight Decay of {decay:g} pulls the LoRA back to nothing while it learns.", decay=decay)
        yield Finding("weight-decay-high", "warning", where, message, say("Set it to 0.0001."), Put({where: 1e-4}))


def _unused(job: Job) -> Findings:
    for key in UNUSED.get(job.train.optimizer, ()):
        usual = getattr(OptimizerParams(), key)
        if getattr(job.train.optimizer_params, key) != usual:
            where = f"train.optimizer_params.{key}"
            message = say(
                "{key} has no effect: {optimizer} has no such number.", key=key, optimizer=job.train.optimizer
            )
            yield Finding(
                "optimizer-param-unused", "warning", where, message, say("Leave it out."), Put({where: usual})
            )
