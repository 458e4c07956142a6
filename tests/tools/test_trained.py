"""A lesson that was trained before is taken as it is, unless it has become another lesson since."""

import pytest

from tools.precisions.lessons import lesson
from tools.trained import trained
from wannb.runs.rundir import RunDir


def test_a_run_of_other_steps_is_not_taken_for_the_lesson(tmp_path):
    job = lesson("fp32", tmp_path)
    run = RunDir(job.run_dir)
    job.save(run.config)
    checkpoint = run.checkpoint(job.stages[0], None)
    checkpoint.parent.mkdir()
    checkpoint.touch()
    assert trained(job).path == run.path
    job.train.steps += 1
    with pytest.raises(SystemExit, match="1600 steps and the lesson takes 1601"):
        trained(job)
