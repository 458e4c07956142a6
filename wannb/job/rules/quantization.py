"""Preflight of what the frozen weights are held in: the kind of bits, the adapter beside them, what stays as it is."""

import difflib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.linears import ORIGINAL
from wannb.job.model import ADAPTERS
from wannb.job.qtypes import RECOVERED, WORKING, held, nearest, quantizes_text
from wannb.job.recovered import PUBLISHED, held_experts
from wannb.words import say

Findings = Iterator[Finding]
KIND, TEXT, ADAPTER, KWARGS = (
    "model.qtype",
    "model.qtype_te",
    "model.accuracy_recovery_adapter",
    "model.quantize_kwargs",
)
OUTSIDE = ("condition_embedder", "proj_out", "patch_embedding")
"""What AI Toolkit's exclusions name beside linears of blocks: it is never quantized here."""


def quantization_findings(job: Job) -> Findings:
    """Nothing is said of what a switch that is off leaves without effect."""
    if job.model.quantize:
        yield from _kind(KIND, job.model.qtype)
        yield from _adapter(job)
        yield from _exclusions(job.model.quantize_kwargs)
    if quantizes_text(job.model):
        yield from _kind(TEXT, job.model.qtype_te)
        if held(job.model.qtype_te).adapter:
            message = say(
                "There are no accuracy recovery adapters for the text encoder, and {key} names one.", key=TEXT
            )
            only = held(job.model.qtype_te).kind
            yield Finding("adapter-wrong", "error", TEXT, message, _set(TEXT, only), Put({TEXT: only}))


def _kind(key: str, qtype: str) -> Findings:
    kind = held(qtype).kind
    if kind in WORKING:
        return
    found = nearest(kind)
    if found:
        instead, why = found
        message = say("{kind} ({key}) is not built: {why}.", kind=kind, key=key, why=why)
        yield Finding("not-built", "error", key, message, _set(key, instead), Put({key: instead}))
        return
    near = difflib.get_close_matches(kind, WORKING, 1)
    fix = (
        say("Did you mean {near}?", near=near[0]) if near else say("Take one of {choices}.", choices=", ".join(WORKING))
    )
    cure = Put({key: near[0]}) if near else None
    yield Finding("unknown-choice", "error", key, say("{key} has no choice {value!r}.", key=key, value=kind), fix, cure)


def _adapter(job: Job) -> Findings:
    model = job.model
    kind, adapter = held(model.qtype, model.accuracy_recovery_adapter)
    if adapter is None:
        return
    where = KIND if "|" in model.qtype else ADAPTER
    beside = (model.accuracy_recovery_adapter or "").strip()
    if beside and beside != adapter:
        message = say(
            "Two accuracy recovery adapters are named, one in {first}, one in {second}.", first=KIND, second=ADAPTER
        )
        yield Finding("adapter-wrong", "error", ADAPTER, message, say("Leave one of them out."), Put({ADAPTER: None}))
    elif kind in WORKING and kind != RECOVERED:
        message = say(
            "An accuracy recovery adapter gives back what {right} loses, and the job has {kind}.",
            right=RECOVERED,
            kind=kind,
        )
        both = f"{RECOVERED}|{adapter}"
        yield Finding("adapter-wrong", "error", where, message, _set(KIND, both), Put({KIND: both, ADAPTER: None}))
    elif not Path(adapter).expanduser().is_file() and not _on_hub(adapter):
        message = say("The accuracy recovery adapter {name} is no file here.", name=adapter)
        fix = say("Give the path of a .safetensors file, or user/repository/file on the hub.")
        yield Finding("adapter-wrong", "error", where, message, fix)
    elif held_experts(job).adapter is None:
        message = say(
            "The accuracy recovery adapter {name} was made for Wan 2.2 14B: the tiny Wan trains in {kind} without it.",
            name=adapter,
            kind=kind,
        )
        yield Finding("adapter-wrong", "warning", where, message, _set(KIND, kind), Put({KIND: kind, ADAPTER: None}))
    else:
        yield from _other_task(job, adapter)


def _on_hub(name: str) -> bool:
    """Whether `name` is user/repository/file; a path begins otherwise."""
    return len(name.split("/")) > 2 and not name.startswith((".", "/", "~")) and all(name.split("/"))


def _other_task(job: Job, adapter: str) -> Findings:
    right = ADAPTERS.get(job.model.arch, "")
    if adapter in PUBLISHED and right != f"{RECOVERED}|{adapter}":
        message = say("The accuracy recovery adapter {name} was made for the other task's model.", name=adapter)
        yield Finding("adapter-wrong", "warning", KIND, message, _set(KIND, right), Put({KIND: right, ADAPTER: None}))


def _exclusions(kwargs: dict) -> Findings:
    """`exclude`, a pattern or a list of them; what else AI Toolkit passes on to a library is refused."""
    other = next((key for key in kwargs if key != "exclude"), None)
    if other:
        message = say("{key} has {other}, and only exclude is built.", key=KWARGS, other=other)
        kept = {key: value for key, value in kwargs.items() if key == "exclude"}
        yield Finding(
            "exclude-wrong", "error", KWARGS, message, say("Name there what stays as it is."), Put({KWARGS: kept})
        )
        return
    given = kwargs.get("exclude") or []
    patterns = [given] if isinstance(given, str) else given
    for one in patterns if isinstance(patterns, list) else [patterns]:
        if not isinstance(one, str) or not _meets_something(one):
            message = say("{value!r} in {key} is the name of no linear of a block.", value=one, key=KWARGS)
            fix = say("Names are {names}; * stands for anything.", names=", ".join(ORIGINAL))
            yield Finding("exclude-wrong", "error", KWARGS, message, fix)


def _meets_something(pattern: str) -> bool:
    return pattern.startswith(OUTSIDE) or any(fnmatchcase(linear, pattern) for linear in ORIGINAL)


def _set(key: str, value: str) -> str:
    return say("Set {key} to {value}.", key=key, value=value)
