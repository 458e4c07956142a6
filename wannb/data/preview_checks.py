"""What there is to say about first frames once they are looked at: that they open, and how much of them is shown."""

from collections.abc import Iterator
from itertools import product
from math import sqrt

from wannb.data import lost
from wannb.data.facts import VideoFacts
from wannb.data.video import probe
from wannb.job import Finding, Job
from wannb.job.cures import Put
from wannb.job.preview_places import key_of, own
from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.words import say

Findings = Iterator[Finding]
SIDE = 16
MOST_CUT = 0.2
"""Of a first frame's area; what is cut off at the sides is not what the clips showed."""


def preview_checks(job: Job) -> Findings:
    """Of image-to-video previews whose image is there; that it is not is the job's own finding."""
    if job.task != "i2v" or job.train.disable_sampling:
        return
    for i, sample in enumerate(_samples(job)):
        if sample.image is None or not sample.image.is_file():
            continue
        try:
            facts = probe(sample.image)
        except Refusal as refusal:
            where, fix = key_of(job, i, "ctrl_img"), say("Set ctrl_img to an image.")
            yield Finding("control-image-unreadable", "error", where, str(refusal), fix)
        else:
            yield from _shape(job, i, sample, facts)


def _samples(job: Job) -> list[Sample]:
    try:
        return job.samples
    except Refusal:  # a malformed prompt, which is a finding of its own
        return []


def _shape(job: Job, index: int, sample: Sample, facts: VideoFacts) -> Findings:
    cut = lost.cropped(facts.width, facts.height, (sample.width, sample.height))
    if cut <= MOST_CUT:
        return
    width, height = like(facts, sample.width * sample.height)
    message = say(
        "The first frame of sample {number} is {width}x{height} and the preview "
        "{sample_width}x{sample_height}: {cut:.0%} of it is cut off.",
        number=index + 1,
        width=facts.width,
        height=facts.height,
        sample_width=sample.width,
        sample_height=sample.height,
        cut=cut,
    )
    helps = lost.cropped(facts.width, facts.height, (width, height)) <= MOST_CUT
    cure = Put(own(job, index, {"width": width, "height": height})) if helps else None
    where = key_of(job, index, "width")
    yield Finding(
        "control-image-aspect",
        "info",
        where,
        message,
        say("Make it {width}x{height}.", width=width, height=height),
        cure,
    )


def like(facts: VideoFacts, area: int) -> tuple[int, int]:
    """(W, H), multiples of 16, of about `area` pixels and the shape of the image: the pair that cuts off least."""
    scale = sqrt(area / (facts.width * facts.height))
    steps = [int(side * scale / SIDE) for side in (facts.width, facts.height)]
    sides = [{max(1, below) * SIDE, (below + 1) * SIDE} for below in steps]
    return min(product(*sides), key=lambda size: lost.cropped(facts.width, facts.height, size))
