"""Preflight of what the guides advise for the kind of LoRA: experts, bias, rank, steps, flips, preservation.

Nothing is said of a job that names no kind.
"""

from collections.abc import Iterator

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.guides.facts import STEPS
from wannb.job.job import Job
from wannb.job.rules.network import rank_put, ranks
from wannb.job.rules.preservation import CLASS, DOP, class_for
from wannb.job.rules.stage import switch_key, switched_on
from wannb.job.triggers import triggers
from wannb.words import say

Findings = Iterator[Finding]
BIAS = "train.content_or_style"
LEAST_RANK = {"motion": 8, "style": 8, "character": 16}
USUAL_RANK = {"motion": 16, "style": 16, "character": 32}
MIRRORED = {
    "motion": say("Flip X adds mirrored copies, and a motion has a direction; captions are not mirrored."),
    "character": say("Flip X adds mirrored copies, and no face is its own mirror image; captions are not mirrored."),
}
A_KIND = {"motion": say("a motion"), "style": say("a style"), "character": say("a character")}


def kind_findings(job: Job) -> Findings:
    if job.wannb.kind in A_KIND:
        for rule in (_experts, _bias, _rank, _steps, _flips, _preservation):
            yield from rule(job, job.wannb.kind)


def _experts(job: Job, kind: str) -> Findings:
    if kind == "motion" and job.stages == ["low"]:
        where, fix = switch_key("high"), say("Switch High Noise on.")
        message = "High Noise is off: that expert decides motion and camera, and without it they hardly change."
        yield Finding("motion-without-high", "warning", where, message, fix, switched_on(job, "high"))
    if kind != "motion" and job.stages == ["high"]:
        where, fix = switch_key("low"), say("Switch Low Noise on.")
        message = f"Low Noise is off: that expert draws detail, texture and faces, which {A_KIND[kind]} lives on."
        yield Finding("detail-without-low", "warning", where, message, fix, switched_on(job, "low"))


def _bias(job: Job, kind: str) -> Findings:
    against = {
        ("motion", "style"): say(
            "Favor Low Noise draws few of the noisiest steps, where motion is decided: the guides take Balanced for a "
            "motion."
        ),
        ("character", "content"): say(
            "Favor High Noise draws few of the last steps, the detail of a face: the guides take Balanced for a "
            "character."
        ),
    }
    message = against.get((kind, job.train.content_or_style))
    if message:
        fix, cure = say("Set it to balanced."), Put({BIAS: "balanced"})
        yield Finding("bias-against-kind", "warning", BIAS, message, fix, cure)


def _rank(job: Job, kind: str) -> Findings:
    for where, rank in ranks(job).items():
        if rank < LEAST_RANK[kind]:
            usual = USUAL_RANK[kind]
            message = say(
                "A rank of {rank} holds too little of {kind}: the guides take 16 to 32.", rank=rank, kind=A_KIND[kind]
            )
            yield Finding(
                "rank-low", "warning", where, message, say("Take {count}.", count=usual), rank_put(job, where, usual)
            )


def _steps(job: Job, kind: str) -> Findings:
    least, most = STEPS[kind]
    steps = job.train.steps
    if not least <= steps <= most:
        near = least if steps < least else most
        message = say(
            "The run has {steps} steps, and the guides take {least}-{most} for {kind}.",
            steps=steps,
            least=least,
            most=most,
            kind=A_KIND[kind],
        )
        many = say("More clips want more steps; past that it learns the clips by heart.")
        fix = many if steps > most else say("Fewer clips want fewer steps.")
        yield Finding("steps-for-kind", "info", "train.steps", message, fix, Put({"train.steps": near}))


def _flips(job: Job, kind: str) -> Findings:
    for i, dataset in enumerate(job.datasets):
        where = f"datasets[{i}]"
        if dataset.flip_x and kind != "style":
            message = MIRRORED[kind]
            cure = Put({f"{where}.flip_x": False})
            yield Finding("flip-against-kind", "warning", f"{where}.flip_x", message, say("Switch it off."), cure)
        if dataset.flip_y:
            message, cure = say("Flip Y adds copies that hang upside down."), Put({f"{where}.flip_y": False})
            yield Finding("flip-against-kind", "warning", f"{where}.flip_y", message, say("Switch it off."), cure)


def _preservation(job: Job, kind: str) -> Findings:
    on = job.train.diff_output_preservation
    if on and kind == "motion":
        message = say("Differential Output Preservation doubles the compute, and the guides leave it off for a motion.")
        yield Finding("dop-for-motion", "info", DOP, message, say("Switch it off."), Put({DOP: False}))
    elif not on and kind != "motion" and triggers(job) and not job.train.blank_prompt_preservation:
        name = class_for(job)
        message = say(
            "Differential Output Preservation is off: prompts without the Trigger Word show what is learned too."
        )
        fix = say("Switch it on with the class {name}; it doubles the compute.", name=name)
        yield Finding("dop-off", "info", DOP, message, fix, Put({DOP: True, CLASS: name}))
