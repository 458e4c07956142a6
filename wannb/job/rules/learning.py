"""Preflight of how the experts learn: schedule, guidance, timesteps, in combinations that disappoint."""

import difflib
import math
from collections.abc import Iterator
from typing import Any

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say

Findings = Iterator[Finding]
PARAMS, WARMUP, LEAST = "train.lr_scheduler_params", "num_warmup_steps", "eta_min"


def learning_findings(job: Job) -> Findings:
    for rule in (_schedule, _guidance, _timesteps):
        yield from rule(job)


def _schedule(job: Job) -> Findings:
    train, params = job.train, job.train.lr_scheduler_params
    if train.lr_scheduler == "constant":
        if params:
            message = say("These numbers have no effect on the constant schedule.")
            fix = say("Leave them out, or set train.lr_scheduler to constant_with_warmup, linear or cosine.")
            yield Finding("schedule-params-unused", "warning", PARAMS, message, fix, Put({PARAMS: {}}))
        return
    for key, value in params.items():
        if key not in (WARMUP, LEAST):
            message = say("No schedule has a number {key!r}.", key=key)
            fix = say("The known ones are {warming} and {floor}.", warming=WARMUP, floor=LEAST)
            yield Finding("schedule-param", "error", PARAMS, message, fix, _without(job, key))
        elif key == WARMUP and not _is_count(value):
            message, fix = say("{key} is {value!r}.", key=key, value=value), say("Set it to whole steps, 0 or more.")
            yield Finding("schedule-param", "error", PARAMS, message, fix, _warming(job))
        elif key == LEAST and not _is_rate(value):
            message, fix = say("{key} is {value!r}.", key=key, value=value), say("Set it to a rate, 0 or more.")
            yield Finding("schedule-param", "error", PARAMS, message, fix, _without(job, key))
    yield from _warmup(job, params.get(WARMUP))
    yield from _least(job, params.get(LEAST))


def _warmup(job: Job, warmup: Any) -> Findings:
    train = job.train
    if train.lr_scheduler == "constant_with_warmup" and warmup is None and WARMUP not in train.lr_scheduler_params:
        message = say("The schedule constant_with_warmup is not told how long to warm up.")
        fix = say("Set {warming} to steps of the whole job, such as 100.", warming=WARMUP)
        yield Finding("schedule-param", "error", PARAMS, message, fix, _warming(job))
    elif _is_count(warmup) and warmup >= train.steps:
        message = say(
            "The warm-up of {warmup} steps never ends: the job has {steps}.", warmup=warmup, steps=train.steps
        )
        yield Finding("warmup-too-long", "warning", PARAMS, message, say("Take 5-10 % of train.steps."), _warming(job))


def _least(job: Job, least: Any) -> Findings:
    if not _is_rate(least):
        return
    smallest = min(map(job.lr, job.stages), default=math.inf)
    if job.train.lr_scheduler == "constant_with_warmup":
        message = say("{floor} has no effect on constant_with_warmup, which does not fall.", floor=LEAST)
        fix = say("Leave it out, or take linear or cosine.")
        yield Finding("schedule-params-unused", "warning", PARAMS, message, fix, _without(job, LEAST))
    elif least >= smallest:
        message = say(
            "The rate would rise to {least:g} instead of falling: {floor} is no factor but the smallest rate.",
            least=least,
            floor=LEAST,
        )
        cure = Put({PARAMS: {**job.train.lr_scheduler_params, LEAST: smallest / 10}})
        yield Finding("schedule-rises", "warning", PARAMS, message, say("Set it below train.lr."), cure)


def _without(job: Job, key: str) -> Put:
    """Leave `key` out, or, where it is nearly the name of a number that is lacking, call it so."""
    params = dict(job.train.lr_scheduler_params)
    value = params.pop(key)
    near = difflib.get_close_matches(key, [name for name in (WARMUP, LEAST) if name not in params and name != key], 1)
    valid = near and (_is_count(value) if near[0] == WARMUP else _is_rate(value))
    return Put({PARAMS: {**params, near[0]: value} if valid else params})


def _warming(job: Job) -> Put:
    """A warm-up of a twentieth of the steps."""
    return Put({PARAMS: {**job.train.lr_scheduler_params, WARMUP: job.train.steps // 20}})


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _guidance(job: Job) -> Findings:
    train, meant, where = job.train, job.wannb.differential_guidance, "wannb.differential_guidance"
    if not train.do_differential_guidance:
        if meant is not None:
            message = say(
                "Differential Guidance From {meant} has no effect: Do Differential Guidance is off.", meant=meant
            )
            fix = say("Leave it out, or set train.do_differential_guidance to true.")
            yield Finding("guidance-unused", "warning", where, message, fix, Put({where: None}))
    elif meant == "base":
        message = say("The target is moved away from the base's prediction, which takes a forward more at every step.")
        yield Finding("guidance-forward", "info", where, message)
    else:
        scale = train.differential_guidance_scale
        message = say(
            "The target is moved away from the LoRA's own prediction, as in AI Toolkit: with "
            "Mean Squared Error that makes the gradient {scale:g} times as long, which "
            "optimizers such as AdamW divide out again.",
            scale=scale,
        )
        fix = say("Set {key} to base for what the guides describe.", key=where)
        yield Finding("guidance-from", "info", where, message, fix, Put({where: "base"}))


def _timesteps(job: Job) -> Findings:
    where = "train.timestep_type"
    if job.train.timestep_type == "weighted":
        message = say("Weighted draws as Linear and weights the loss by a curve measured on Flex.1, not on Wan.")
        yield Finding("weighted", "info", where, message, say("Set it to linear."), Put({where: "linear"}))
    if job.train.content_or_style in ("content", "style"):
        more = say("Timestep Bias draws more noise inside each expert's range; neither gets more steps.")
        less = say("Timestep Bias draws less noise inside each expert's range; neither gets more steps.")
        message = more if job.train.content_or_style == "content" else less
        fix = say("For more steps on one expert set wannb.high_noise_share.")
        yield Finding("bias-inside", "info", "train.content_or_style", message, fix)
