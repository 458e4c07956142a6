"""Findings of every planted fault and of a set full of faults, for the languages to say."""

import pytest

from tests.job.conftest import good_job
from tests.job.planted import FAULTS
from tests.job.test_planted_faults import job_with
from wannb.bundled import faulty
from wannb.data.clips import ClipFolder
from wannb.job.preflight import findings


@pytest.fixture(scope="session")
def every_finding(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        home = tmp_path_factory.mktemp("faults")
        patched.setenv("HF_HUB_CACHE", str(home / "hub"))
        patched.chdir(home)
        good = good_job(home)
        jobs = [(job_with(good, {**one.given, **one.put}, home), one.machine) for one in FAULTS.values()]
        found = [finding for job, machine in jobs for finding in findings(job, machine)]
    return found + ClipFolder(faulty()).findings
