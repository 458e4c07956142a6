"""The runs behind the table: small jobs on the tiny Wan that differ in one knob each."""

from pathlib import Path

from tools.knobs import lane
from wannb import bundled
from wannb.demo import demo_job
from wannb.job import Job
from wannb.job.dataset import Dataset
from wannb.job.sample import SampleItem

STEPS = 800
"""Steps that one expert gets, as in the demo."""
CLASS = "circle"
"""What the tiny Wan knows that is most like Frung: the class of DOP, and what regularization clips show."""
CLASS_PROMPTS = (
    "a circle comes in from the left on a red background",
    "a circle pops up on a teal background",
    "a circle comes in from the right on a blue background",
    "a circle pops up on a gray background",
)
"""Prompts without the trigger; their clips should stay the base's."""


def one_expert(kind: str, expert: str, out: Path) -> Job:
    """The demo's image-to-video lesson on `expert` alone."""
    job = demo_job(kind, "i2v", out, STEPS)
    job.name = f"{kind}_{expert}_only"
    job.model.model_kwargs.train_high_noise = expert == "high"
    job.model.model_kwargs.train_low_noise = expert == "low"
    return job


def lane_of(expert: str, out: Path) -> Job:
    """A path and a detail (`lane`), text-to-video, on `expert` alone."""
    job = demo_job("character", "t2v", out, STEPS)
    job.name, job.datasets[0].folder_path = f"lane_{expert}_only", str(bundled.lane())
    job.sample.samples = [SampleItem.new(prompt=prompt) for prompt in lane.PROMPTS]
    job.model.model_kwargs.train_high_noise = expert == "high"
    job.model.model_kwargs.train_low_noise = expert == "low"
    return job


def character(name: str, out: Path) -> Job:
    """The demo's text-to-video character, with clips of the class beside those of the trigger."""
    job = demo_job("character", "t2v", out, 2 * STEPS)
    job.name = name
    job.trigger_word = "frung"
    job.sample.samples = [*job.sample.samples, *(SampleItem.new(prompt=prompt) for prompt in CLASS_PROMPTS)]
    return job


def with_dop(out: Path) -> Job:
    """The character with Differential Output Preservation."""
    job = character("character_dop", out)
    job.train.diff_output_preservation, job.train.diff_output_preservation_class = True, CLASS
    return job


def with_regularization(out: Path, clips: Path) -> Job:
    """The character with `clips` of the class as a regularization set, of which every second batch is."""
    job = character("character_regularization", out)
    ours = job.datasets[0]
    reg = Dataset.new(folder_path=str(clips), resolution=ours.resolution, num_frames=ours.num_frames, is_reg=True)
    job.datasets = [ours, reg]
    return job
