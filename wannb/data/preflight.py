"""Preflight of a job together with its clips, its first frames and this machine: `wannb.check`."""

from collections.abc import Iterator
from dataclasses import replace

from wannb.data.caption_checks import caption_checks
from wannb.data.clips import ClipFolder
from wannb.data.items import clip_findings, folders_of
from wannb.data.kind_checks import kind_checks, learned
from wannb.data.outlook import estimate
from wannb.data.preview_checks import preview_checks
from wannb.data.preview_cures import FirstFrames, Previews
from wannb.data.set_cures import SetCures
from wannb.job import Finding, Job
from wannb.job.cost.estimate import Estimate
from wannb.job.preflight import ORDER, findings
from wannb.job.rules.resources import resource_findings
from wannb.machine import Machine

Folders = list[ClipFolder | None]
# Said by the job's own rules, there with the name of the setting, under this code or another.
SAID_OF_THE_JOB = {"no-folder", "not-4n1"}
WITHOUT_IMAGE = {"sample-no-control-image", "control-image-missing", "control-image-unreadable"}


def check(job: Job) -> list[Finding]:
    """Everything about `job`, its clips, its first frames and this machine that stops or disappoints a run, errors
    first."""
    return findings_on(job, folders_of(job), Machine.here())


def findings_on(
    job: Job, folders: Folders, machine: Machine | None = None, estimated: Estimate | None = None
) -> list[Finding]:
    """What `check` says of `job`, whose data sets' `folders` (`folders_of(job)`) are looked at already.

    machine: the one that would train; None leaves out what only a machine gives away. estimated: the job's estimate
    where it is known already.
    """
    cures = {i: SetCures(job, i, folder) for i, folder in enumerate(folders) if folder}
    of_job = [_with_clips(job, cures, finding) for finding in findings(job, machine)]
    found = [
        *of_job,
        *resource_findings(job, estimated or estimate(job, folders, machine)),
        *_of_clips(job, folders, cures, {finding.code for finding in of_job}),
        *kind_checks(job, folders),
        *caption_checks(job, folders),
        *preview_checks(job),
    ]
    return sorted(_with_previews(job, folders, found), key=lambda finding: ORDER[finding.severity])


def _of_clips(job: Job, folders: Folders, cures: dict[int, SetCures], said: set[str]) -> Iterator[Finding]:
    """What the clips say by themselves, save what the job's own rules have `said`."""
    sets = {id(finding): i for i in cures for finding in folders[i].findings}
    stills = {str(folders[i].path) for i in cures if "i2v-one-frame" in said and job.datasets[i].num_frames == 1}
    for finding in clip_findings(job, folders) if job.datasets else []:
        if finding.code in SAID_OF_THE_JOB | said or finding.code == "one-frame-i2v" and finding.where in stills:
            continue
        number = sets.get(id(finding))
        yield finding if number is None else cures[number].mendable(finding)


def _with_clips(job: Job, cures: dict[int, SetCures], finding: Finding) -> Finding:
    """A finding of the job whose cure depends on the clips of a data set."""
    if finding.code != "i2v-one-frame":
        return finding
    number = next(i for i in range(len(job.datasets)) if finding.where.startswith(f"datasets[{i}]."))
    return cures[number].mendable(finding) if number in cures else finding


def _with_previews(job: Job, folders: Folders, found: list[Finding]) -> Iterator[Finding]:
    """`found`, with cures for lacking previews and first frames where there are clips to take them from."""
    clips = learned(job, folders)
    for finding in found:
        if finding.code in WITHOUT_IMAGE and clips:
            fix = "Take the first frames of clips (wannb.give_first_frames), or set ctrl_img to an image of your own."
            yield replace(finding, fix=fix, cure=FirstFrames())
        elif finding.code == "no-samples" and any(clip.caption for clip in clips):
            yield replace(finding, cure=Previews())
        else:
            yield finding
