"""Preflight of a job together with its clips, its first frames and this machine: `wannb.check`."""

from collections.abc import Iterator
from dataclasses import replace

from wannb.data.caption_checks import caption_checks
from wannb.data.clips import ClipFolder
from wannb.data.items import clip_findings, folders_of
from wannb.data.kind_checks import kind_checks, learned
from wannb.data.preview_checks import preview_checks
from wannb.data.preview_cures import FirstFrames, Previews
from wannb.data.set_cures import mendable
from wannb.job import Finding, Job
from wannb.job.preflight import ORDER, findings
from wannb.machine import Machine

Folders = list[ClipFolder | None]
# Said by the job's own rules, there with the name of the setting, under this code or another.
SAID_OF_THE_JOB = {"no-folder", "not-4n1"}
WITHOUT_IMAGE = {"sample-no-control-image", "control-image-missing", "control-image-unreadable"}


def check(job: Job) -> list[Finding]:
    """Everything about `job`, its clips, its first frames and this machine that stops or disappoints a run, errors
    first."""
    return findings_on(job, folders_of(job), Machine.here())


def findings_on(job: Job, folders: Folders, machine: Machine | None = None) -> list[Finding]:
    """What `check` says of `job`, whose data sets' `folders` (`folders_of(job)`) are looked at already.

    machine: the one that would train; None leaves out what only a machine gives away.
    """
    of_job = findings(job, machine)
    found = [
        *of_job,
        *_of_clips(job, folders, of_job),
        *kind_checks(job, folders),
        *caption_checks(job, folders),
        *preview_checks(job),
    ]
    return sorted(_with_previews_cured(job, folders, found), key=lambda finding: ORDER[finding.severity])


def _of_clips(job: Job, folders: Folders, of_job: list[Finding]) -> Iterator[Finding]:
    """What the clips say by themselves, save what the job's own rules have said."""
    said = SAID_OF_THE_JOB | {finding.code for finding in of_job}
    stills = {
        str(folder.path)
        for folder, dataset in zip(folders, job.datasets, strict=True)
        if folder and dataset.num_frames == 1
    }
    sets = {id(finding): i for i, folder in enumerate(folders) if folder for finding in folder.findings}
    for finding in clip_findings(job, folders) if job.datasets else []:
        again = finding.code == "one-frame-i2v" and "i2v-one-frame" in said and finding.where in stills
        if finding.code in said or again:
            continue
        number = sets.get(id(finding))
        yield finding if number is None else mendable(job, number, folders[number], finding)


def _with_previews_cured(job: Job, folders: Folders, found: list[Finding]) -> Iterator[Finding]:
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
