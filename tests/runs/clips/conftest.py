import psutil
import pytest

from tests.train import small_job
from wannb.runs import liveness
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.run import Run
from wannb.runs.trainer import train


def small_run(folder, model, name, task="t2v", **experts):
    """A finished run of 3 steps with a file and a preview of each; `experts` says which are trained."""
    job = small_job.job(folder, model, task, disable_sampling=False, steps=3, lr=0.2)
    job.name, job.saving.save_every, job.saving.dtype, job.sample.sample_every = name, 1, "fp32", 1
    job.saving.max_step_saves_to_keep = 9
    for key, value in experts.items():
        setattr(job.model.model_kwargs, key, value)
    if task == "i2v":
        job.sample.samples[0].ctrl_img = str(folder / "clips/still.png")
    train(job)
    return Run(job.run_dir)


@pytest.fixture(scope="session")
def material(tmp_path_factory):
    """Clips to train on."""
    root = tmp_path_factory.mktemp("rendering")
    small_job.clips(root / "clips", image=True)
    return root


@pytest.fixture(scope="session")
def trained(material, models):
    """A finished T2V run of both experts, whose clips no test changes for another."""
    return small_run(material, models["t2v"], "both")


@pytest.fixture(scope="session")
def lone(material, models):
    """A finished I2V run of the low-noise expert alone."""
    return small_run(material, models["i2v"], "lone", "i2v", train_high_noise=False)


@pytest.fixture
def at_end():
    """End the renderers of the runs that are put into it."""
    runs = []
    yield runs
    for run in runs:
        process = liveness.trainer_of(ClipDir(run.path / "clips"))
        if process and liveness.exists(process.pid, process.began):
            psutil.Process(process.pid).kill()
