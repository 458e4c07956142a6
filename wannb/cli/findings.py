"""Findings in a shell."""

import sys
from collections.abc import Iterable

from wannb.job import Finding, Job


def listed(findings: Iterable[Finding]) -> str:
    """One line a finding."""
    return "\n".join(str(finding) for finding in findings)


def counted(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`, or `nothing to mend`."""
    severities = [finding.severity for finding in findings]
    parts = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for name in ("error", "warning")
        if (count := severities.count(name))
    ]
    return ", ".join(parts) or "nothing to mend"


def warn(job: Job) -> None:
    """Print what will disappoint, before a run begins; errors are the run's own to refuse."""
    from wannb.data.preflight import check

    for finding in check(job):
        if finding.severity == "warning":
            print(finding, file=sys.stderr)
