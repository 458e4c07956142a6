"""Preflight of the two experts' shares: what one of them alone leaves without effect, and what starves the other."""

from collections.abc import Iterator
from typing import Any

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import EXPERTS, Job
from wannb.job.stages import Stages
from wannb.words import say

Findings = Iterator[Finding]
LABELS = {"high": "High Noise", "low": "Low Noise"}
SWITCH, SHARE = "train.switch_boundary_every", "wannb.high_noise_share"
USUAL = 10
"""Steps on one expert before the other, as the guides have it."""


def switch_key(expert: str) -> str:
    """The setting that says whether `expert` ("high" | "low") is trained."""
    return f"model.model_kwargs.{EXPERTS[expert]}"


def switched_on(job: Job, *experts: str) -> Put:
    """Train `experts` too, with a share and a boundary that leave both some steps."""
    values: dict[str, Any] = {switch_key(one): True for one in experts}
    if job.wannb.high_noise_share in (0, 1):
        values[SHARE] = 0.5
    if job.wannb.boundary == 1:
        values["wannb.boundary"] = None
    return Put(values)


def stage_findings(job: Job) -> Findings:
    if not job.stages:
        message, cure = say("Neither High Noise nor Low Noise is trained."), switched_on(job, *EXPERTS)
        yield Finding("no-stage", "error", switch_key("high"), message, say("Switch one of them on."), cure)
    if len(job.stages) == 2 and job.model.low_vram and job.train.switch_boundary_every == 1:
        message = say("With Low VRAM a Switch Every of 1 step moves an expert on and off the card at every step.")
        yield Finding("swap-every-step", "warning", SWITCH, message, say("Take 10 to 50."), Put({SWITCH: USUAL}))
    elif len(job.stages) == 2 and job.model.low_vram and job.train.switch_boundary_every < USUAL:
        message = say(
            "With Low VRAM the experts are swapped every {steps} steps: that takes time.",
            steps=job.train.switch_boundary_every,
        )
        yield Finding("swap-often", "info", SWITCH, message, say("Take 10 to 50."), Put({SWITCH: USUAL}))
    for rule in (_share, _blocks, _boundary, _idle):
        yield from rule(job)


def _share(job: Job) -> Findings:
    share = job.wannb.high_noise_share
    if len(job.stages) == 2 and share in (0, 1):
        idle = "low" if share else "high"
        message = say(
            "With a High-noise Share of {share:g} the {idle}-noise expert is loaded and never trained.",
            share=share,
            idle=idle,
        )
        cure = Put({switch_key(idle): False, SHARE: 0.5})
        fix = say("Set {key} to {value}.", key=switch_key(idle), value="false")
        yield Finding("share-starves", "error", SHARE, message, fix, cure)
    elif len(job.stages) == 1 and share != 0.5:
        message = say(
            "High-noise Share has no effect: the {expert}-noise expert gets every step.", expert=job.stages[0]
        )
        fix, cure = say("Leave it out, or train both experts."), Put({SHARE: 0.5})
        yield Finding("share-unused", "warning", SHARE, message, fix, cure)


def _blocks(job: Job) -> Findings:
    """Blocks so long, for the steps there are, that an expert's turn never comes."""
    steps, switch = job.train.steps, job.train.switch_boundary_every
    if len(job.stages) < 2 or job.wannb.high_noise_share in (0, 1):
        return
    for expert in job.stages:
        if Stages.of(job).share(expert, steps) == 0:
            message = say(
                "Of {steps} steps with a Switch Every of {switch} the {expert}-noise expert gets none.",
                steps=steps,
                switch=switch,
                expert=expert,
            )
            shorter = _switch_that_reaches_both(job)
            cure = Put({SWITCH: shorter}) if shorter else None
            yield Finding("no-turn", "warning", SWITCH, message, say("Lower Switch Every, or train more steps."), cure)


def _switch_that_reaches_both(job: Job) -> int | None:
    """The longest block of 10 steps or fewer with which both experts get steps; None where even 1 gives one none."""
    share, steps = job.wannb.high_noise_share, job.train.steps
    for switch in range(USUAL, 0, -1):
        stages = Stages(switch, ("high", "low"), share)
        if all(stages.share(expert, steps) for expert in stages.experts):
            return switch
    return None


def _boundary(job: Job) -> Findings:
    if job.wannb.boundary == 1 and "high" in job.stages:
        message = say("With an Expert Boundary of 1 no timestep is left to the high-noise expert.")
        fix = say("Leave it out (the model's own), or switch High Noise off.")
        yield Finding("boundary-starves", "error", "wannb.boundary", message, fix, Put({"wannb.boundary": None}))


def _idle(job: Job) -> Findings:
    for expert in EXPERTS.keys() - set(job.stages) if job.stages else ():
        own = getattr(job.wannb, expert)
        for key in type(own).model_fields:
            if getattr(own, key) is not None:
                where = f"wannb.{expert}.{key}"
                message = say("{key} has no effect: {label} is off.", key=where, label=LABELS[expert])
                fix = say("Switch {label} on, or leave it out.", label=LABELS[expert])
                yield Finding("expert-off", "warning", where, message, fix, Put({where: None}))
