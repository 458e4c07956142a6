"""Where the time of one step at 14 B goes on this GPU, against what cannot be avoided; as a Markdown table.

python -m bench.profiled [--precisions float8] [--sizes 41x512x512] [--keep auto] [--top 12]

Options are those of bench.card. Every kernel of one step after the warm-up is counted to one kind by its name.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch.profiler import ProfilerActivity, profile

from bench import card
from wannb.data.model_files import shape_of
from wannb.job import Job
from wannb.job.cost import pace
from wannb.job.cost.estimate import ShapeCost
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.runs import card_flops, fitting
from wannb.train import made_up
from wannb.train.experts import Experts
from wannb.train.loop import take_step

KINDS = {
    "wannb's own kernels": r"^_(gelu|norm|text)_",
    "fused by the compiler": r"^triton_",
    "attention, backward": r"sdpa.*bprop|flash\w*bwd|fmha.*backward|dot_do_o|convert_dq",
    "attention, forward": r"sdpa|flash|fmha|attention",
    "products in 8 bits": r"nvjet\w*_qq|e4m3|f8f8",
    "products": r"gemm|nvjet|cutlass|cublas|splitk",
    "optimizer, clipping": r"multi_tensor|fused_adam|adamw",
    "copies": r"memcpy|memset|copy",
}
"""The first that a kernel's name matches."""
REST = "others"
SHORT, LONG = 5e-6, 50e-6
"""Seconds: a gap below the first is the card's own between two kernels, one above the second is the host's."""


class Gap(NamedTuple):
    """The device had nothing to do for so many `seconds`, after one kernel and before another."""

    seconds: float
    after: str
    before: str


class Profile(NamedTuple):
    """One step: its seconds by kernel, the gaps between them, what the trainer's clock said of it, and how much of that
    was before the first kernel or after the last."""

    kernels: Counter
    gaps: list[Gap]
    wall: float
    outside: float


def kind_of(kernel: str) -> str:
    return next((kind for kind, names in KINDS.items() if re.search(names, kernel, re.IGNORECASE)), REST)


def gaps(spans: Iterable[tuple[float, float, str]]) -> Iterator[Gap]:
    """spans: start, end in seconds and name of each kernel, in any order and on any streams."""
    ordered = sorted(spans)
    end, last = ordered[0][1:] if ordered else (0.0, "")
    for start, stop, name in ordered:
        if start > end:
            yield Gap(start - end, last, name)
        if stop >= end:
            end, last = stop, name


def profiled(job: Job, size: ShapeCost) -> Profile:
    """One step of the first expert after the warm-up."""
    model = fitting.model_of(job)
    experts = Experts.load(job, model.where)
    material = made_up.material(job, model, experts, (size.frames, size.width, size.height), shape_of(job).text_dim)
    for step in range(1, 1 + fitting.WARM_UP):
        take_step(step, material)
    on_card = torch.device(job.device).type == "cuda"
    activity = ProfilerActivity.CUDA if on_card else ProfilerActivity.CPU
    with profile(activities=[activity]) as seen:
        row = take_step(1 + fitting.WARM_UP, material)
    time = "self_device_time_total" if on_card else "self_cpu_time_total"
    found = Counter({one.key: getattr(one, time) / 1e6 for one in seen.key_averages()})
    ranges = [(one.time_range, one.name) for one in seen.events() if one.device_type.name == "CUDA"]
    spans = [(span.start / 1e6, span.end / 1e6, name) for span, name in ranges]
    busy = max((end for _, end, _ in spans), default=0.0) - min((start for start, *_ in spans), default=0.0)
    return Profile(found, list(gaps(spans)), row["seconds"], row["seconds"] - busy)


def table(one: Profile, least: float | None) -> str:
    """Seconds and share of the step by kind; `least`: what the arithmetic that nobody can avoid would take."""
    kinds, wall = Counter(), one.wall
    for kernel, seconds in one.kernels.items():
        kinds[kind_of(kernel)] += seconds
    lines = ["| kernels | s | of the step |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {seconds:.3f} | {100 * seconds / wall:.0f} % |" for kind, seconds in kinds.most_common()]
    lines.append(f"| between kernels | {wall - kinds.total():.3f} | {100 * (1 - kinds.total() / wall):.0f} % |")
    lines.append(f"| **the step** | {wall:.3f} | |")
    if least is not None:
        share = f"{100 * least / wall:.0f} %"
        lines.append(f"| its arithmetic at the speed of a large bf16 product | {least:.3f} | {share} |")
    return "\n".join(lines)


def idle(one: Profile, top: int) -> str:
    """When the device had nothing to do: by how long, and the longest gaps."""
    bounds = {"below 5 µs": (0, SHORT), "5 to 50 µs": (SHORT, LONG), "above 50 µs": (LONG, float("inf"))}
    lines = [f"    {1e3 * one.outside:8.1f} ms  before the first kernel and after the last"]
    for what, (low, high) in bounds.items():
        found = [gap.seconds for gap in one.gaps if low <= gap.seconds < high]
        lines.append(f"    {1e3 * sum(found):8.1f} ms  in {len(found):,} gaps {what}")
    longest = sorted(one.gaps, reverse=True)[:top]
    lines += [f"    {1e3 * gap.seconds:8.2f} ms  between {gap.after[:50]} and {gap.before[:50]}" for gap in longest]
    return "\n".join(lines)


def least_seconds(job: Job, size: ShapeCost, flops: float | None) -> float | None:
    """What the arithmetic that cannot be avoided takes at `flops`, in seconds; None where that was not measured."""
    if flops is None:
        return None
    shape = Shape(size.frames, size.width, size.height, batch=1)
    return pace.least_flops(Plan.of(job, shape_of(job)), shape) / flops


def show(asked: argparse.Namespace, top: int) -> None:
    device = torch.device(asked.device)
    flops = card_flops.flops(device)
    print(card.title(device, flops, "bench.profiled"))
    for precision in asked.precisions:
        for size in asked.sizes:
            job = card.job_of(asked, precision, asked.keep[0], 1)
            found = profiled(job, size)
            print(f"\n{precision}, {size.frames} f {size.width}×{size.height}\n")
            print(table(found, least_seconds(job, size, flops)) + "\n")
            for kernel, seconds in found.kernels.most_common(top):
                print(f"    {1e3 * seconds:8.1f} ms  {kind_of(kernel):20s} {kernel[:100]}")
            if found.gaps:  # a CPU has none
                print("\n" + idle(found, top), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.profiled", add_help=False)
    parser.add_argument("--top", type=int, default=12)
    own, others = parser.parse_known_args()
    show(card.options(others), own.top)


if __name__ == "__main__":
    main()
