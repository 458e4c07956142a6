"""What an estimate says, as small mappings that a browser draws: memory, time, clips, disk, buckets.

Each has a `headline`, an `alt` (the picture in words) and the numbers of its drawing; one of which nothing is known is
None. GB of memory are GiB, as cards are sold; GB of disk are 10⁹ bytes.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wannb.ui.words import counted, duration, joined, memory, pace, size

if TYPE_CHECKING:
    from wannb.job.estimate import Estimate

STEPS_PER_CLIP = (35, 300)
"""What the guides' tables come to: from 1500 steps on 40 clips to 3000 on 10."""
MOST_BUCKETS = 12

View = dict[str, Any]


def memory_view(estimate: "Estimate") -> View | None:
    """`rows`: the peak of each phase with its `parts` (GiB), training first; `band`: of the highest; `card` (GiB)."""
    peak, card = estimate.peak_gib, estimate.card_gib
    if not peak:
        return None
    low, high = (round(edge, 3) for edge in estimate.memory_band)
    training = estimate.phases_gib.get("training", peak)
    others = {name: gib for name, gib in estimate.phases_gib.items() if name != "training" and gib}
    rows = [{"name": "training", "gib": round(training, 3), "parts": _parts(estimate.parts_gib, memory)}]
    rows += [{"name": name, "gib": round(gib, 3), "parts": []} for name, gib in others.items()]
    verdict, mood = _verdict(estimate, high)
    return {
        "rows": [{**row, "words": memory(row["gib"])} for row in rows],
        "band": [low, high],
        "card": card,
        "card_words": f"{card:.0f} GB card" if card else "",
        "headline": f"{memory(peak)} of {card:.0f} GB" if card else memory(peak),
        "verdict": verdict,
        "mood": mood,
        "alt": f"Memory. The peak is {memory(peak)}, between {memory(low)} and {memory(high)}"
        + (f", on a card of {card:.0f} GB: {verdict}. " if card else ". ")
        + f"Training holds {joined([part['words'] for part in rows[0]['parts']])}. "
        + joined([f"{row['name']} {memory(row['gib'])}" for row in rows[1:]]).capitalize(),
    }


def _verdict(estimate: "Estimate", high: float) -> tuple[str, str]:
    if estimate.card_gib is None or estimate.fits is None:
        return "", ""
    if not estimate.fits:
        return "does not fit", "bad"
    return ("just fits", "warn") if high > estimate.card_gib else ("fits", "good")


def _parts(amounts: Mapping[str, float], said: Callable[[float], str]) -> list[View]:
    """The segments of a bar: each amount with its name, and `said` of it."""
    return [
        {"name": name, "size": round(one, 4), "words": f"{name} {said(one)}"} for name, one in amounts.items() if one
    ]


def time_view(estimate: "Estimate") -> View | None:
    """`parts`: seconds of training, previews, caching, saving; `band`: of all together."""
    total, s_per_step = estimate.total_seconds, estimate.s_per_step
    if not total or not s_per_step:
        return None
    low, high = (round(edge) for edge in estimate.time_band)
    parts = _parts(estimate.seconds, duration)
    whose = f"{pace(s_per_step)} on {estimate.gpu}" if estimate.gpu else pace(s_per_step)
    return {
        "parts": parts,
        "band": [low, high],
        "headline": duration(total),
        "between": f"{duration(low)} to {duration(high)}",
        "note": whose,
        "alt": f"Time. The run takes {duration(total)}, between {duration(low)} and {duration(high)}: "
        f"{joined([part['words'] for part in parts])}; {whose}.",
    }


def clips_view(estimate: "Estimate") -> View | None:
    """`value`: steps per clip, beside `guides`, what the guides do."""
    each = estimate.steps_per_clip
    if not estimate.clips or not each:
        return None
    fewest, most = STEPS_PER_CLIP
    verdict = "may overfit" if each > most else "may not learn" if each < fewest else ""
    headline = f"{each:,.0f} steps a clip" if each >= 9.95 else f"{each:.1f} steps a clip"
    return {
        "value": round(each, 2),
        "guides": [fewest, most],
        "headline": headline,
        "verdict": verdict,
        "mood": "warn" if verdict else "good",
        "between": counted(estimate.clips, "clip"),
        "note": f"The guides use {fewest} to {most} steps a clip.",
        "alt": f"{headline.capitalize()}, {counted(estimate.clips, 'clip')}; the guides use {fewest} to {most} steps a "
        f"clip. {verdict}".rstrip(),
    }


def disk_view(estimate: "Estimate") -> View | None:
    """`parts`: bytes of checkpoints, state, previews, caches, download; `free`: bytes, None where unknown."""
    parts = _parts(estimate.disk_bytes, size)
    total, free = sum(part["size"] for part in parts), estimate.free_bytes
    if not total:
        return None
    verdict, mood = ("", "") if free is None else ("does not fit", "bad") if total > free else ("fits", "good")
    of = f" of {size(free)} free" if free is not None else ""
    return {
        "parts": parts,
        "total": total,
        "free": free,
        "free_words": "" if free is None else f"{size(free)} free",
        "headline": size(total) + of,
        "verdict": verdict,
        "mood": mood,
        "alt": f"Disk. {size(total)}{of}: {joined([part['words'] for part in parts])}. {verdict}".rstrip(),
    }


def buckets_view(estimate: "Estimate") -> View | None:
    """`buckets`: width and height (pixels), frames, clips and three lines of words each, the largest first."""
    shapes = sorted(estimate.shapes, key=lambda one: -one.tokens)
    if not shapes:
        return None
    drawn, rest = shapes[:MOST_BUCKETS], shapes[MOST_BUCKETS:]
    clips = sum(one.clips for one in shapes)
    headline = f"{counted(len(shapes), 'bucket')}, {counted(clips, 'clip')}"
    buckets = [_bucket(one) for one in drawn]
    others = f"{counted(len(rest), 'smaller bucket')} with {counted(sum(one.clips for one in rest), 'clip')}"
    return {
        "buckets": buckets,
        "headline": headline,
        "note": f"and {others}" if rest else "",
        "alt": f"Buckets. {headline}. " + " ".join(bucket["alt"] for bucket in buckets),
    }


def _bucket(one: Any) -> View:
    frames = counted(one.frames, "frame")
    costs = [counted(one.tokens, "token")]
    costs += [pace(one.s_per_step)] if one.s_per_step else []
    costs += [memory(one.peak_gib)] if one.peak_gib else []
    return {
        "width": one.width,
        "height": one.height,
        "frames": one.frames,
        "clips": one.clips,
        "share": round(one.share, 4),
        "title": f"{one.width}×{one.height} · {frames}",
        "words": [f"{counted(one.clips, 'clip')} · {one.share:.0%} of steps", costs[0], " · ".join(costs[1:])],
        "alt": f"{one.width} by {one.height}, {frames}: {counted(one.clips, 'clip')}, {', '.join(costs)}.",
    }
