"""One piece of the guides' advice, and what it may depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wannb.words import join, say


@dataclass(frozen=True)
class Advice:
    """text: a clause that fits beside the field; value: what the guides would set, None where they name none.

    low, high: the range that they give.  why: a sentence or two on what the setting does for this kind of LoRA.
    """

    text: str
    value: Any = None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True)
class By:
    """Advice that depends on `axis`: "kind", "task" or "card"; the case None is for where that is not known.

    why: what holds in every case; the case's own reason follows it.
    """

    axis: str
    cases: "Mapping[Any, Advice | By]"
    why: str = ""


def advised(entry: Advice | By, kind: str | None, task: str, card: int | None) -> Advice:
    """The advice for a kind (None: not known), a task and a card of the guides (12, 24, 48, 80; None: not known)."""
    at, reasons = {"kind": kind, "task": task, "card": card}, []
    while isinstance(entry, By):
        reasons.append(entry.why)
        entry = entry.cases[at[entry.axis]]
    return replace(entry, why=join(" ", [say(reason) for reason in (*reasons, entry.why) if reason]))
