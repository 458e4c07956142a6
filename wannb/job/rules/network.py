"""Preflight of the adapter: its strength, its start, and what its type leaves without effect."""

from collections.abc import Iterator
from pathlib import Path

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say

Findings = Iterator[Finding]
MOST_DROPOUT = 0.3
"""Of the LoRA's inputs; past it too little of a short training is left."""
MOST_RANK = 64
"""Past it only on purpose, say the guides."""


def network_findings(job: Job) -> Findings:
    for rule in (_alpha, _rank, _dropout, _lokr, _start):
        yield from rule(job)


def rank_put(job: Job, where: str, rank: int) -> Put:
    """Set the rank at `where` ("network.linear" or an expert's own); an alpha that was the rank stays the rank."""
    alpha = "network.linear_alpha" if where == "network.linear" else where.replace(".rank", ".alpha")
    return Put({where: rank, alpha: rank} if job.get(alpha) == job.get(where) else {where: rank})


def ranks(job: Job) -> dict[str, int]:
    """The ranks that are trained, each by the setting that it stands in; none where the adapter has no rank."""
    if job.network.type == "lokr" and job.network.lokr_full_rank:
        return {}
    own = {one: getattr(job.wannb, one).rank for one in job.stages}
    return {"network.linear" if own[one] is None else f"wannb.{one}.rank": job.rank(one) for one in job.stages}


def _alpha(job: Job) -> Findings:
    rank, alpha = job.network.linear, job.network.linear_alpha
    if alpha not in (None, rank) and job.network.type == "lora":
        message = say("The LoRA is scaled by {alpha:g} / {rank}; AI Toolkit ignores alpha.", alpha=alpha, rank=rank)
        fix, cure = say("For AI Toolkit's strength set it to {rank}.", rank=rank), Put({"network.linear_alpha": rank})
        yield Finding("alpha", "info", "network.linear_alpha", message, fix, cure)


def _rank(job: Job) -> Findings:
    for where, rank in ranks(job).items():
        if rank > MOST_RANK:
            message = say(
                "A rank of {rank} is more than the guides take, and learns the clips by heart sooner.", rank=rank
            )
            fix = say("Take 16 or 32, unless it is on purpose.")
            yield Finding("rank-high", "info", where, message, fix, rank_put(job, where, 32))


def _dropout(job: Job) -> Findings:
    where, rate = "network.dropout", job.network.dropout
    if rate is not None and rate > MOST_DROPOUT:
        message = say(
            "{rate:.0%} of the LoRA's inputs are dropped at every step: it learns little of the clips.", rate=rate
        )
        yield Finding(
            "dropout-high", "warning", where, message, say("Set it to 0.1, or leave it out."), Put({where: 0.1})
        )


def _lokr(job: Job) -> Findings:
    if job.network.type != "lokr":
        return
    if job.network.lokr_full_rank:
        message = say("LoKr Full Rank leaves Linear Rank without effect: LoKr Factor alone sets the size.")
        fix, cure = say("Switch lokr_full_rank off to use the rank."), Put({"network.lokr_full_rank": False})
        yield Finding("lokr-full-rank", "info", "network.linear", message, fix, cure)
    if job.wannb.lora_plus_ratio != 1:
        where = "wannb.lora_plus_ratio"
        message = say("LoRA+ is for the matrices A and B of a LoRA, which LoKr does not have.")
        yield Finding(
            "lora-plus-lokr",
            "error",
            where,
            message,
            say("Set {key} to {value}.", key=where, value=1),
            Put({where: 1.0}),
        )


def _start(job: Job) -> Findings:
    """Whether there is a LoRA where the job says that it begins with one."""
    where, path = "network.pretrained_lora_path", job.network.pretrained_lora_path
    if not path:
        return
    fix, cure = say("Set it to a .safetensors file or a folder with the pair, or leave it out."), Put({where: None})
    if job.network.type == "lokr":
        message = say("A LoKr cannot begin from a LoRA's files: its factors are others.")
        yield Finding(
            "start-lokr", "error", where, message, say("Leave the path out, or set network.type to lora."), cure
        )
    elif not Path(path).exists():
        yield Finding(
            "start-missing", "error", where, say("There is no LoRA {path!r} to begin with.", path=path), fix, cure
        )
    elif Path(path).is_file() and Path(path).suffix.lower() != ".safetensors":
        yield Finding("start-format", "error", where, say("{path!r} is no .safetensors file.", path=path), fix, cure)
