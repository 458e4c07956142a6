"""An estimate in words."""

from wannb.job.amounts import counted, duration, memory, pace, size

FEW = 6
"""Sizes that are listed."""


def as_text(one) -> str:
    """Memory, time, clips and disk, a paragraph each: the amount, between what, and what it is made of."""
    paragraphs = [_memory(one), _time(one), _clips(one), _disk(one)]
    return "\n".join(line for paragraph in paragraphs for line in paragraph)


def verdict(one) -> str:
    """Whether it fits, in a few words; empty where no card is known."""
    if one.card_gib is None:
        return ""
    said = {True: "fits", False: "does not fit", None: "may not fit"}[one.fits]
    return f"{said} {one.card_gib:.0f} GB"


def _memory(one) -> list[str]:
    low, high = one.memory_band
    told = f"memory  {memory(one.peak_gib)} at the peak ({memory(low)} to {memory(high)})"
    lines = [told + (f": {verdict(one)}" if one.card_gib else "")]
    lines.append(f"        training {memory(one.phases_gib['training'])}: {_listed(one.parts_gib, memory)}")
    others = {name: gib for name, gib in one.phases_gib.items() if name != "training"}
    lines.append(f"        {_listed(others, memory)}")
    if one.fits is not True and one.card_gib:
        lines += [f"        lighter: {change.sentence} ({memory(change.peak_gib)})" for change in one.advice]
    return lines


def _time(one) -> list[str]:
    low, high = one.time_band
    return [
        f"time    {duration(one.total_seconds)} ({duration(low)} to {duration(high)}): "
        f"{one.steps} steps of {pace(one.s_per_step)} on {one.gpu}",
        f"        {_listed(one.seconds, duration)}",
    ]


def _clips(one) -> list[str]:
    if one.clips is None:
        first = "clips   none readable yet; squares of the Resolutions stand for them"
    else:
        each = f", each drawn {one.steps_per_clip:.0f} times" if one.steps_per_clip else ""
        first = f"clips   {counted(one.clips, 'clip')}{each}"
    return [first, *(f"        {_shape(shape)}" for shape in one.shapes[:FEW])] + (
        [f"        and {len(one.shapes) - FEW} smaller sizes"] if len(one.shapes) > FEW else []
    )


def _shape(one) -> str:
    return (
        f"{one.width}×{one.height}×{one.frames}: {one.tokens:,} tokens, {one.share:.0%} of the draws, "
        f"{pace(one.s_per_step)} a step, {memory(one.peak_gib)}"
    )


def _disk(one) -> list[str]:
    free = "" if one.free_bytes is None else f" of {size(one.free_bytes)} free"
    return [f"disk    {size(sum(one.disk_bytes.values()))}{free}", f"        {_listed(one.disk_bytes, size)}"]


def _listed(parts: dict, words) -> str:
    return ", ".join(f"{name} {words(amount)}" for name, amount in parts.items() if amount)
