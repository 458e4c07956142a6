"""`propose(run, make=True)` on a run that was trained: what it lacks is rendered, and then nothing is lacking."""

import shutil

import wannb
from tests.runs.clips import forked
from wannb.runs import launching
from wannb.runs.run import Run


def test_what_a_proposal_lacks_is_rendered(trained, tmp_path, monkeypatch, at_end):
    monkeypatch.setattr(launching, "start_detached", forked.start_detached)
    run = Run(shutil.copytree(trained.path, tmp_path / "both", ignore=shutil.ignore_patterns("clips")))
    at_end.append(run)
    before = wannb.propose(run)
    assert before.missing and any("make=True" in one for one in before.warnings)
    heard = []
    found = wannb.propose(run, make=True, progress=lambda *told: heard.append(told))
    assert not found.missing and not any("make=True" in one for one in found.warnings)
    seen = {(row.high, row.low) for row in found.table}
    assert (0, 0) in seen and (found.high, found.low) in seen
    phases = {phase for phase, _, _ in heard}
    assert phases == {"rendering clips"} and all(0 <= done <= total for _, done, total in heard)
    assert heard[-1][1] == heard[-1][2]
    assert wannb.propose(run) == found, "nothing is rendered that is not looked at"
