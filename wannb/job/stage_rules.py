"""Preflight of the two experts' shares: what one of them alone leaves without effect, and what starves the other."""

from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.job.job import EXPERTS, Job
from wannb.job.stages import Stages

Findings = Iterator[Finding]
LABELS = {"high": "High Noise", "low": "Low Noise"}


def stage_findings(job: Job) -> Findings:
    if not job.stages:
        message = "Neither High Noise nor Low Noise is trained."
        yield Finding("no-stage", "error", "model.model_kwargs", message, "Switch one of them on.")
    if len(job.stages) == 2 and job.model.low_vram and job.train.switch_boundary_every == 1:
        message = "With Low VRAM a Switch Every of 1 moves an expert on and off the card at every step."
        yield Finding("swap-every-step", "warning", "train.switch_boundary_every", message, "Take 10 to 50.")
    for rule in (_share, _blocks, _boundary, _idle):
        yield from rule(job)


def _share(job: Job) -> Findings:
    where, share = "wannb.high_noise_share", job.wannb.high_noise_share
    if len(job.stages) == 2 and share in (0, 1):
        idle = "low" if share else "high"
        message = f"With a High-noise Share of {share:g} the {idle}-noise expert is loaded and never trained."
        yield Finding("share-starves", "error", where, message, f"Set model.model_kwargs.{EXPERTS[idle]} to false.")
    elif len(job.stages) == 1 and share != 0.5:
        message = f"High-noise Share has no effect: the {job.stages[0]}-noise expert gets every step."
        yield Finding("share-unused", "warning", where, message, "Leave it out, or train both experts.")


def _blocks(job: Job) -> Findings:
    """Blocks so long, for the steps there are, that an expert's turn never comes."""
    steps, switch = job.train.steps, job.train.switch_boundary_every
    if len(job.stages) < 2 or job.wannb.high_noise_share in (0, 1):
        return
    for expert in job.stages:
        if Stages.of(job).share(expert, steps) == 0:
            message = f"Of {steps} steps with a Switch Every of {switch} the {expert}-noise expert gets none."
            fix = "Lower Switch Every, or train more steps."
            yield Finding("no-turn", "warning", "train.switch_boundary_every", message, fix)


def _boundary(job: Job) -> Findings:
    if job.wannb.boundary == 1 and "high" in job.stages:
        message = "With an Expert Boundary of 1 no timestep is left to the high-noise expert."
        fix = "Leave it out (the model's own), or switch High Noise off."
        yield Finding("boundary-starves", "error", "wannb.boundary", message, fix)


def _idle(job: Job) -> Findings:
    for expert in EXPERTS.keys() - set(job.stages) if job.stages else ():
        own = getattr(job.wannb, expert)
        for key in type(own).model_fields:
            if getattr(own, key) is not None:
                where = f"wannb.{expert}.{key}"
                message = f"{where} has no effect: {LABELS[expert]} is off."
                yield Finding("expert-off", "warning", where, message, f"Switch {LABELS[expert]} on, or leave it out.")
