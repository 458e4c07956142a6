"""Preflight of Layer Offloading: shares that stream nothing."""

from collections.abc import Iterator

from wannb.job.cost.streaming import RING
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say

SWITCH = "model.layer_offloading"
LAYERS = {"transformer": 40, "text_encoder": 24}
"""Blocks of an expert and of UMT5-XXL."""


def offloading_findings(job: Job) -> Iterator[Finding]:
    if not job.model.layer_offloading:
        return
    shares = {name: getattr(job.model, f"layer_offloading_{name}_percent") for name in LAYERS}
    streams = {name: round(share * LAYERS[name]) > RING for name, share in shares.items()}
    if not any(streams.values()):
        message = say("Layer Offloading with these shares streams nothing.")
        yield Finding("offload-nothing", "error", SWITCH, message, say("Switch it off."), Put({SWITCH: False}))
        return
    for name, share in shares.items():
        if share and not streams[name]:
            where = f"model.layer_offloading_{name}_percent"
            message = say(
                "A share of {share:g} is {count} of {layers} blocks, and {ring} are on the card at any time.",
                share=share,
                count=round(share * LAYERS[name]),
                layers=LAYERS[name],
                ring=RING,
            )
            yield Finding("offload-nothing", "error", where, message, say("Set it to 0, or higher."), Put({where: 0.0}))
