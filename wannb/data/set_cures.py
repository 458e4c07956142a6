"""Findings on a data set's clips as findings of the job: the setting that they are about, and what mends them."""

from dataclasses import replace
from functools import cached_property

from wannb.data.clips import ClipFolder
from wannb.data.frames import WAN_FPS, nearest_counts
from wannb.job import Finding, Job
from wannb.job.cures import Put
from wannb.job.rules.data import usual_frames
from wannb.job.triggers import made_up

MOST_CLIPS = 0.75
"""Of a set have to hold the frames that a cure sets; the rest repeat some."""
MOTION = 5
"""Frames from which on there is a latent beside the first one's."""


class SetCures:
    """What mends findings on the clips in `folder`, the data set `number` of `job`."""

    def __init__(self, job: Job, number: int, folder: ClipFolder) -> None:
        self.job, self.number, self.folder = job, number, folder

    def mendable(self, finding: Finding) -> Finding:
        """`finding` with its cure, and, where it is about a setting, with that for its place."""
        where = f"datasets[{self.number}]"
        if finding.code == "rate-not-wans":
            return replace(finding, where=f"{where}.fps", cure=Put({f"{where}.fps": WAN_FPS}))
        if finding.code == "same-size-twice":
            key, kept = f"{where}.resolution", self._that_differ()
            return replace(finding, where=key, cure=Put({key: kept}) if kept else None)
        if finding.code == "no-trigger":
            return replace(finding, cure=Put({"trigger_word": made_up(self.job)}))
        if finding.code in ("first-frame-only", "i2v-one-frame"):
            count = min(self._held, usual_frames(self.job))
            return replace(finding, cure=Put({f"{where}.num_frames": count}) if count >= MOTION else None)
        if finding.code == "images" and not self._lengths and self.job.task == "t2v":
            return replace(finding, fix="A set of images takes 1 frame.", cure=Put({f"{where}.num_frames": 1}))
        if finding.code == "repeats-frames":
            return replace(finding, cure=self._shorter(finding.where))
        return finding

    def _shorter(self, clip: str) -> Put | None:
        """As many frames as most clips hold, where most lack some of those asked for; not for the sake of a few."""
        mode, held = self.folder.mode, self._held
        if not mode.shrink or mode.auto or not MOTION <= held < mode.num_frames or held > self._lengths.get(clip, 0):
            return None
        return Put({f"datasets[{self.number}].num_frames": held})

    @cached_property
    def _lengths(self) -> dict[str, int]:
        """Frames of each clip that moves, by its shown name."""
        videos = [clip for clip in self.folder.clips if not clip.facts.is_image]
        return {clip.name: clip.facts.frames for clip in videos}

    @cached_property
    def _held(self) -> int:
        """The largest 4n+1 that most clips have frames for; 1 without clips that move."""
        lengths = sorted(self._lengths.values())
        return nearest_counts(lengths[int((1 - MOST_CLIPS) * len(lengths))])[0] if lengths else 1

    def _that_differ(self) -> list[int]:
        """The smallest resolutions of which no clip has one size at two; none where that would leave none out."""
        folder, kept = self.folder, []
        for resolution in sorted(folder.resolutions):
            places = [folder.resolutions.index(one) for one in (*kept, resolution)]
            if all(len({clip.buckets[place] for place in places}) == len(places) for clip in folder.clips):
                kept.append(resolution)
        return kept if 0 < len(kept) < len(folder.resolutions) else []
