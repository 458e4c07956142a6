"""What a grid shows: rows, columns, and the clip that belongs into each cell. Nothing here looks for the clips."""

from collections.abc import Sequence
from dataclasses import dataclass

from wannb.job.samples import Sample
from wannb.runs.clips.wish import BASE, Wish

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SIDES = {"both": "both LoRAs", "high": "high-noise LoRA", "low": "low-noise LoRA"}


@dataclass(frozen=True)
class Head:
    """The head of a row or a column: `id` names it in notes, `label` and `detail` in words."""

    id: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Grid:
    """`wishes[row][column]`, of the prompt `samples[row]`; `across` and `down` name what columns and rows are."""

    title: str
    across: str
    down: str
    rows: list[Head]
    columns: list[Head]
    samples: list[Sample]
    wishes: list[list[Wish]]


def checkpoint_grid(samples: list[Sample], apart: list[str], pairs: list[tuple[int, int]]) -> Grid:
    """Prompts × pairs of steps (high, low); the base is always the first column."""
    pairs = list(dict.fromkeys([(BASE, BASE), *pairs]))
    rows = [Head(row_id(one), one.prompt or "no words", said) for one, said in zip(samples, apart, strict=True)]
    columns = [Head(f"{high}/{low}", pair_label(high, low)) for high, low in pairs]
    wishes = [[Wish.of(one, high, low) for high, low in pairs] for one in samples]
    return Grid("", "steps", "prompt", rows, columns, samples, wishes)


def pair_grid(sample: Sample, high: list[int], low: list[int]) -> Grid:
    """One prompt: steps of the high-noise file (rows, top to bottom) × steps of the low-noise file; the base is 0."""
    high, low = sorted({BASE, *high}), sorted({BASE, *low})
    rows = [Head(f"high:{step}", f"high {step_label(step)}") for step in high]
    columns = [Head(f"low:{step}", f"low {step_label(step)}") for step in low]
    wishes = [[Wish.of(sample, one, other) for other in low] for one in high]
    return Grid(sample.prompt, "low-noise step", "high-noise step", rows, columns, [sample] * len(rows), wishes)


def strength_grid(sample: Sample, high: int, low: int, strengths: Sequence[float] = STRENGTHS) -> Grid:
    """One prompt, one pair: the strength of both LoRAs, of the high-noise one alone, of the low-noise one alone."""
    usual = sample.network_multiplier
    rows = [Head(side, words, "" if side == "both" else f"the other at {usual:g}") for side, words in SIDES.items()]
    columns = [Head(f"x{strength:g}", f"× {strength:g}") for strength in strengths]
    wishes = [[_strong(sample, high, low, side, strength) for strength in strengths] for side in SIDES]
    title = f"{sample.prompt} · {pair_label(high, low)}"
    return Grid(title, "strength", "what is varied", rows, columns, [sample] * len(rows), wishes)


def row_id(sample: Sample) -> str:
    """What names a prompt in notes: the base's clip of it, which no checkpoint changes."""
    return Wish.of(sample, BASE, BASE).key


def pair_label(high: int, low: int) -> str:
    if high == low:
        return step_label(high) if high == BASE else f"step {high:,}"
    return f"high {step_label(high)} · low {step_label(low)}"


def step_label(step: int) -> str:
    return "base" if step == BASE else f"{step:,}"


def _strong(sample: Sample, high: int, low: int, side: str, strength: float) -> Wish:
    named = {"high_strength": strength, "low_strength": strength}
    changes = named if side == "both" else {f"{side}_strength": strength}
    return Wish.of(sample, high, low, **changes)
