"""What is done otherwise here than in AI Toolkit, of all that one of its files really sets (ai-toolkit.md 0, 2, 6).

A file that has settings of our own (`wannb`) is known to be for here, and nothing of this is said.
"""

from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.qtypes import held, quantizes_text
from wannb.job.rules.stage import switch_key
from wannb.job.schedule import BOUNDARY, SHIFT
from wannb.job.triggers import triggers
from wannb.words import say

Findings = Iterator[Finding]
THEIR_BOUNDARY, THEIR_SHIFT = 0.875, 5.0


def ai_toolkit_findings(job: Job) -> Findings:
    if not job.wannb.written():
        for rule in (_schedule, _draws, _captions, _batches, _memory):
            for code, where, message, fix in rule(job):
                yield Finding(code, "info", where, message, fix)


Differences = Iterator[tuple[str, str, str, str]]
"""(code, setting, what differs, what to do where that is not wanted)"""


def _schedule(job: Job) -> Differences:
    if BOUNDARY[job.task] != THEIR_BOUNDARY:
        message = say(
            "AI Toolkit splits image-to-video at {theirs}; here the experts change at Wan's own {own:.3f}.",
            theirs=THEIR_BOUNDARY,
            own=BOUNDARY[job.task],
        )
        fix = say("For AI Toolkit's split set wannb.boundary to {theirs}.", theirs=THEIR_BOUNDARY)
        yield "ai-toolkit-boundary", "wannb.boundary", message, fix
    if SHIFT[job.task] != THEIR_SHIFT and (job.train.timestep_type == "shift" or not job.train.disable_sampling):
        message = say(
            "AI Toolkit shifts text-to-video by {theirs:g}; here it is Wan's own {own:g}.",
            theirs=THEIR_SHIFT,
            own=SHIFT[job.task],
        )
        yield (
            "ai-toolkit-shift",
            "wannb.shift",
            message,
            say("For AI Toolkit's set wannb.shift to {theirs:g}.", theirs=THEIR_SHIFT),
        )
    if job.train.timestep_type == "sigmoid":
        message = say("AI Toolkit's Sigmoid hardly ever draws above 0.975; here each expert's whole range is drawn.")
        yield "ai-toolkit-sigmoid", "train.timestep_type", message, say("wannb.plot_timesteps(job) shows it.")


def _draws(job: Job) -> Differences:
    for i, dataset in enumerate(job.datasets):
        if dataset.network_weight not in (0, 1):
            message = say(
                "LoRA Weight {weight:g} says here how often the set is drawn; in AI Toolkit it is "
                "the LoRA's strength in the forward pass.",
                weight=dataset.network_weight,
            )
            fix = say("For how much its loss counts there is loss_multiplier.")
            yield "weight-is-draws", f"datasets[{i}].network_weight", message, fix
    if job.train.switch_boundary_every == 1 and any(one.is_reg for one in job.datasets) and len(job.stages) == 2:
        message = say(
            "AI Toolkit gives the high-noise expert hardly any but regularization clips at a Switch Every of 1."
        )
        fix = say("Here each expert gets both kinds alike.")
        yield "reg-with-switch-one", "train.switch_boundary_every", message, fix


def _captions(job: Job) -> Differences:
    dropped = [i for i, one in enumerate(job.datasets) if one.caption_dropout_rate and not one.is_reg]
    if dropped and triggers(job):
        where = f"datasets[{dropped[0]}].caption_dropout_rate"
        message = say("A dropped caption is the empty one here; in AI Toolkit it is the trigger word alone.")
        yield "dropout-to-empty", where, message, say("That keeps guidance, which steers away from the empty prompt.")


def _batches(job: Job) -> Differences:
    if job.train.gradient_accumulation > 1:
        where = "train.gradient_accumulation"
        message = say("The batches of a step are averaged here and counted as one; AI Toolkit adds their losses up.")
        yield "accumulation-averaged", where, message, say("Switch Every counts steps here, and batches there.")
    sets = enumerate(job.datasets)
    true = [i for i, one in sets if not (one.shrink_video_to_frames or one.auto_frame_count)]
    if true:
        message = say("Frames at a true rate are the nearest in time here; AI Toolkit takes every whole n-th one.")
        yield "true-rate", f"datasets[{true[0]}].fps", message, say("16 is Wan's own rate.")


def _memory(job: Job) -> Differences:
    model = job.model
    if model.quantize and quantizes_text(model) and held(model.qtype_te) != held(model.qtype):
        message = say(
            "The text encoder is held in {qtype_te} here; AI Toolkit ignores that and takes {qtype}.",
            qtype_te=model.qtype_te,
            qtype=model.qtype,
        )
        yield "qtype-te", "model.qtype_te", message, say("Captions lose next to nothing by 8 bits.")
    cached = [i for i, one in enumerate(job.datasets) if one.cache_latents or one.cache_latents_to_disk]
    moving = [i for i in cached if job.datasets[i].num_frames > 1]
    if moving and job.task == "i2v":
        where = f"datasets[{moving[0]}].cache_latents_to_disk"
        message = say("Cache Latents with clips of several frames stops AI Toolkit in image-to-video; here it works.")
        yield "ai-toolkit-cache", where, message, say("For AI Toolkit switch it off.")
    if len(job.stages) == 1:
        message = say("AI Toolkit loads both experts where one is trained; here one is, so less memory is taken.")
        where = switch_key("low" if job.stages == ["high"] else "high")
        yield "one-expert-loaded", where, message, say("Previews load the other one when they are made.")
