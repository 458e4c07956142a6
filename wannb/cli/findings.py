"""Findings in a shell."""

import json
import sys
from collections.abc import Iterable

from wannb.job import Finding, Job
from wannb.words import tell

ALIKE = 3
"""Findings of one kind that are printed before the rest is only counted; `--json` has them all."""


def listed(findings: Iterable[Finding]) -> str:
    """One line a finding; of many of one kind the first, and how many more there are."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.code), []).append(finding)
    return "\n".join(line for alike in kinds.values() for line in _lines(alike))


def _lines(alike: list[Finding]) -> list[str]:
    if len(alike) <= ALIKE:
        return [str(finding) for finding in alike]
    return [str(alike[0]), f"  … and the same kind ({alike[0].code}) {len(alike) - 1} times more"]


def mended(findings: Iterable[Finding]) -> str:
    """One line a finding that was cured: what was set, or what was done; the same is said once."""
    lines = (f"mended: {finding.where}: {tell(finding.message)} {_done(finding)}" for finding in findings)
    return "\n".join(dict.fromkeys(lines))


def _done(finding: Finding) -> str:
    sets = finding.to_dict()["sets"]
    values = (f"{key} is {json.dumps(value, ensure_ascii=False)}" for key, value in sets.items())
    return f"Now {', '.join(values)}." if sets else tell(finding.fix)


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

    warnings = [finding for finding in check(job) if finding.severity == "warning"]
    if warnings:
        print(listed(warnings), file=sys.stderr)
