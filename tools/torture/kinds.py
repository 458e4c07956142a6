"""The jobs that are tortured: small ones that between them turn every knob that a resume could get wrong."""

from collections.abc import Callable
from pathlib import Path

from tests import tiny_pipeline
from tests.train import small_job
from wannb.job import Job
from wannb.job.dataset import Dataset

Change = Callable[[Job, Path], None]
ENOUGH_FOR_8_BITS = 176  # the least rank of which 8-bit Adam holds anything in 8 bits


def _previews(job: Job, shared: Path) -> None:
    """Accumulation, dropped captions, clips beside a still, previews: `small_job` as it is."""
    job.train.disable_sampling = False


def _averaged(job: Job, shared: Path) -> None:
    """I2V with EMA, a warm-up and validation on clips of the set."""
    job.train.ema_config.use_ema, job.train.ema_config.ema_decay = True, 0.8
    job.train.lr_scheduler, job.train.lr_scheduler_params = "cosine", {"num_warmup_steps": 2}
    job.wannb.validate_every, job.wannb.validate_clips = 3, 2


def _eight_bits(job: Job, shared: Path) -> None:
    """8-bit Adam with memory enough to be held in 8 bits, and a state every fifth of a second."""
    job.train.optimizer = "adamw8bit"
    job.network.linear = job.network.linear_alpha = ENOUGH_FOR_8_BITS
    job.wannb.save_minutes = 0.2 / 60


def _preserved(job: Job, shared: Path) -> None:
    """DOP, a regularization set, held-out clips and previews."""
    job.train.diff_output_preservation, job.train.diff_output_preservation_class = True, "circle"
    regular = Dataset.new(**{**_fields(job.datasets[0]), "folder_path": str(shared / "regular"), "is_reg": True})
    job.datasets = [*job.datasets, regular]
    job.wannb.validate_every, job.wannb.validate_clips, job.wannb.hold_out = 2, 1, True
    job.train.disable_sampling = False


def _one_expert(job: Job, shared: Path) -> None:
    """The low-noise expert alone, Prodigy, dropout, a state every tenth of a second."""
    job.model.model_kwargs.train_high_noise = False
    job.train.optimizer, job.train.lr, job.network.dropout = "prodigy", 1.0, 0.3
    job.wannb.save_minutes = 0.1 / 60


KINDS: dict[str, tuple[str, Change]] = {
    "t2v, accumulation, previews": ("t2v", _previews),
    "i2v, EMA, warm-up, validation": ("i2v", _averaged),
    "8-bit Adam, states by the clock": ("t2v", _eight_bits),
    "DOP, regularization set, held-out clips, previews": ("t2v", _preserved),
    "one expert, Prodigy, states by the clock": ("i2v", _one_expert),
}


def prepare(shared: Path) -> None:
    """Write the models and clips that all jobs share."""
    for task in ("t2v", "i2v"):
        tiny_pipeline.write(shared / task, task)
        small_job.clips(shared / f"{task}-set" / "clips", image=task == "t2v")
    small_job.clips(shared / "regular", count=2)


def write_job(kind: str, shared: Path, folder: Path) -> Path:
    """Write a job of `kind` whose run and caches are in `folder`; return its file."""
    task, change = KINDS[kind]
    job = small_job.job(shared / f"{task}-set", shared / task, task)
    job.training_folder = str(folder)
    change(job, shared)
    job.save(folder / "job.yaml")
    return folder / "job.yaml"


def states_by_the_clock(kind: str) -> bool:
    """Whether the states of two runs of `kind` can be of different steps, but for the last."""
    return "by the clock" in kind


def _fields(dataset: Dataset) -> dict[str, object]:
    return {name: getattr(dataset, name) for name in type(dataset).model_fields}
