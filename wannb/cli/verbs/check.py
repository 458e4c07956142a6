"""Preflight: everything about a job and its clips that can be known to fail or to disappoint before a run.

With --fix what can be mended without a person is mended, and the job file is written.
"""

import argparse
from pathlib import Path

from wannb.cli.answer import Answer
from wannb.cli.findings import counted, listed, mended
from wannb.refusal import Refusal

HELP = "preflight of a job: what would fail, what will disappoint, and the cure"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file")
    parser.add_argument("--fix", action="store_true", help="mend what has a cure, and write the job file")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.yaml", help="with --fix: where to write it (in place)")
    parser.set_defaults(usage=parser.error)


def run(options: argparse.Namespace) -> Answer:
    from wannb.data.preflight import check
    from wannb.job import Job

    if options.out and not options.fix:
        options.usage("-o is where --fix writes the job: add --fix")
    job = Job.load(options.job)
    fixed = _fixed(job, options.job, options.out) if options.fix else []
    found = check(job)
    target = options.out or options.job
    text = "\n".join(part for part in (mended(fixed), listed(found), f"{target}: {counted(found)}.") if part)
    data = {"findings": [finding.to_dict() for finding in found]}
    if options.fix:
        data |= {"fixed": [finding.to_dict() for finding in fixed], "job": str(target)}
    errors = any(finding.severity == "error" for finding in found)
    return Answer(data, text, f"{target} would not train as it is: {counted(found)}." if errors else "")


def _fixed(job, source: Path, out: Path | None) -> list:
    """Mend `job` and write it to `out`, or, where something was mended, back to `source`; return what was mended."""
    from wannb.data.mending import mend

    if out and out.exists() and not out.samefile(source):
        raise Refusal(f"{out} is there already: choose another name with -o, or remove it.")
    fixed = mend(job)
    elsewhere = out is not None and out.resolve().parent != source.resolve().parent
    if fixed or out:
        (job.anchored() if elsewhere else job).save(out or source)  # paths beside the file are found from there alone
    return fixed
