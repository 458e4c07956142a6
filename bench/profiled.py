"""Where the time of one step at 14 B goes on this GPU, against what cannot be avoided; as a Markdown table.

python -m bench.profiled [--precisions float8] [--sizes 41x512x512] [--keep auto] [--top 12]

Options are those of bench.card. Every kernel of one step after the warm-up is counted to one kind by its name.
"""

import argparse
import re
from collections import Counter

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


def kind_of(kernel: str) -> str:
    return next((kind for kind, names in KINDS.items() if re.search(names, kernel, re.IGNORECASE)), REST)


def kernels(job: Job, size: ShapeCost) -> Counter:
    """Seconds by kernel of one step of the first expert, and as "wall" what the trainer's clock said of it."""
    model = fitting.model_of(job)
    experts = Experts.load(job, model.where)
    material = made_up.material(
        job, model, experts, (size.frames, size.width, size.height), shape_of(job).text_dim
    )
    for step in range(1, 1 + fitting.WARM_UP):
        take_step(step, material)
    on_card = torch.device(job.device).type == "cuda"
    activity = ProfilerActivity.CUDA if on_card else ProfilerActivity.CPU
    with profile(activities=[activity]) as seen:
        row = take_step(1 + fitting.WARM_UP, material)
    time = "self_device_time_total" if on_card else "self_cpu_time_total"
    found = Counter({one.key: getattr(one, time) / 1e6 for one in seen.key_averages()})
    found["wall"] = row["seconds"]
    return found


def table(found: Counter, least: float | None) -> str:
    """Seconds and share of the step by kind; `least`: what the arithmetic that nobody can avoid would take."""
    wall = found.pop("wall")
    kinds: Counter = Counter()
    for kernel, seconds in found.items():
        kinds[kind_of(kernel)] += seconds
    lines = ["| kernels | s | of the step |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {seconds:.3f} | {100 * seconds / wall:.0f} % |" for kind, seconds in kinds.most_common()]
    lines.append(f"| between kernels | {wall - kinds.total():.3f} | {100 * (1 - kinds.total() / wall):.0f} % |")
    lines.append(f"| **the step** | {wall:.3f} | |")
    if least is not None:
        share = f"{100 * least / wall:.0f} %"
        lines.append(f"| its arithmetic at the speed of a large bf16 product | {least:.3f} | {share} |")
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
    print(card.title(device, flops).replace("bench.card", "bench.profiled"))
    for precision in asked.precisions:
        for size in asked.sizes:
            job = card.job_of(asked, precision, asked.keep[0], 1)
            found = kernels(job, size)
            longest = found.most_common(top + 1)
            print(f"\n{precision}, {size.frames} f {size.width}×{size.height}\n")
            print(table(found, least_seconds(job, size, flops)), flush=True)
            for kernel, seconds in longest:
                if kernel != "wall":
                    print(f"    {1e3 * seconds:8.1f} ms  {kind_of(kernel):20s} {kernel[:100]}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.profiled", add_help=False)
    parser.add_argument("--top", type=int, default=12)
    own, others = parser.parse_known_args()
    show(card.options(others), own.top)


if __name__ == "__main__":
    main()
