"""What a job will take, before it runs: memory, time and disk, each with how far off it may be. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wannb.job.cost import keeping, lighter, memory, pace
from wannb.job.cost.cards import Speed, speed_of
from wannb.job.cost.disk import disk
from wannb.job.cost.estimate_text import as_text
from wannb.job.cost.lighter import Case, Change
from wannb.job.cost.measured import GIB, MEMORY_BAND
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.job.job import Job

Edges = tuple[float, float]


@dataclass(frozen=True)
class Clips:
    """What is known of a job's clips. shapes: what is drawn, shares adding up to 1; files: how many there are, and
    `learned` of them that training learns from (None where no folder was readable); prompts: how many are encoded."""

    shapes: tuple[Shape, ...]
    files: int | None = None
    learned: int | None = None
    prompts: int = 0


@dataclass(frozen=True)
class Surroundings:
    """Where a job is to run. card_gib: the memory it has to fit; gpu, gpu_gib: the machine's own card. Bytes: free
    where the run is made, of the run and of its caches that are there already (None where the caches lie on another
    disk), to be downloaded."""

    card_gib: float | None = None
    gpu: str | None = None
    gpu_gib: float | None = None
    free_bytes: int | None = None
    run_bytes: int = 0
    cache_bytes: int | None = 0
    download_bytes: int = 0


@dataclass(frozen=True)
class ShapeCost:
    """A size that clips are trained in: `share` of the micro-batches, `clips` files, `tokens` of one clip, seconds of a
    step that draws it alone, GiB at the peak of one."""

    frames: int
    width: int
    height: int
    tokens: int
    share: float
    clips: int
    s_per_step: float
    peak_gib: float


@dataclass(frozen=True)
class Estimate:
    """Memory in GiB, time in seconds, disk in bytes.

    parts_gib: what training holds at its peak. phases_gib: the peaks of caching, training and previews. memory_band,
    time_band: between what the highest of them and the whole time are expected. card_gib: the memory that the job has
    to fit, machine_gib: that of the machine's own card. fits: None where the card lies inside the band or is not known.
    gpu: whose speed it is. seconds: the whole time by part. clips, steps_per_clip: None without readable clips; the
    second counts how often training draws each. disk_bytes: what there will be, by part; needed_bytes: what of it, the
    download aside, is still to be written where free_bytes are free. advice: what lowers the peak, least harm first;
    fitting: the job changed so that it is within the card, where it is above and can be.
    """

    parts_gib: dict[str, float]
    phases_gib: dict[str, float]
    peak_gib: float
    memory_band: Edges
    card_gib: float | None
    machine_gib: float | None
    fits: bool | None
    shapes: tuple[ShapeCost, ...]
    s_per_step: float
    time_band: Edges
    gpu: str
    steps: int
    seconds: dict[str, float]
    total_seconds: float
    clips: int | None
    steps_per_clip: float | None
    disk_bytes: dict[str, int]
    free_bytes: int | None
    needed_bytes: int
    advice: tuple[Change, ...]
    fitting: Case | None
    on_cpu: bool

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__


def estimate_of(job: Job, clips: Clips, model: ModelShape, where: Surroundings) -> Estimate:
    """What `job` will take on these clips, with a model of this shape, there."""
    plan = replace(Plan.of(job, model), card_gib=None if job.device == "cpu" else where.card_gib)
    case = Case(plan, clips.shapes)
    if _overfills(case):  # "auto" then has inputs wait in main memory of itself
        plan = replace(plan, keep="offloaded")
        case = replace(case, plan=plan)
    speed = speed_of(plan.cpu, where.gpu, where.gpu_gib, where.card_gib)
    phases, card = case.phases, None if plan.cpu else where.card_gib
    peak, seconds = max(phases.values()), pace.seconds(plan, speed, clips.shapes, clips.prompts)
    total = sum(seconds.values())
    on_disk = disk(plan, clips.shapes, clips.prompts, where.download_bytes)
    return Estimate(
        parts_gib=memory.training(plan, clips.shapes),
        phases_gib=phases,
        peak_gib=peak,
        memory_band=_edges(peak, MEMORY_BAND),
        card_gib=card,
        machine_gib=where.gpu_gib,
        fits=_fits(peak, card),
        shapes=_costs(plan, speed, clips.shapes),
        s_per_step=pace.mean_step(plan, speed, clips.shapes),
        time_band=_edges(total, speed.band),
        gpu=speed.name,
        steps=plan.steps,
        seconds=seconds,
        total_seconds=total,
        clips=clips.files,
        steps_per_clip=_steps_per_clip(plan, clips),
        disk_bytes=on_disk,
        free_bytes=where.free_bytes,
        needed_bytes=_needed(on_disk, where),
        advice=tuple(lighter.changes(case)),
        fitting=lighter.fitting(case, card) if card and peak > card else None,
        on_cpu=plan.cpu,
    )


def _overfills(case: Case) -> bool:
    """Whether blocks that choose what they keep need more than the card, by their inputs alone."""
    plan = case.plan
    automatic = plan.keep == "auto" and plan.checkpointing and plan.card_gib is not None
    return automatic and case.phases["training"] > plan.card_gib * (1 - keeping.RESERVE)


def _edges(middle: float, band: float) -> Edges:
    return middle * (1 - band), middle * (1 + band)


def _fits(peak: float, card: float | None) -> bool | None:
    low, high = _edges(peak, MEMORY_BAND)
    if card is None or low <= card < high:
        return None
    return high <= card


def _needed(on_disk: dict[str, int], where: Surroundings) -> int:
    caches = 0 if where.cache_bytes is None else max(0, on_disk["caches"] - where.cache_bytes)
    run = sum(count for name, count in on_disk.items() if name not in ("caches", "download"))
    return caches + max(0, run - where.run_bytes)


def _costs(plan: Plan, speed: Speed, shapes: Sequence[Shape]) -> tuple[ShapeCost, ...]:
    """One for each size, the costliest first; a clip that two resolutions bring to one size is one clip."""
    by_size: dict[tuple[int, int, int], list[Shape]] = {}
    for one in shapes:
        by_size.setdefault(one.size, []).append(one)
    fixed, each = sum(memory.training_parts(plan, 0).values()), memory.activation_bytes(plan) / GIB
    costs = [_cost(plan, speed, alike, fixed, each) for alike in by_size.values()]
    return tuple(sorted(costs, key=lambda one: (-one.tokens, one.width)))


def _cost(plan: Plan, speed: Speed, alike: list[Shape], fixed: float, each: float) -> ShapeCost:
    """Of shapes of one size; `fixed` GiB without any token, `each` GiB a token."""
    first, share = alike[0], sum(one.share for one in alike)
    weights = [one.share / share if share else 1 / len(alike) for one in alike]
    files: dict[int, int] = {}
    for one in alike:
        files[one.dataset] = max(files.get(one.dataset, 0), one.clips)
    return ShapeCost(
        *first.size,
        tokens=first.tokens,
        share=share,
        clips=sum(files.values()),
        s_per_step=sum(w * pace.step_seconds(plan, speed, one) for w, one in zip(weights, alike, strict=True)),
        peak_gib=fixed + each * max(one.batch for one in alike) * first.tokens,
    )


def _steps_per_clip(plan: Plan, clips: Clips) -> float | None:
    """How often training draws a clip that it learns from."""
    if not clips.learned:
        return None
    drawn = sum(one.share * one.batch for one in clips.shapes if not one.is_reg)
    return plan.steps * plan.accumulation * drawn / clips.learned
