"""What gives previews that lack them prompts and first frames: both are taken from the clips."""

import re
from dataclasses import dataclass

from wannb.data.first_frames import give_first_frames
from wannb.data.items import folders_of
from wannb.data.kind_checks import learned
from wannb.data.video import probe
from wannb.job import Job
from wannb.job.cures import Put
from wannb.job.new_job import MOST_PROMPTS
from wannb.job.preview_places import own
from wannb.job.sample import SampleItem
from wannb.job.samples import Sample
from wannb.refusal import Refusal


@dataclass(frozen=True)
class FirstFrames:
    """Gives every preview whose first frame is missing or cannot be opened that of a clip (`give_first_frames`)."""

    def __call__(self, job: Job) -> None:
        before = job.to_dict()
        try:
            for i, sample in enumerate(job.samples):
                if sample.image is not None and not _opens(sample):
                    Put(own(job, i, {"ctrl_img": None}))(job)
            if not give_first_frames(job):
                raise Refusal("There is no clip to take a first frame from: set datasets[0].folder_path first.")
        except BaseException:
            job.replace(before)
            raise


@dataclass(frozen=True)
class Previews:
    """Gives a job without previews some with captions of its clips for prompts, and for I2V their first frames."""

    def __call__(self, job: Job) -> None:
        captions = [clip.caption for clip in learned(job, folders_of(job)) if clip.caption]
        prompts = [_with_slot(caption, job.trigger_word) for caption in dict.fromkeys(captions)][:MOST_PROMPTS]
        if not prompts:
            raise Refusal("No clip has a caption to take for a prompt: write sample.samples yourself.")
        before = job.to_dict()
        try:
            job.sample.samples = [SampleItem.new(prompt=prompt) for prompt in prompts]
            give_first_frames(job)
        except BaseException:
            job.replace(before)
            raise


def _opens(sample: Sample) -> bool:
    try:
        return bool(probe(sample.image))
    except Refusal:
        return False


def _with_slot(caption: str, trigger: str | None) -> str:
    """The caption with `[trigger]` where the word stands, so that another word takes its place here too."""
    word = (trigger or "").strip()
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "[trigger]", caption) if word else caption
