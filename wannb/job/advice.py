"""What the guides say on a setting, for the kind of LoRA, the task and the card that a job is for."""

import re
from dataclasses import replace
from functools import cache

from wannb.job.guides import GUIDES, Advice, advised, card_for
from wannb.job.guides.facts import SMALLEST_CARD
from wannb.job.job import Job
from wannb.job.setting import works
from wannb.job.settings import SETTINGS
from wannb.words import say

__all__ = ["Advice", "advice", "general"]
_SETTINGS = {one.key: one for one in SETTINGS}
_ITEM = "sample.samples[]."


def advice(job: Job, key: str) -> Advice | None:
    """The guides' advice on the dotted `key` (`train.lr`, `datasets[0].num_frames`); None where they say nothing.

    A preview's own width, frames and so on have the advice of `sample`. What is not built yet is said to come.
    """
    declared = general(key)
    if declared not in GUIDES and declared.startswith(_ITEM):
        declared = f"sample.{declared.removeprefix(_ITEM)}"
    if declared not in GUIDES:
        return None
    return _told(declared, job.wannb.kind, job.task, column(job))


def general(key: str) -> str:
    """The key as it is declared: `datasets[0].num_frames` → `datasets[].num_frames`."""
    return re.sub(r"\[\d+\]", "[]", key)


def column(job: Job) -> int | None:
    """The column of the guides for the card that the job names, the least for less; None where it names none."""
    named = job.wannb.vram_gb
    return None if named is None else card_for(max(named, SMALLEST_CARD))


@cache
def _told(key: str, kind: str | None, task: str, card: int | None) -> Advice:
    found = advised(GUIDES[key], kind, task, card)
    wanted = advised(GUIDES[_SETTINGS[key].of], kind, task, card).value if _SETTINGS[key].of in GUIDES else None
    switch_waits = wanted is not None and not works(wanted, _SETTINGS[_SETTINGS[key].of].built)
    waits = found.value is not None and not works(found.value, _SETTINGS[key].built)
    return (
        replace(found, text=say("{advice}; comes with a later version", advice=say(found.text)))
        if waits or switch_waits
        else found
    )
