"""Preflight of the adapter: its strength, its start, and what its type leaves without effect."""

from collections.abc import Iterator
from pathlib import Path

from wannb.job.finding import Finding
from wannb.job.job import Job

Findings = Iterator[Finding]


def network_findings(job: Job) -> Findings:
    for rule in (_alpha, _lokr, _start):
        yield from rule(job)


def _alpha(job: Job) -> Findings:
    rank, alpha = job.network.linear, job.network.linear_alpha
    if alpha not in (None, rank) and job.network.type == "lora":
        message = f"The LoRA is scaled by {alpha:g} / {rank}; AI Toolkit ignores alpha."
        yield Finding("alpha", "info", "network.linear_alpha", message, f"For AI Toolkit's strength set it to {rank}.")


def _lokr(job: Job) -> Findings:
    if job.network.type != "lokr":
        return
    if job.network.lokr_full_rank:
        message = "LoKr Full Rank leaves Linear Rank without effect: LoKr Factor alone sets the size."
        yield Finding("lokr-full-rank", "info", "network.linear", message, "Switch lokr_full_rank off to use the rank.")
    if job.wannb.lora_plus_ratio != 1:
        message = "LoRA+ is for the matrices A and B of a LoRA, which LoKr does not have."
        yield Finding("lora-plus-lokr", "error", "wannb.lora_plus_ratio", message, "Set wannb.lora_plus_ratio to 1.")


def _start(job: Job) -> Findings:
    """Whether there is a LoRA where the job says that it begins with one."""
    where, path = "network.pretrained_lora_path", job.network.pretrained_lora_path
    if not path:
        return
    fix = "Set it to a .safetensors file or a folder with the pair, or leave it out."
    if job.network.type == "lokr":
        message = "A LoKr cannot begin from a LoRA's files: its factors are others."
        yield Finding("start-lokr", "error", where, message, "Set network.type to lora, or leave the path out.")
    elif not Path(path).exists():
        yield Finding("start-missing", "error", where, f"There is no LoRA {path!r} to begin with.", fix)
    elif Path(path).is_file() and Path(path).suffix.lower() != ".safetensors":
        yield Finding("start-format", "error", where, f"{path!r} is no .safetensors file.", fix)
