"""What an estimate says, as small mappings that a browser draws: memory, time, clips, disk, buckets.

Each has a `headline`, an `alt` (the picture in words) and the numbers of its drawing; one of which nothing is known is
None. GB of memory are GiB, as cards are sold; GB of disk are 10⁹ bytes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wannb.data.kind_checks import SEEN
from wannb.job.amounts import counted, duration, memory, pace, size
from wannb.job.cost.estimate import Estimate, ShapeCost
from wannb.job.cost.estimate_text import verdict

MOST_BUCKETS = 12
MOST_ADVICE = 2
NAMES = {"lora": "LoRA"}
MOODS = {True: "good", False: "bad", None: "warn"}

View = dict[str, Any]


def memory_view(estimate: Estimate) -> View | None:
    """`rows`: the peak of each phase (GiB), training first with its `parts`; `band`: of the `highest`; `card` (GiB)."""
    peak, card, phases = estimate.peak_gib, estimate.card_gib, estimate.phases_gib
    if not peak:
        return None
    low, high = estimate.memory_band
    names = sorted(phases, key=lambda name: name != "training")
    rows = [
        {"name": name, "gib": round(phases[name], 3), "words": memory(phases[name])} for name in names if phases[name]
    ]
    parts, said = _parts(estimate.parts_gib, memory), verdict(estimate)
    phased = _all(f"{row['name']} {row['words']}" for row in rows)
    return {
        "rows": rows,
        "parts": parts,
        "band": [round(low, 3), round(high, 3)],
        "highest": max(phases, key=phases.get),
        "card": card,
        "card_words": f"{card:.0f} GB card" if card else "",
        "headline": memory(peak),
        "between": _between(low, high, memory),
        "verdict": said,
        "mood": MOODS[estimate.fits],
        "lines": _advice(estimate),
        "alt": f"Memory. {memory(peak)} at the peak, {_between(low, high, memory)}{f': {said}' if said else ''}. "
        f"Training holds {_all(part['words'] for part in parts)}; {phased}.",
    }


def _advice(estimate: Estimate) -> list[str]:
    """What would make it fit, else what makes it lighter, where it is not sure to fit."""
    if estimate.card_gib is None or estimate.fits:
        return []
    if estimate.fitting:
        return [f"To fit, {memory(estimate.fitting.peak)}: {estimate.fitting.sentence}"]
    return [f"Lighter, {memory(one.peak_gib)}: {one.sentence}" for one in estimate.advice[:MOST_ADVICE]]


def time_view(estimate: Estimate) -> View | None:
    """`parts`: seconds of training, previews, caching, saving; `band`: of all together."""
    total, (low, high) = estimate.total_seconds, estimate.time_band
    if not total:
        return None
    parts = _parts(estimate.seconds, duration)
    whose = f"{counted(estimate.steps, 'step')} of {pace(estimate.s_per_step)} on {estimate.gpu}"
    return {
        "parts": parts,
        "band": [round(low, 1), round(high, 1)],
        "headline": duration(total),
        "between": _between(low, high, duration),
        "lines": [whose],
        "alt": f"Time. {duration(total)}, {_between(low, high, duration)}: {_all(one['words'] for one in parts)}; "
        f"{whose}.",
    }


def clips_view(estimate: Estimate) -> View | None:
    """`value`: how often each clip is drawn, beside `usual`, what the guides' numbers come to."""
    each = estimate.steps_per_clip
    if not estimate.clips or not each:
        return None
    least, most = SEEN
    said = "may overfit" if each > most else "may not learn" if each < least else ""
    times = f"{each:,.0f}" if each >= 9.95 else f"{each:.1f}"
    headline = f"{counted(estimate.clips, 'clip')}, each drawn {times} times"
    return {
        "value": round(each, 2),
        "usual": [least, most],
        "headline": headline,
        "verdict": said,
        "mood": "warn" if said else "good",
        "lines": [f"Steps per clip: {least} to {most} are usual."],
        "alt": f"Clips. {headline}; {least} to {most} steps per clip are usual{f': {said}' if said else ''}.",
    }


def disk_view(estimate: Estimate) -> View | None:
    """`parts`: bytes of checkpoints, state, previews, caches, download; `free`: bytes, None where unknown."""
    total, free = sum(estimate.disk_bytes.values()), estimate.free_bytes
    if not total:
        return None
    parts, (said, mood) = _parts(estimate.disk_bytes, size), _room(estimate)
    left = "" if free is None else f"{size(free)} free"
    return {
        "parts": parts,
        "total": total,
        "free": free,
        "free_words": left,
        "headline": size(total),
        "verdict": said,
        "mood": mood,
        "alt": f"Disk. {size(total)}{f', {left}' if left else ''}: {_all(one['words'] for one in parts)}"
        f"{f'; {said}' if said else ''}.",
    }


def _room(estimate: Estimate) -> tuple[str, str]:
    """Whether it fits on the disk; the download may go to another one."""
    free, needed = estimate.free_bytes, estimate.needed_bytes
    if free is None:
        return "", ""
    if needed > free:
        return "does not fit", "bad"
    return ("may not fit", "warn") if needed + estimate.disk_bytes.get("download", 0) > free else ("fits", "good")


def buckets_view(estimate: Estimate) -> View | None:
    """`buckets`: width and height (pixels), frames, clips and lines of words each, the costliest first."""
    if not estimate.shapes:
        return None
    drawn, rest = estimate.shapes[:MOST_BUCKETS], estimate.shapes[MOST_BUCKETS:]
    headline = counted(len(estimate.shapes), "bucket")
    if estimate.clips is None:
        headline += ", squares for the clips that are not readable yet"
    buckets = [_bucket(one) for one in drawn]
    clips = counted(sum(one.clips for one in rest), "clip")
    return {
        "buckets": buckets,
        "headline": headline,
        "lines": [f"and {counted(len(rest), 'smaller bucket')} with {clips}"] if rest else [],
        "alt": f"Buckets. {headline}. " + " ".join(bucket["alt"] for bucket in buckets),
    }


def _bucket(one: ShapeCost) -> View:
    frames = counted(one.frames, "frame")
    drawn = f"{one.share:.0%} of steps"
    lines = [f"{counted(one.clips, 'clip')} · {drawn}" if one.clips else drawn, counted(one.tokens, "token")]
    lines.append(f"{pace(one.s_per_step)} a step · {memory(one.peak_gib)}")
    return {
        "width": one.width,
        "height": one.height,
        "frames": one.frames,
        "clips": one.clips,
        "title": f"{one.width}×{one.height} · {frames}",
        "words": lines,
        "alt": f"{one.width} by {one.height}, {frames}: {', '.join(lines)}.".replace(" · ", ", "),
    }


def _parts(amounts: Mapping[str, float], said: Callable[[float], str]) -> list[View]:
    """The segments of a bar: each amount with its name, and `said` of it."""
    named = [(name, NAMES.get(name, name), one) for name, one in amounts.items() if one]
    return [{"name": name, "size": round(one, 4), "words": f"{shown} {said(one)}"} for name, shown, one in named]


def _between(low: float, high: float, said: Callable[[float], str]) -> str:
    return f"{said(low)} to {said(high)}"


def _all(words: Any) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
