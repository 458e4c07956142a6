"""Preflight of the machine: its card, its main memory, and whether the base model is on it."""

from collections.abc import Iterator

from wannb.job import base_model
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.parts.downloads import downloads
from wannb.machine import Machine
from wannb.words import say

Findings = Iterator[Finding]
AS_NAMED = 0.9
"""Of the memory that a card is sold with is what drivers report, at the least."""
EXPERT_GIB, BITS = 26.6, {"float8": 8, "qfloat8": 8, "qint8": 8, "qint4": 4, "uint4": 4}
"""One expert in bf16 (14.3 billion weights), and what else its weights may be held in."""
BESIDE_GIB = 6
"""Main memory for the system, the trainer and its libraries."""


def machine_findings(job: Job, machine: Machine | None) -> Findings:
    """Nothing is said where no machine is named, or where the job trains on the CPU."""
    if machine is None:
        return
    yield from _download(job)
    if job.device == "cpu":
        return
    if machine.gpu is None:
        message = say(
            "This machine has no GPU that training would see, and the job asks for {device}.", device=job.device
        )
        yield Finding(
            "no-gpu", "info", "device", message, say("Train it on another machine; everything else works here.")
        )
    elif _smaller(job, machine):
        where, own = "wannb.vram_gb", float(max(1, round(machine.vram_gb)))
        message = say(
            "The job is for a card of {asked:g} GB, and this machine's {gpu} has {own:g}.",
            asked=job.wannb.vram_gb,
            gpu=machine.gpu,
            own=own,
        )
        fix = say("Set Card Memory to {own:g}; what does not fit there is then said.", own=own)
        yield Finding("smaller-card", "warning", where, message, fix, Put({where: own}))
    else:
        yield from _ram(job, machine)


def _smaller(job: Job, machine: Machine) -> bool:
    named = job.wannb.vram_gb
    return named is not None and machine.vram_gb is not None and machine.vram_gb < AS_NAMED * named


def _ram(job: Job, machine: Machine) -> Findings:
    """With Low VRAM all experts lie in main memory, with Layer Offloading what streams of them; previews need both."""
    model = job.model
    where = "model.low_vram" if model.low_vram else "model.layer_offloading"
    share = 1.0 if model.low_vram else model.layer_offloading * model.layer_offloading_transformer_percent
    if not share or base_model.is_tiny(model.name_or_path):
        return
    bits = BITS.get(job.model.qtype.partition("|")[0], 16) if job.model.quantize else 16
    held = share * EXPERT_GIB * bits / 16 * (len(job.stages) if job.train.disable_sampling else 2)
    if machine.ram_gb < held + BESIDE_GIB:
        message = say(
            "{setting} keeps the experts in main memory, about {held:.0f} GiB, and this machine has {ram:.0f}.",
            setting="Low VRAM" if model.low_vram else "Layer Offloading",
            held=held,
            ram=machine.ram_gb,
        )
        fix = say("Quantize them to fewer bits, or train on a machine with more.")
        yield Finding("ram-short", "warning", where, message, fix)


def _download(job: Job) -> Findings:
    for name, gb in downloads(job).items():
        message = say("{name} is not on this machine yet: about {gb:.0f} GB are downloaded first.", name=name, gb=gb)
        fix = say("They go to {folder}; HF_HOME says where else.", folder=base_model.hub_cache())
        yield Finding("download", "info", "model.name_or_path", message, fix)
