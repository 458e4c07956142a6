"""Preflight of the previews: what would stop them at step 250 is said before step 1."""

from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.job.frame_counts import not_4n1
from wannb.job.job import Job
from wannb.job.samples import Sample
from wannb.refusal import Refusal

SIDE = 16  # pixels: the VAE's 8 times the transformer's 2


def preview_findings(job: Job) -> Iterator[Finding]:
    """Findings on `sample`; none where sampling is disabled."""
    if job.train.disable_sampling:
        return
    try:
        samples = job.samples
    except Refusal as refusal:
        yield Finding("bad-flag", "error", "sample", str(refusal), "Mend the prompt.")
        return
    if not samples:
        message = "No previews will be made: there are no samples."
        yield Finding("no-samples", "warning", "sample.samples", message, "Add 2-4 prompts like the captions.")
    for i, sample in enumerate(samples):
        where = f"sample.samples[{i}]" if job.sample.samples else f"sample.prompts[{i}]"
        yield from _size(where, sample)
        yield from not_4n1(f"{where}.num_frames", sample.num_frames)
        yield from _prompt(job, where, i, sample)
        if job.task == "i2v":
            yield from _first_frame(where, i, sample)
    yield from _length(job, samples)


def _size(where: str, sample: Sample) -> Iterator[Finding]:
    for side in ("width", "height"):
        size = getattr(sample, side)
        if size < SIDE or size % SIDE:
            below = max(SIDE, size // SIDE * SIDE)
            message = f"A {side} of {size} is not a multiple of {SIDE} pixels."
            yield Finding("sample-size", "error", f"{where}.{side}", message, f"Take {below} or {below + SIDE}.")


def _prompt(job: Job, where: str, index: int, sample: Sample) -> Iterator[Finding]:
    written = job.sample.samples[index].prompt if job.sample.samples else job.sample.prompts[index]
    if not written.strip():
        yield Finding("empty-prompt", "warning", where, f"Sample {index + 1} has no prompt.", "Write one.")
    if "[trigger]" in written and not job.trigger_word:
        message = f"[trigger] in sample {index + 1} stands for nothing: the job has no trigger word."
        yield Finding("no-trigger", "warning", where, message, "Set trigger_word.")


def _first_frame(where: str, index: int, sample: Sample) -> Iterator[Finding]:
    if sample.image is None:
        message = f"Sample {index + 1} has no control image, and image-to-video needs a first frame."
        fix = "Set ctrl_img to an image; wannb.give_first_frames(job) takes first frames of the data set."
        yield Finding("sample-no-control-image", "error", f"{where}.ctrl_img", message, fix)
    elif not sample.image.is_file():
        message = f"There is no image {str(sample.image)!r} for sample {index + 1}."
        yield Finding("control-image-missing", "error", f"{where}.ctrl_img", message, "Set ctrl_img to an image.")


def _length(job: Job, samples: list[Sample]) -> Iterator[Finding]:
    trained = max((one.num_frames for one in job.datasets), default=1)
    if trained > 1 and any(one.num_frames > trained for one in samples):
        message = f"Previews are longer than the {trained} frames trained on: motion may run too fast in them."
        yield Finding(
            "longer-samples", "info", "sample.num_frames", message, "Or read them as a test of generalisation."
        )
