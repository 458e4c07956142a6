"""Amounts in words."""

from wannb.words import Said, say

ONE = {
    "batches": say("batch"), "checkpoints": say("checkpoint"), "clips": say("clip"), "frames": say("frame"),
    "minutes": say("minute"), "pieces": say("piece"), "steps": say("step"), "times": say("time"),
}  # fmt: skip
"""What a single one of a setting's unit is called; `px`, `fps` and `GB` are the same."""


def duration(seconds: float) -> str:
    """Seconds as a person would say them: 0.4 s, 40 s, 12 min, 3 h 05 min, 31 h."""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1g} s" if seconds < 1 else f"{seconds:.2g} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 600 else f"{round(minutes / 60)} h"


def pace(seconds: float) -> str:
    """Of a step: 0.062 s, 2.9 s, 41 s."""
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds:.0f} s"


def memory(gib: float) -> str:
    """GiB under the name that cards are sold by: 24.0 GB."""
    return f"{gib:.1f} GB" if gib >= 0.095 else f"{gib * 1024:.0f} MB"


def size(count: float) -> str:
    """Bytes on a disk, in units of 1000."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def counted(count: int, one: str) -> str:
    """`1 clip`, `2 clips`, `11,264 tokens`."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def in_unit(amount: str, unit: str) -> Said:
    """`1 clip`, `41 frames`, `512, 768 px`: a setting's value with its unit."""
    return say("{amount} {unit}", amount=amount, unit=ONE.get(unit, say(unit)) if amount == "1" else say(unit))
