"""What jobs for small cards take on this GPU, held to their card's memory, beside the estimate; as a Markdown table.

python -m bench.capped [NAME ...] [options of bench.card]; the names are CASES below

The trainer's own steps on one image-to-video expert or both, random weights, made-up clips, rank 16, 8-bit AdamW,
blocks compiled; memory is what torch reserved, estimates are without what CUDA takes for itself. With --model
wannb/tiny-wan2.2-i2v --device cpu the same runs anywhere, for a look at the table.
"""

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import torch

from bench import card
from wannb.data.model_files import shape_of
from wannb.job import Job
from wannb.job.cost import measured, memory, pace
from wannb.job.cost.cards import speed_of
from wannb.job.cost.estimate import ShapeCost
from wannb.job.cost.measured import GIB
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.machine import Machine
from wannb.runs import fitting
from wannb.train import made_up, out_of_memory
from wannb.train.device import release
from wannb.train.experts import Experts
from wannb.train.loop import take_step

HEAD = (
    "job", "weights", "experts", "clips", "held to, GB", "kept", "s a step", "range, s", "estimate, s",
    "allocated, GiB", "reserved, GiB", "estimate, GiB",
)  # fmt: skip
MEASURED_STEPS = 10


@dataclass(frozen=True)
class Case:
    """gb: what the process is held to, None for the whole card; streamed: the share of blocks that Layer Offloading
    brings; every: Switch Every."""

    precision: str
    experts: int
    size: str
    gb: float | None = None
    keep: str = "auto"
    low_vram: bool = False
    streamed: float = 0.0
    every: int = 1


CASES = {
    "both experts in 24 GB": Case("uint4", 2, "41x512x512", 24),
    "the same, attention in RAM": Case("uint4", 2, "41x512x512", 24, keep="attention_offloaded"),
    "the same, inputs on the card": Case("uint4", 2, "41x512x512", keep="inputs"),
    "one at a time in 24 GB": Case("uint4", 2, "41x768x768", 24, low_vram=True, every=2),
    "one expert in 24 GB": Case("float8", 1, "41x512x512", 24),
    "one expert in 16 GB": Case("uint4", 1, "41x512x512", 16),
    "streamed in 12 GB": Case("uint4", 1, "33x512x512", 12, streamed=1.0),
    "streamed, the whole card": Case("uint4", 1, "33x512x512", keep="offloaded", streamed=1.0),
    "the same on the card": Case("uint4", 1, "33x512x512", keep="offloaded"),
    "float8 streamed in 12 GB": Case("float8", 1, "33x512x512", 12, streamed=1.0),
    "float8 on the card": Case("float8", 1, "33x512x512", keep="offloaded"),
    "one at a time in 48 GB": Case("bf16", 2, "41x512x512", 48, low_vram=True, every=10),
    "one at a time, attention in RAM": Case(
        "bf16", 2, "41x512x512", 48, keep="attention_offloaded", low_vram=True, every=10
    ),
    "both on the card": Case("bf16", 2, "41x512x512", keep="inputs", every=10),
    "both in float8 in 48 GB": Case("float8", 2, "81x832x480", 48),
    "quanto's 4 bits in 24 GB": Case("qint4", 1, "41x512x512", 24),
}


def job_of(case: Case, options: argparse.Namespace) -> Job:
    job = card.job_of(options, case.precision, case.keep, case.experts)
    job.train.optimizer, job.train.switch_boundary_every = "adamw8bit", case.every
    job.model.low_vram = case.low_vram
    job.model.layer_offloading = bool(case.streamed)
    job.model.layer_offloading_transformer_percent = case.streamed or 1.0
    return job


def row(name: str, case: Case, options: argparse.Namespace, size: ShapeCost | None = None) -> tuple[str, ...] | str:
    """The cells of one case, on clips of `size` where one is given; the sentence of one that did not fit."""
    job, size, device = job_of(case, options), size or card.size_of(case.size), torch.device(options.device)
    gib = fitting.capped(job, case.gb if device.type == "cuda" else None) or Machine.here().vram_gb
    model = fitting.model_of(job)
    try:
        experts = Experts.load(job, model.where)
        clips = size.frames, size.width, size.height
        material = made_up.material(job, model, experts, clips, shape_of(job).text_dim)
        warm_up = case.experts * max(fitting.WARM_UP, case.every)
        counted = max(MEASURED_STEPS, 2 * case.every if case.low_vram else 0)
        rows = [take_step(step, material) for step in range(1, 1 + warm_up + counted)]
    except out_of_memory.OutOfMemory as error:
        return f"{name}: {error}"
    words = experts.activations.words(rows[0]["stage"], size.tokens)
    seconds = [one["seconds"] for one in rows[warm_up:]]
    expected = _expected(job, gib, size, words)
    return (
        name, case.precision, str(case.experts), f"{size.frames} f {size.width}×{size.height}", f"{case.gb or ''}",
        ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)), f"{statistics.mean(seconds):.3f}",
        f"{min(seconds):.3f}-{max(seconds):.3f}", f"{expected[0]:.2f}", f"{_allocated(device):.2f}",
        f"{max(one['memory_gib'] for one in rows):.2f}", f"{expected[1]:.2f}",
    )  # fmt: skip


def _expected(job: Job, gib: float | None, size: ShapeCost, words: Sequence[str]) -> tuple[float, float]:
    """Seconds of a step and GiB by arithmetic, on a card of `gib` where blocks keep these words."""
    machine, plan = Machine.here(), Plan.of(job, shape_of(job))
    speed = speed_of(plan.cpu, machine.gpu, machine.vram_gb, machine.vram_gb)
    shape = Shape(size.frames, size.width, size.height, batch=1)
    step = pace.step_seconds(replace(plan, card_gib=gib), speed, shape)
    held = sum(memory.training_parts(plan, 0).values()) - (0 if plan.cpu else measured.CONTEXT_GIB)
    each = memory.compiled_activation_bytes(plan, words) if plan.compiled else memory.activation_bytes(plan)
    return step, held + size.tokens * each / GIB


def _allocated(device: torch.device) -> float:
    return torch.cuda.max_memory_allocated(device) / GIB if device.type == "cuda" else 0.0


def show(names: Sequence[str] = (), others: Sequence[str] = ()) -> None:
    """Print each line as soon as it is known, of all cases where none is named; others: options. Each has a
    process of its own: what one that did not fit leaves on the card would count as the next one's."""
    release()  # theirs is all of the card
    for cells in (HEAD, ["---"] * len(HEAD)):
        print(f"| {' | '.join(cells)} |", flush=True)
    for name in names or CASES:
        subprocess.run([sys.executable, "-m", "bench.capped", name, "--alone", *others], check=True)


def main() -> None:
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="bench.capped", description=__doc__, formatter_class=formatter)
    parser.add_argument("--size", type=card.size_of, help="in place of the cases' own clips, as 5x64x64")
    parser.add_argument("--alone", action="store_true", help="print the one line, in this process")
    names = list(takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))  # before any option
    rest = sys.argv[1 + len(names) :]
    own, others = parser.parse_known_args(rest)
    options = card.options(others)
    if unknown := [name for name in names if name not in CASES]:
        sys.exit(f"No case {', '.join(unknown)}: there are {', '.join(CASES)}.")
    if own.alone:
        found = row(names[0], CASES[names[0]], options, own.size)
        print(found if isinstance(found, str) else f"| {' | '.join(found)} |")
        return
    print(card.title(torch.device(options.device), None, "bench.capped") + "\n")
    show(names, rest)


if __name__ == "__main__":
    main()
