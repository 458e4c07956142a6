"""What a step at 14 B takes on this GPU, in the trainer, beside diffusers with PEFT; as a Markdown table.

python -m bench.card [--precisions bf16 float8] [--sizes 41x512x512 81x832x480] [--keep auto inputs] [--experts 1 2]

The weights are random, so nothing is downloaded; the LoRA has rank 16 on the 400 linears of an expert, the batch is 1,
blocks are compiled. With --model wannb/tiny-wan2.2-i2v --device cpu the same runs anywhere, for a look at the table.
"""

import argparse
import datetime
import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from bench.diffusers_step import diffusers_steps
from wannb.data.model_files import shape_of
from wannb.job import Job
from wannb.job.cost import pace
from wannb.job.cost.estimate import ShapeCost
from wannb.job.cost.keeping import KEPT
from wannb.job.cost.model_shape import tokens
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape
from wannb.runs import card_flops, fitting
from wannb.train import out_of_memory
from wannb.train.experts import Experts

SIZES = ("41x512x512", "41x768x768", "81x832x480")
HEAD = ("weights", "kept", "experts", "clips", "s a step", "range, s", "first step, s", "peak, GiB", "of the card")


@dataclass(frozen=True)
class Row:
    """One line; `reached` is the share of the card's measured FLOP/s that the least possible arithmetic came to."""

    weights: str
    kept: str
    experts: int
    size: ShapeCost
    measured: fitting.Measured
    reached: float | None

    def cells(self) -> tuple[str, ...]:
        one, size = self.measured, self.size
        return (
            self.weights, self.kept, str(self.experts), f"{size.frames} f {size.width}×{size.height}",
            f"{one.median:.3f}", f"{min(one.seconds):.3f}-{max(one.seconds):.3f}", f"{one.first:.1f}",
            f"{one.peak_gib:.1f}", "" if self.reached is None else f"{100 * self.reached:.0f} %",
        )  # fmt: skip


def job_of(options: argparse.Namespace, precision: str, keep: str, experts: int) -> Job:
    """The job of one line: image-to-video, rank 16, AdamW, one expert or both in turn."""
    job = Job.recipe("motion", "i2v")
    job.device, job.model.low_vram = options.device, False
    if options.model:
        job.model.name_or_path = options.model
    job.model.quantize = precision not in ("bf16", "fp32")
    job.model.qtype = precision if job.model.quantize else job.model.qtype
    job.train.dtype = "fp32" if precision == "fp32" else "bf16"
    job.network.linear = job.network.linear_alpha = 16
    job.train.optimizer, job.train.gradient_checkpointing = "adamw", True
    job.model.model_kwargs.train_low_noise = experts == 2
    job.train.switch_boundary_every = 1
    job.wannb.compile, job.wannb.keep = not options.eager, keep
    return job


def rows(options: argparse.Namespace, flops: float | None) -> Iterator[Row | str]:
    """A row for each combination, as it is measured; a sentence for one that did not fit."""
    for precision in options.precisions:
        for keep in options.keep:
            for experts in options.experts:
                job = job_of(options, precision, keep, experts)
                yield from _of_job(job, precision, keep, options, flops)
                _forget()


def _of_job(job: Job, precision: str, keep: str, options: argparse.Namespace, flops: float | None) -> Iterator[Row]:
    model = fitting.model_of(job)
    experts = Experts.load(job, model.where)
    for size in options.sizes:
        _forget()  # what another size reserved is not this one's
        try:
            found = [
                fitting.measure(job, model, experts, stage, size, shape_of(job).text_dim, options.steps)
                for stage in job.stages
            ]
        except out_of_memory.OutOfMemory as error:
            yield f"{precision}, {keep}: {error}"
            continue
        one = max(found, key=lambda measured: measured.median)
        words = experts.activations.words(one.expert, size.tokens)
        kept = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        kept = f"automatic: {kept}" if keep == "auto" else kept
        yield Row(precision, kept, len(job.stages), size, one, _reached(job, one, flops))


def _diffusers(options: argparse.Namespace, flops: float | None) -> Iterator[Row]:
    job = job_of(options, "bf16", "inputs", 1)
    for size in options.sizes:
        one = diffusers_steps(job, fitting.model_of(job).where, size, options.steps)
        yield Row("bf16: diffusers, PEFT", "checkpointed", 1, size, one, _reached(job, one, flops))
        _forget()


def _reached(job: Job, one: fitting.Measured, flops: float | None) -> float | None:
    if flops is None:
        return None
    shape = Shape(one.size.frames, one.size.width, one.size.height, batch=1)
    return pace.least_flops(Plan.of(job, shape_of(job)), shape) / one.median / flops


def _forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def table(lines: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    cells = [HEAD, tuple("---" for _ in HEAD), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def title(device: torch.device, flops: float | None, program: str = "bench.card") -> str:
    """When and on what `program` measured this."""
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "a CPU"
    reach = f", a bf16 product of {card_flops.MATMUL:,} reaches {flops / 1e12:.0f} TFLOP/s" if flops else ""
    return f"{datetime.date.today()}, {card}, torch {torch.__version__}{reach}; `python -m {program}`"


def size_of(text: str) -> ShapeCost:
    frames, width, height = (int(part) for part in text.split("x"))
    return ShapeCost(frames, width, height, tokens(frames, width, height), 1.0, 1, 0, 0)


def options(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line, or by `given`."""
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="bench.card", description=__doc__, formatter_class=formatter)
    parser.add_argument("--precisions", nargs="+", default=["float8", "bf16"])
    parser.add_argument("--sizes", nargs="+", type=size_of, default=[size_of(one) for one in SIZES])
    parser.add_argument("--keep", nargs="+", choices=[*KEPT, "auto"], default=["auto", "inputs"])
    parser.add_argument("--experts", nargs="+", type=int, choices=(1, 2), default=[1, 2])
    parser.add_argument("--steps", type=int, default=fitting.STEPS)
    parser.add_argument("--model", help="in place of random weights of the 14 B's shapes")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--eager", action="store_true", help="without compiling")
    parser.add_argument("--no-diffusers", action="store_true", help="without diffusers' own step")
    return parser.parse_args(given)


def show(asked: argparse.Namespace) -> None:
    """Print each line as it is measured, and the table at the end."""
    device = torch.device(asked.device)
    flops = card_flops.flops(device)
    found: list[Row] = []
    print(title(device, flops) + "\n", flush=True)
    for one in ([] if asked.no_diffusers else _diffusers(asked, flops), rows(asked, flops)):
        for row in one:
            if isinstance(row, Row):
                found.append(row)
            print(row if isinstance(row, str) else "  ".join(row.cells()), flush=True)
    print("\n" + table(found))


if __name__ == "__main__":
    show(options())
