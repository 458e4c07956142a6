"""Preflight of how the experts learn: optimizer, schedule, guidance, timesteps, in combinations that disappoint."""

import math
from collections.abc import Iterator
from typing import Any

from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.train import OptimizerParams

Findings = Iterator[Finding]
PARAMS, WARMUP, LEAST = "train.lr_scheduler_params", "num_warmup_steps", "eta_min"
UNUSED = {"adafactor": ("betas", "eps")}
SMALLEST_FACTOR = 0.1  # of Prodigy's own estimate; 1 is usual


def learning_findings(job: Job) -> Findings:
    for rule in (_optimizer, _schedule, _guidance, _timesteps):
        yield from rule(job)


def _optimizer(job: Job) -> Findings:
    train, params = job.train, job.train.optimizer_params
    if train.optimizer == "prodigy":
        for expert in job.stages:
            if job.lr(expert) < SMALLEST_FACTOR:
                where = "train.lr" if getattr(job.wannb, expert).lr is None else f"wannb.{expert}.lr"
                message = f"Prodigy finds the rate itself and multiplies it by {job.lr(expert):g}: next to nothing."
                yield Finding("prodigy-lr", "warning", where, message, f"Set {where} to 1.")
        if job.wannb.lora_plus_ratio != 1:
            message = "LoRA+ sets a rate for B, and Prodigy finds the rates itself."
            fix = "Set wannb.lora_plus_ratio to 1, or take another optimizer."
            yield Finding("lora-plus-prodigy", "error", "wannb.lora_plus_ratio", message, fix)
    for key in UNUSED.get(train.optimizer, ()):
        if getattr(params, key) != getattr(OptimizerParams(), key):
            message = f"{key} has no effect: {train.optimizer} has no such number."
            yield Finding(
                "optimizer-param-unused", "warning", f"train.optimizer_params.{key}", message, "Leave it out."
            )


def _schedule(job: Job) -> Findings:
    train, params = job.train, job.train.lr_scheduler_params
    if train.lr_scheduler == "constant":
        if params:
            message = "These numbers have no effect on the constant schedule."
            fix = "Set train.lr_scheduler to constant_with_warmup, linear or cosine."
            yield Finding("schedule-params-unused", "warning", PARAMS, message, fix)
        return
    for key, value in params.items():
        where = f"{PARAMS}.{key}"
        if key not in (WARMUP, LEAST):
            message, fix = f"No schedule has a number {key!r}.", f"The known ones are {WARMUP} and {LEAST}."
            yield Finding("schedule-param", "error", where, message, fix)
        elif key == WARMUP and not _is_count(value):
            yield Finding("schedule-param", "error", where, f"{key} is {value!r}.", "Set it to whole steps, 0 or more.")
        elif key == LEAST and not _is_rate(value):
            yield Finding("schedule-param", "error", where, f"{key} is {value!r}.", "Set it to a rate, 0 or more.")
    yield from _warmup(job, params.get(WARMUP))
    yield from _least(job, params.get(LEAST))


def _warmup(job: Job, warmup: Any) -> Findings:
    train, where = job.train, f"{PARAMS}.{WARMUP}"
    if train.lr_scheduler == "constant_with_warmup" and warmup is None:
        message = "The schedule constant_with_warmup is not told how long to warm up."
        yield Finding("schedule-param", "error", where, message, "Set it to steps of the whole job, such as 100.")
    elif _is_count(warmup) and warmup >= train.steps:
        message = f"The warm-up of {warmup} steps never ends: the job has {train.steps}."
        yield Finding("warmup-too-long", "warning", where, message, "Take 5-10 % of train.steps.")


def _least(job: Job, least: Any) -> Findings:
    where = f"{PARAMS}.{LEAST}"
    if not _is_rate(least):
        return
    if job.train.lr_scheduler == "constant_with_warmup":
        message = f"{LEAST} has no effect on constant_with_warmup, which does not fall."
        yield Finding("schedule-params-unused", "warning", where, message, "Leave it out, or take linear or cosine.")
    elif least >= min(map(job.lr, job.stages), default=math.inf):
        message = f"The rate would rise to {least:g} instead of falling: {LEAST} is no factor but the smallest rate."
        yield Finding("schedule-rises", "warning", where, message, "Set it below train.lr.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _guidance(job: Job) -> Findings:
    train, meant, where = job.train, job.wannb.differential_guidance, "wannb.differential_guidance"
    if not train.do_differential_guidance:
        if meant is not None:
            message = f"Differential Guidance From {meant} has no effect: Do Differential Guidance is off."
            yield Finding("guidance-unused", "warning", where, message, "Set train.do_differential_guidance to true.")
        return
    if meant == "base":
        message = "The target is moved away from the base's prediction, which takes a forward more at every step."
        yield Finding("guidance-from", "info", where, message)
    else:
        scale = train.differential_guidance_scale
        message = (
            "The target is moved away from the LoRA's own prediction, as in AI Toolkit: with Mean Squared Error that "
            f"makes the gradient {scale:g} times as long, which optimizers such as AdamW divide out again."
        )
        fix = "Set wannb.differential_guidance to base for what the guides describe."
        yield Finding("guidance-from", "info", where, message, fix)


def _timesteps(job: Job) -> Findings:
    if job.train.timestep_type == "weighted":
        message = "Weighted draws as Linear and weights the loss by a curve measured on Flex.1, not on Wan."
        yield Finding("weighted", "info", "train.timestep_type", message)
