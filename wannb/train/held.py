"""How a job holds its frozen weights: in which bits, with which adapter beside them."""

from pathlib import Path
from typing import NamedTuple

import torch

from wannb.job import Job
from wannb.job.qtypes import held, quantizes_text
from wannb.job.recovered import held_experts
from wannb.train.device import DTYPES, device_of
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara import recovery
from wannb.wan.kernels.where import has_8_bit_floats
from wannb.wan.loading import random_model, weights
from wannb.wan.quantized.quantizing import Scheme


class How(NamedTuple):
    """scheme: None for weights as they are; pairs: what is beside each linear, by layer."""

    scheme: Scheme | None
    pairs: dict[str, Pair]


def expert(job: Job, where: object, name: str) -> How:
    """How `job` holds the expert `name` ("high" | "low") of the model at `where`. The adapter is fetched here where it
    is on the hub; raises Refusal where it is not to be had or another model's."""
    model = job.model
    if not model.quantize:
        return How(None, {})
    kind, adapter = held_experts(job)
    pairs = _pairs(where, name, adapter, job.task) if adapter else {}
    return How(Scheme(kind, (*excluded(model.quantize_kwargs), *recovery.unrecovered(pairs))), pairs)


def text(job: Job) -> Scheme | None:
    """How it holds the text encoder; None as it is."""
    return Scheme(held(job.model.qtype_te).kind) if quantizes_text(job.model) else None


def check(job: Job, where: object) -> None:
    """Fetch and read the job's adapter before anything dear is done; raises Refusal where it does not do."""
    for name in job.stages:
        expert(job, where, name)


def warnings(job: Job) -> list[str]:
    """What a run is to be told of its weights: where float8 does not multiply in 8 bits on a card."""
    device = device_of(job.device)
    if not job.model.quantize or held(job.model.qtype).kind != "float8" or device.type != "cuda":
        return []
    if DTYPES[job.train.dtype] != torch.bfloat16:
        return ["float8 multiplies in 8 bits only with Training Precision BF16: here it saves memory alone."]
    if not has_8_bit_floats(device):
        return [f"{torch.cuda.get_device_name(device)} has no 8-bit products: float8 saves memory here, and no time."]
    return []


def excluded(kwargs: dict) -> tuple[str, ...]:
    """The patterns of `model.quantize_kwargs`."""
    patterns = kwargs.get("exclude") or ()
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)


def _pairs(where: object, name: str, adapter: str, task: str) -> dict[str, Pair]:
    facts = weights.facts(where, task)
    if random_model.is_random(where) and not Path(adapter).is_file():
        return recovery.made_up(facts)
    return recovery.read(recovery.fetch(adapter), name, facts)
