"""Train a job in the foreground: the one path of `wannb train` and `wannb demo`, and a run directory's only writer."""

from wannb.data.preflight import check
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import failures, leftovers
from wannb.runs.claim import changes, check_changes, claimed, refuse_existing
from wannb.runs.rundir import RunDir
from wannb.runs.training import Result, Training
from wannb.train.caching import Progress, prepare, silent
from wannb.train.model import Model


def train(job: Job, resume: bool = False, progress: Progress = silent) -> Result:
    """Train `job` and return when it is done or was asked to stop (SIGINT, SIGTERM: the step is finished and saved).

    With `resume` an existing run goes on after its last saved step, exactly as if it had never ended. Raises Refusal
    where the job has errors, nothing to train on, or its run directory is taken.
    """
    refuse_errors(job)
    model, run = Model.of(job), RunDir(job.run_dir)
    if not resume:
        refuse_existing(run)
    changed = changes(Job.load(run.config), job) if run.begun else {}
    check_changes(run, changed)
    with failures.explained(job, run), claimed(run):
        leftovers.clear(run, job.cache_dir)
        prepared = prepare(job, model, progress)
        training = Training(job, model, run, prepared, progress)
        job.anchored().save(run.config)  # from here on the run is begun
        return training.run_to_end(changed)


def refuse_errors(job: Job) -> None:
    """Raise Refusal with all that preflight calls an error."""
    errors = [finding for finding in check(job) if finding.severity == "error"]
    if errors:
        raise Refusal(" ".join(f"{error.where}: {error.message} {error.fix}".strip() for error in errors))
