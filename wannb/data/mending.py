"""`wannb.mend`: does what the findings on a job say is to be done, as far as that needs no person."""

from wannb.data.preflight import check
from wannb.job import Finding, Job
from wannb.refusal import Refusal

MOST = 200
"""Cures tried, against a pair that would undo each other for ever."""


def mend(job: Job) -> list[Finding]:
    """Cure the errors and warnings of `job`, in place, until none is left that has a cure; return those cured.

    A cure that does not help, or brings an error that was not there, is taken back.
    """
    cured: list[Finding] = []
    tried: set[tuple[str, str, str]] = set()
    found = check(job)
    for _ in range(MOST):
        finding = next((one for one in found if _is_curable(one) and _name(one) not in tried), None)
        if finding is None:
            break
        tried.add(_name(finding))
        after = _after(job, finding, found)
        if after is not None:
            cured.append(finding)
            found = after
    return cured


def _is_curable(finding: Finding) -> bool:
    return finding.severity != "info" and finding.cure is not None


def _name(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.where, finding.message


def _after(job: Job, finding: Finding, found: list[Finding]) -> list[Finding] | None:
    """What is found once `finding` is cured; None, with the job as it was, where the cure was none."""
    before = job.to_dict()
    try:
        finding.cure(job)
    except Refusal:
        return None
    after = check(job)
    if finding in after or _errors(after) - _errors(found):
        job.replace(before)
        return None
    return after


def _errors(found: list[Finding]) -> set[tuple[str, str]]:
    return {(one.code, one.where) for one in found if one.severity == "error"}
