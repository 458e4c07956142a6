"""Amounts in words, as they stand in the pictures."""


def duration(seconds: float) -> str:
    """Seconds as a person would say them: 40 s, 12 min, 3 h 05 min, 31 h."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 600 else f"{round(minutes / 60)} h"


def pace(seconds: float) -> str:
    return f"{seconds:.3g} s a step" if seconds < 100 else f"{seconds:.0f} s a step"


def memory(gib: float) -> str:
    """GiB under the name that cards are sold by: 24 GB."""
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


def joined(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
