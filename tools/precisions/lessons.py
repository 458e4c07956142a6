"""The runs behind the table: the demo's image-to-video motion over experts in each form that a job offers."""

from dataclasses import dataclass
from pathlib import Path

from wannb.demo import demo_job
from wannb.job import Job
from wannb.job.qtypes import RECOVERED, WORKING

KIND, TASK = "motion", "i2v"
STEPS = 1600
"""The demo's: after half of them some clips turn and some do not, and what a seed alone does hides all else."""
SEEDS = (42, 43, 44)
"""Those that more than one is trained with; a way of one seed has the first."""
ADAPTER = "adapter"


@dataclass(frozen=True)
class Way:
    """How experts are held and work. qtype: None as they are; with `ADAPTER` behind it, beside an accuracy recovery
    adapter of their own. seeds: what it is trained with, once each."""

    label: str
    dtype: str = "fp32"
    qtype: str | None = None
    compiled: bool = False
    seeds: tuple[int, ...] = SEEDS[:1]


WAYS: dict[str, Way] = {
    "fp32": Way("FP32", seeds=SEEDS),
    "compiled": Way("FP32, compiled blocks", compiled=True),
    "bf16": Way("BF16", "bf16", seeds=SEEDS),
    **{kind: Way(kind, qtype=kind, seeds=SEEDS if kind == "float8" else SEEDS[:1]) for kind in WORKING},
    ADAPTER: Way(f"{RECOVERED} with the adapter of `wannb ara`", qtype=f"{RECOVERED}|{ADAPTER}"),
}
"""By the name of its run; the first is what the others are held against."""


def lesson(name: str, out: Path, seed: int = SEEDS[0]) -> Job:
    """The demo's lesson over experts held in the way `name`; its adapter lies in `out`."""
    way, job = WAYS[name], demo_job(KIND, TASK, out, STEPS)
    job.name = f"{name}_{seed}"
    job.training_seed = seed  # previews keep their own, so that all start from the same noise
    job.train.dtype, job.wannb.compile = way.dtype, way.compiled
    if way.qtype:
        job.model.quantize = True
        job.model.qtype = way.qtype.replace(ADAPTER, str(adapter(out)))
        job.model.accuracy_recovery_adapter = None
    return job


def adapter(out: Path) -> Path:
    """Where the adapter for the lesson's base is."""
    return out.resolve() / f"{KIND}_{RECOVERED}_{ADAPTER}.safetensors"
