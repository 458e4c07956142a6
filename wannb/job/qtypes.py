"""What frozen weights are held in (`model.qtype`, `model.qtype_te`): AI Toolkit's names, and what is there for each."""

from typing import Any, NamedTuple

from wannb.words import say

WORKING = {
    "float8": "float8", "qfloat8": "qfloat8", "qint8": "qint8", "qint4": "qint4", "uint4": "uint4",
}  # fmt: skip
RECOVERED = "uint4"
"""What accuracy recovery adapters are made for."""
SAME = {"qfloat8_e4m3fn": "qfloat8"}
"""Other names of what works."""
_OWN = say("it is a format of AI Toolkit's own")
_FEWER = say("accuracy recovery adapters are published for 4 bits, not for fewer")
_UNEVEN = say("a byte holds no whole number of such weights")
_FORM = say("qfloat8 is e4m3, the usual form of 8-bit floats for weights")
NEAREST = {
    **dict.fromkeys(("uint2", "uint3"), ("uint4", _FEWER)),
    **dict.fromkeys(("uint5", "uint6", "uint7"), ("qint8", _UNEVEN)),
    "uint8": ("qint8", say("AI Toolkit quantizes nothing with it")),
    "int8": ("qint8", say("it is torchao's, and qint8 has 8-bit integers with a scale a row as well")),
    "qint2": ("qint4", _FEWER),
    **dict.fromkeys(("qfloat8_e5m2", "qfloat8_e4m3fnuz"), ("qfloat8", _FORM)),
    **dict.fromkeys(("convrot8", "convrotint5", "convrotint6", "convrotint7"), ("qint8", _OWN)),
    **dict.fromkeys(("convrot4", "nvfp4", "convrotint2", "convrotint3", "convrotint4"), ("uint4", _OWN)),
    "convrotbitnet": ("uint4", _OWN),
}
"""AI Toolkit's others: the nearest that works, and why not itself."""
ORBIT = "orbit"


RECOVERY_RANK = 16
"""Of an adapter that is not here to be read. Assumed."""


class Held(NamedTuple):
    """kind: one of WORKING or whatever the job says; adapter: the accuracy recovery adapter beside it, or None."""

    kind: str
    adapter: str | None


def held(qtype: str, adapter: str | None = None) -> Held:
    """`uint4|user/repository/file` names both; else `adapter` (`model.accuracy_recovery_adapter`) is beside."""
    kind, _, own = qtype.partition("|")
    return Held(SAME.get(kind.strip(), kind.strip()), own.strip() or (adapter or "").strip() or None)


def quantizes_text(model: Any) -> bool:
    """Whether a job's `model` holds the text encoder in fewer bits: unset it goes with the experts."""
    return model.quantize if model.quantize_te is None else model.quantize_te


def nearest(kind: str) -> tuple[str, str] | None:
    """(what works in its place, why it does not) of a kind of AI Toolkit's; None for a kind of nobody."""
    return ("uint4", _OWN) if kind.startswith(ORBIT) else NEAREST.get(kind)
