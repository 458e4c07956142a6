"""Preflight of a job together with its clips and control images: `wannb.check`."""

from wannb.data.items import clip_findings, folders_of
from wannb.data.video import probe
from wannb.job import Finding, Job
from wannb.job.preflight import ORDER, findings
from wannb.refusal import Refusal

# Said by the job's own rules, there with the name of the setting, under this code or another.
SAID_OF_THE_JOB = {"no-folder", "not-4n1"}


def check(job: Job) -> list[Finding]:
    """Everything about `job`, its clips and its control images that stops or disappoints a run, errors first."""
    of_job = findings(job)
    known = SAID_OF_THE_JOB | {finding.code for finding in of_job}
    of_clips = [finding for finding in _clips(job) if finding.code not in known]
    return sorted([*of_job, *of_clips, *_control_images(job)], key=lambda finding: ORDER[finding.severity])


def _clips(job: Job) -> list[Finding]:
    return clip_findings(job, folders_of(job)) if job.datasets else []


def _control_images(job: Job) -> list[Finding]:
    """First frames that are there but cannot be opened."""
    if job.task != "i2v" or job.train.disable_sampling:
        return []
    said = []
    for i, image in enumerate(_images(job)):
        if image is None or not image.is_file():
            continue
        try:
            probe(image)
        except Refusal as refusal:
            where = f"sample.samples[{i}].ctrl_img"
            said.append(Finding("control-image-unreadable", "error", where, str(refusal), "Set ctrl_img to an image."))
    return said


def _images(job: Job) -> list:
    try:
        return [sample.image for sample in job.samples]
    except Refusal:  # a malformed prompt, which is a finding of its own
        return []
