"""What a job's steps take on this device: real steps of the trainer on made-up clips, with random weights at 14 B."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from wannb.data.model_files import shape_of
from wannb.data.outlook import estimate
from wannb.job import Job, base_model, schedule
from wannb.job.cost import pace
from wannb.job.cost.estimate import Estimate, ShapeCost
from wannb.job.cost.measured import CONTEXT_GIB
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.machine import Machine
from wannb.refusal import Refusal
from wannb.runs import fit_report
from wannb.runs.card_flops import flops
from wannb.runs.fit_beside import Beside, beside
from wannb.train import made_up, out_of_memory
from wannb.train.device import device_of, release
from wannb.train.experts import Experts
from wannb.train.loop import take_step
from wannb.train.model import Model
from wannb.wan.compiling import demand_compiler

GB, GIB = 10**9, 2**30
WARM_UP = 2
"""Steps of an expert that are not counted: the first compiles, the second still allocates."""
STEPS = 5


@dataclass(frozen=True)
class Measured:
    """Steps of one expert on one size: `seconds` each, `first` with all compiling in it, GiB reserved at the peak."""

    expert: str
    size: ShapeCost
    seconds: tuple[float, ...]
    first: float
    peak_gib: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Fitted:
    """What was measured, largest size first, and the estimate beside it. `beside`: a save and a preview; `short`: the
    sentence of what did not fit; `kept`: for each size what the blocks keep; `flops`: of the device, by a large bf16
    product, None on a CPU."""

    job: Job
    measured: tuple[Measured, ...]
    beside: tuple[Beside, ...]
    short: str | None
    kept: dict[int, tuple[str, ...]]
    flops: float | None
    weights_gib: float
    estimate: Estimate

    def __str__(self) -> str:
        return fit_report.as_text(self)

    __repr__ = __str__

    @property
    def s_per_step(self) -> float | None:
        """The mean over the job's mix of sizes and experts; None where a size did not fit."""
        if len(self.measured) < len(self.job.stages) * len(self.estimate.shapes):
            return None
        share = dict.fromkeys(self.job.stages, 1.0)
        if len(share) == 2:
            share = {"high": self.job.wannb.high_noise_share, "low": 1 - self.job.wannb.high_noise_share}
        whole = sum(one.size.share * share[one.expert] for one in self.measured)
        return sum(one.size.share * share[one.expert] * one.median for one in self.measured) / whole

    @property
    def peak_gib(self) -> float | None:
        return max(self.phases_gib.values(), default=None)

    @property
    def phases_gib(self) -> dict[str, float]:
        """The peaks of what was done: training, saving, previews."""
        steps = [one.peak_gib for one in self.measured]
        return ({"training": max(steps)} if steps else {}) | {one.phase: one.peak_gib for one in self.beside}

    @property
    def compile_s(self) -> float:
        """What the first steps took beyond the later ones."""
        return sum(max(0.0, one.first - one.median) for one in self.measured)

    def mfu(self, one: Measured) -> float | None:
        """Share of the device's measured FLOP/s that the arithmetic nobody can avoid came to; None on a CPU."""
        if self.flops is None:
            return None
        plan = Plan.of(self.job, shape_of(self.job))
        shape = Shape(one.size.frames, one.size.width, one.size.height, batch=self.job.train.batch_size)
        return pace.least_flops(plan, shape) / one.median / self.flops


def fit(job: Job, steps: int = STEPS, tell: Callable[[str], None] = lambda _: None) -> Fitted:
    """Take `steps` steps of each expert of `job` on each of its sizes, save, preview, and return what that took.

    The model's weights are random (a tiny Wan's its own), its clips made up; nothing is read or downloaded. Raises
    Refusal where a 14 B job has no GPU to be measured on.
    """
    device = device_of(job.device)
    if device.type == "cpu" and not base_model.is_tiny(job.model.name_or_path):
        raise Refusal("There is no GPU here to measure a 14 B job on: add --estimate for what arithmetic says.")
    demand_compiler(job, device)
    found, model = estimate(job, machine=Machine.here()), model_of(job)
    tell(f"loading {' and '.join(job.stages)} with random weights")
    experts = Experts.load(job, model.where)
    text_dim = shape_of(job).text_dim
    weights = torch.cuda.memory_allocated(device) / GIB if device.type == "cuda" else 0.0
    sizes = sorted(found.shapes, key=lambda one: -one.tokens)
    measured: list[Measured] = []
    others: list[Beside] = []
    short = None
    try:
        for size in sizes:
            for expert in job.stages:
                tell(f"{size.frames} frames {size.width}×{size.height}, {expert} noise")
                measured.append(measure(job, model, experts, expert, size, text_dim, steps))
        for one in beside(job, model, experts, text_dim):
            tell(f"{one.phase}: {one.seconds:.1f} s")
            others.append(one)
    except out_of_memory.OutOfMemory as error:
        short = str(error)
    except Exception as error:
        if not out_of_memory.is_one(error):
            raise
        short = out_of_memory.elsewhere(job)
    if said := experts.activations.uncompiled:
        tell(said)
    kept = {one.tokens: experts.activations.words(job.stages[0], one.tokens) for one in sizes}
    del experts
    release()
    return Fitted(job, tuple(measured), tuple(others), short, kept, flops(device), weights, found)


def capped(job: Job, vram_gb: float | None) -> float | None:
    """Hold this process to `vram_gb` GB of the job's card, CUDA's own share of them counted in; return the GiB of the
    card it now has, None where there is none.

    Raises Refusal where the card has less.
    """
    device = device_of(job.device)
    if device.type != "cuda":
        if vram_gb:
            raise Refusal("--vram-gb caps a GPU, and there is none here: add --estimate for what arithmetic says.")
        return None
    total = torch.cuda.get_device_properties(device).total_memory
    if vram_gb:
        if vram_gb * GB > total:
            raise Refusal(f"This card has {total / GB:.0f} GB, less than {vram_gb:g}: add --estimate for another card.")
        torch.cuda.set_per_process_memory_fraction((vram_gb * GB - CONTEXT_GIB * GIB) / total)
    return min(total, vram_gb * GB if vram_gb else total) / GIB


def model_of(job: Job) -> Model:
    """The model whose experts are measured for `job`: the tiny Wan that it names, or random weights at 14 B."""
    if base_model.is_tiny(job.model.name_or_path):
        return Model.of(job)
    boundary = job.wannb.boundary or schedule.BOUNDARY[job.task]
    return Model(base_model.named(base_model.RANDOM, job.task), boundary, job.wannb.shift or schedule.SHIFT[job.task])


def measure(
    job: Job, model: Model, experts: Experts, expert: str, size: ShapeCost, text_dim: int, steps: int
) -> Measured:
    """Take `steps` steps of `expert` on made-up clips of `size`, after WARM_UP that are not counted."""
    material = made_up.material(job, model, experts, (size.frames, size.width, size.height), text_dim)
    numbers = _steps_of(expert, material.stages)
    rows = [take_step(next(numbers), material) for _ in range(WARM_UP + steps)]
    seconds = tuple(row["seconds"] for row in rows[WARM_UP:])
    return Measured(expert, size, seconds, rows[0]["seconds"], max(row["memory_gib"] for row in rows))


def _steps_of(expert: str, stages) -> Iterator[int]:
    """The numbers of the steps that train `expert`."""
    step = 0
    while True:
        step += 1
        if stages.at(step) == expert:
            yield step
