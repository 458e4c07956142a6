"""Train a job in the foreground: the one path of `wannb train` and `wannb demo`, and a run directory's only writer."""

from wannb.job import Job
from wannb.runs import control, failures, leftovers, liveness, state
from wannb.runs.admission import refuse_errors
from wannb.runs.claim import changes, check_changes, claimed, refuse_existing
from wannb.runs.control import Control
from wannb.runs.events import Events
from wannb.runs.interrupts import Stopped
from wannb.runs.request import STOP
from wannb.runs.result import Result
from wannb.runs.rundir import RunDir
from wannb.runs.told import Told
from wannb.runs.training import Training
from wannb.train import held
from wannb.train.caching import Progress, prepare, silent
from wannb.train.device import device_of
from wannb.train.model import Model
from wannb.wan.compiling import demand_compiler


def train(job: Job, resume: bool = False, progress: Progress = silent) -> Result:
    """Train `job` and return when it is done or was asked to stop (SIGINT, SIGTERM: the step is finished and saved).

    With `resume` an existing run goes on after its last saved step, exactly as if it had never ended. Raises Refusal
    where the job has errors, nothing to train on, or its run directory is taken.
    """
    refuse_errors(job)
    demand_compiler(job, device_of(job.device))
    model, run = Model.of(job), RunDir(job.run_dir)
    if not resume:
        refuse_existing(run)
    changed = changes(Job.load(run.config), job) if run.begun else {}
    check_changes(run, changed)
    with failures.explained(job, run), claimed(run):
        leftovers.clear(run, job.cache_dir)
        control.clear(run)
        run.progress.unlink(missing_ok=True)  # the last process's
        liveness.announce(run)
        told = Told(run.progress, progress)
        try:
            held.check(job, model.where)
            prepared = prepare(job, model, _heedful(run, told))
        except Stopped:
            return _stopped_before_the_first_step(run, job)
        training = Training(job, model, run, prepared, told)
        job.anchored().save(run.config)  # from here on the run is begun
        return training.run_to_end(changed)


def _heedful(run: RunDir, progress: Progress) -> Progress:
    """`progress`, which leaves what it is told of where the run was asked to stop."""
    asked = Control(run)

    def heed(phase: str, done: int, total: int, **facts) -> None:
        progress(phase, done, total, **facts)
        if asked.stop_waits():
            raise Stopped

    return heed


def _stopped_before_the_first_step(run: RunDir, job: Job) -> Result:
    found = state.newest(run.state)
    step = int(found.name) if found else 0
    asked, events = Control(run).stop_waits(), Events(run.events)
    events.add("control", step, kind=STOP, id=asked.id)
    events.add("stopped", step, reason=STOP)
    events.close()
    asked.file.unlink(missing_ok=True)
    return Result.of(run, step, job.train.steps, done=False)
