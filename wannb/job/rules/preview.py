"""Preflight of the previews: what would stop them at step 250 is said before step 1."""

from collections.abc import Iterator
from dataclasses import replace

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.frame_counts import not_4n1
from wannb.job.job import Job
from wannb.job.preview_places import given, key_of
from wannb.job.rules.data import nearer
from wannb.job.rules.prompt import prompt_findings
from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.words import say

Findings = Iterator[Finding]
SIDE = 16  # pixels: the VAE's 8 times the transformer's 2
WAN_FPS = 16
"""What Wan was trained at and plays at (Wan-Video/Wan2.2, wan/configs, `sample_fps`)."""
GUIDANCE, STEPS = (2, 6), (15, 50)
"""Between these previews look as they should; the guides say 3.5-4 (T2V 2-4) and 25."""


def preview_findings(job: Job) -> Findings:
    """Findings on `sample`; none where sampling is disabled. What holds for all samples is said once."""
    if job.train.disable_sampling:
        return
    where = "sample.samples" if job.sample.samples else "sample.prompts"
    try:
        samples = job.samples
    except Refusal as refusal:
        yield Finding("bad-flag", "error", where, str(refusal), say("Mend the prompt."))
        return
    if not samples:
        message = say("No previews will be made: there are no samples.")
        yield Finding("no-samples", "warning", "sample.samples", message, say("Add 2-4 prompts like the captions."))
    said = set()
    for i, sample in enumerate(samples):
        for rule in (_size, _frames, _length, _fps, _guidance, _steps, _first_frame):
            for finding in rule(job, i, sample):
                if (finding.code, finding.where, finding.message) not in said:
                    said.add((finding.code, finding.where, finding.message))
                    yield finding
    yield from prompt_findings(job, samples)


def _mendable(job: Job, index: int, field: str, value: object, *said: str) -> Finding:
    """The finding (code, severity, message, fix) on a setting of sample `index` whose cure gives it `value`, there
    where it stands."""
    code, severity, message, fix = said
    cure = Put(given(job, index, {field: value}))
    return Finding(code, severity, key_of(job, index, field), message, fix, cure)


def _size(job: Job, index: int, sample: Sample) -> Findings:
    for side in ("width", "height"):
        size = getattr(sample, side)
        if size < SIDE or size % SIDE:
            below = max(SIDE, size // SIDE * SIDE)
            near = below if size - below <= SIDE // 2 else below + SIDE
            wide = say("A width of {size} is not a multiple of {side} pixels.", size=size, side=SIDE)
            high = say("A height of {size} is not a multiple of {side} pixels.", size=size, side=SIDE)
            message = wide if side == "width" else high
            fix = say("Take {below} or {above}.", below=below, above=below + SIDE)
            yield _mendable(job, index, side, near, "sample-size", "error", message, fix)


def _frames(job: Job, index: int, sample: Sample) -> Findings:
    cure = Put(given(job, index, {"num_frames": nearer(sample.num_frames)}))
    for finding in not_4n1(key_of(job, index, "num_frames"), sample.num_frames):
        yield replace(finding, cure=cure)


def _length(job: Job, index: int, sample: Sample) -> Findings:
    """Motion learned over few frames comes out fast over many."""
    shown, trained = sample.num_frames, max((one.num_frames for one in job.datasets), default=0)
    if not trained or shown <= nearer(trained) or any(one.auto_frame_count for one in job.datasets):
        return
    one = say("Previews have {shown} frames and 1 frame is trained on: motion runs too fast in them.", shown=shown)
    many = say(
        "Previews have {shown} frames and {trained} frames are trained on: motion runs too fast in them.",
        shown=shown,
        trained=trained,
    )
    message = one if trained == 1 else many
    fix = say("Sample what is trained; longer ones are a test of generalisation alone.")
    yield _mendable(job, index, "num_frames", nearer(trained), "longer-samples", "warning", message, fix)


def _fps(job: Job, index: int, sample: Sample) -> Findings:
    if sample.fps != WAN_FPS:
        fast = say("Previews play at {fps} fps and Wan's clips are of {wan}: motion looks faster than it is.",
                   fps=sample.fps, wan=WAN_FPS)  # fmt: skip
        slow = say("Previews play at {fps} fps and Wan's clips are of {wan}: motion looks slower than it is.",
                   fps=sample.fps, wan=WAN_FPS)  # fmt: skip
        message, fix = fast if sample.fps > WAN_FPS else slow, say("Set it to {value}.", value=WAN_FPS)
        yield _mendable(job, index, "fps", WAN_FPS, "sample-fps", "warning", message, fix)


def _guidance(job: Job, index: int, sample: Sample) -> Findings:
    least, most = GUIDANCE
    if not least <= sample.guidance_scale <= most:
        scale = sample.guidance_scale
        burnt = say("With a Guidance Scale of {scale:g} colours burn in previews.", scale=scale)
        deaf = say("With a Guidance Scale of {scale:g} prompts hardly count in previews.", scale=scale)
        message = burnt if scale > most else deaf
        fix = say("Set it to 3.5-4 (T2V 2-4).")
        yield _mendable(job, index, "guidance_scale", 3.5, "guidance-scale", "info", message, fix)


def _steps(job: Job, index: int, sample: Sample) -> Findings:
    least, most = STEPS
    if not least <= sample.steps <= most:
        long = say("Previews of {steps} steps take long and show little more.", steps=sample.steps)
        short = say("Previews of {steps} steps look unfinished.", steps=sample.steps)
        message, fix = long if sample.steps > most else short, say("25 are enough to judge by.")
        yield _mendable(job, index, "sample_steps", 25, "sample-steps", "info", message, fix)


def _first_frame(job: Job, index: int, sample: Sample) -> Findings:
    """The cures, which need clips, are wannb.data.preflight's."""
    if job.task != "i2v":
        return
    where = key_of(job, index, "ctrl_img")
    if sample.image is None:
        message = say("Sample {number} has no control image, and image-to-video needs a first frame.", number=index + 1)
        fix = say("Set ctrl_img to an image; wannb.give_first_frames(job) takes first frames of the data set.")
        yield Finding("sample-no-control-image", "error", where, message, fix)
    elif not sample.image.is_file():
        message = say("There is no image {image!r} for sample {number}.", image=str(sample.image), number=index + 1)
        yield Finding("control-image-missing", "error", where, message, say("Set ctrl_img to an image."))
