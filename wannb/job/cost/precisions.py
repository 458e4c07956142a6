"""In which precisions a card takes the 14 B: the guides' usual clip, by the estimate's arithmetic."""

from functools import cache

from wannb.job.cost import memory
from wannb.job.cost.measured import MEMORY_BAND
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.job.job import Job

FRAMES, SIDE = 41, 512
QTYPES = {"bf16": None, "float8": "float8", "4-bit": "uint4"}


@cache
def needed_gib() -> dict[str, float]:
    """Precision → GiB at the peak of a rank-16 job on clips of 41 frames of 512×512 px, one expert on the card, inputs
    in RAM, as Activations Kept has them of itself where there is no room."""
    return {name: _peak(qtype) for name, qtype in QTYPES.items()}


def fitting(card_gib: float) -> list[str]:
    """The precisions whose peak is within the card even at the upper edge of what is expected, the most exact first."""
    return [name for name, gib in needed_gib().items() if gib * (1 + MEMORY_BAND) <= card_gib]


def _peak(qtype: str | None) -> float:
    job = Job.recipe("motion", "i2v", vram_gb=24)
    job.model.low_vram, job.model.quantize, job.model.quantize_te = True, qtype is not None, qtype is not None
    job.model.qtype, job.wannb.keep = qtype or job.model.qtype, "offloaded"
    plan, shapes = Plan.of(job, ModelShape.of_14b("i2v")), [Shape(FRAMES, SIDE, SIDE)]
    return max(memory.caching(plan, shapes), sum(memory.training(plan, shapes).values()))
