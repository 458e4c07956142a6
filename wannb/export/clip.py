"""The clip that a workflow, a script or a card is set to: one of the run's samples."""

import shutil
from dataclasses import replace
from pathlib import Path

from wannb.files import replacing
from wannb.job import Job, schedule
from wannb.job.samples import Sample
from wannb.refusal import Refusal

OPEN = Sample(  # what a job without samples leaves open
    prompt="",
    negative="",
    width=832,
    height=480,
    num_frames=81,
    fps=16,
    seed=42,
    guidance_scale=3.5,
    guidance_scale_2=3.5,
    steps=20,
    network_multiplier=1.0,
    image=None,
)
NAMES = (
    "prompt",
    "negative",
    "width",
    "height",
    "num_frames",
    "fps",
    "steps",
    "guidance_scale",
    "guidance_scale_2",
    "seed",
)


def chosen(job: Job, index: int = 0, prompt: str | None = None) -> Sample:
    """The job's sample of `index` (from 0), with another `prompt` where one is given; raises Refusal for an index that
    the job does not have."""
    samples = job.samples
    if not samples and index == 0:
        return replace(OPEN, prompt=prompt or "")
    if not 0 <= index < len(samples):
        raise Refusal(f"{job.name} has no sample {index}: it has {len(samples)}, counted from 0.")
    return samples[index] if prompt is None else replace(samples[index], prompt=prompt)


def settings(job: Job, sample: Sample, header: dict[str, str]) -> dict:
    """What `comfyui.workflow` and `diffusers_script.script` are told of the clip.

    Shift and boundary: the job's own, else those the run trained with, as its files' `header` says, else the model's.
    """
    clip = {name: getattr(sample, name) for name in NAMES}
    clip["negative"] = clip["negative"] or ""
    for name, of_task in (("shift", schedule.SHIFT), ("boundary", schedule.BOUNDARY)):
        own = getattr(job.wannb, name)
        clip[name] = own if own is not None else float(header.get(f"wannb.{name}", of_task[job.task]))
    return clip


def copy_image(job: Job, sample: Sample, out: Path) -> Path | None:
    """The sample's control image, beside the files under a name of its own; None where it has none."""
    image = sample.image
    if job.task != "i2v" or image is None or not Path(image).is_file():
        return None
    return copy(Path(image), out / f"{job.name}_start{Path(image).suffix}")


def copy(source: Path, target: Path) -> Path:
    """Copy a file so that it appears whole; to itself it stays."""
    if source.resolve() != target.resolve():
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
    return target
