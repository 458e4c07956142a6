"""Findings on a data set's clips as findings of the job: the setting that they are about, and what mends them."""

from dataclasses import replace

from wannb.data.clips import ClipFolder
from wannb.data.frames import WAN_FPS
from wannb.job import Finding, Job
from wannb.job.cures import Put
from wannb.job.data_rules import usual_frames
from wannb.job.triggers import made_up


def mendable(job: Job, number: int, folder: ClipFolder, finding: Finding) -> Finding:
    """`finding` of the data set `number` with its cure, and, where it is about a setting, with that for its place."""
    where = f"datasets[{number}]"
    if finding.code == "rate-not-wans":
        return replace(finding, where=f"{where}.fps", cure=Put({f"{where}.fps": WAN_FPS}))
    if finding.code == "same-size-twice":
        key, kept = f"{where}.resolution", _that_differ(folder)
        return replace(finding, where=key, cure=Put({key: kept}) if kept else None)
    if finding.code == "no-trigger":
        return replace(finding, cure=Put({"trigger_word": made_up(job)}))
    if finding.code == "first-frame-only":
        return replace(finding, cure=Put({f"{where}.num_frames": usual_frames(job)}))
    return finding


def _that_differ(folder: ClipFolder) -> list[int]:
    """The smallest resolutions of which no clip has one size at two; none where that would leave none out."""
    kept: list[int] = []
    for resolution in sorted(folder.resolutions):
        places = [folder.resolutions.index(one) for one in (*kept, resolution)]
        if all(len({clip.buckets[place] for place in places}) == len(places) for clip in folder.clips):
            kept.append(resolution)
    return kept if 0 < len(kept) < len(folder.resolutions) else []
