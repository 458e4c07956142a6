"""What there is to say of a set's looks together: copies, captions that are one, sizes of which there are few."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from wannb.data.looks.look import Look
from wannb.data.looks.twins import Twins, twins
from wannb.job.finding import Finding
from wannb.words import say

_MANY_COPIES = 0.1
"""Share of the clips from which on copies are a warning: each is drawn as often as a clip of its own."""
_FEW, _ENOUGH = 0.2, 8
"""A size is rare with fewer clips than this share of the commonest one's, in sets of at least so many clips."""
_NAMED = 5


def findings_of_set(
    looks: Mapping[str, Look],
    captions: Mapping[str, str] | None = None,
    buckets: Mapping[str, tuple[int, int]] | None = None,
    where: str = "",
    kind: str | None = None,
) -> list[Finding]:
    """On near-duplicates, captions and bucket sizes (W, H), all by the names that clips are shown under.

    captions: as written, or final; clips that take the Default Caption are best left out.
    """
    said = duplicates(looks)
    said += same_captions(captions or {}, where, kind)
    return said + uneven_buckets(buckets or {}, where)


def duplicates(looks: Mapping[str, Look]) -> list[Finding]:
    """One for each clip that is a copy of one before it."""
    copies: dict[str, Twins] = {}
    for pair in twins(looks):
        copies.setdefault(pair.second, pair)
    severity = "warning" if len(copies) > max(1, _MANY_COPIES * len(looks)) else "info"
    return [_copy(pair, severity) for pair in copies.values()]


def _copy(pair: Twins, severity: str) -> Finding:
    how = say("mirrored") if pair.mirrored else say("encoded, scaled, lit or trimmed anew")
    message = say(
        "It is nearly the same clip as {first} ({how}): what they show is drawn twice as often.",
        first=pair.first,
        how=how,
    )
    evidence = {"other": pair.first, "mirrored": pair.mirrored, "apart": pair.apart, "later": pair.later}
    return Finding("near-duplicate", severity, pair.second, message, say("Leave one of them out."), evidence=evidence)


def same_captions(captions: Mapping[str, str], where: str = "", kind: str | None = None) -> list[Finding]:
    """One for each caption that several clips have word for word.

    A style's caption names the look, which all of its clips share, so there it is good to know and no more.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for name, text in captions.items():
        if plain := " ".join(text.split()).casefold():
            names[plain].append(name)
    return [_same(captions, alike, where, kind) for alike in names.values() if len(alike) > 1]


def _same(captions: Mapping[str, str], alike: list[str], where: str, kind: str | None) -> Finding:
    text = " ".join(captions[alike[0]].split())
    short = text if len(text) <= 60 else text[:59] + "…"
    message = say(
        "{count} of {all} clips have one caption ({short!r}): {names}.",
        count=len(alike),
        all=len(captions),
        short=short,
        names=_list(alike),
    )
    fix = "" if kind == "style" else say("Say in each what differs.")
    evidence = {"clips": alike, "caption": text}
    return Finding("same-caption", "info", where or alike[0], message, fix, evidence=evidence)


def uneven_buckets(buckets: Mapping[str, tuple[int, int]], where: str = "") -> list[Finding]:
    """Where a few clips have a size of their own: a batch never mixes sizes, and what a few show is seldom seen so."""
    counts = Counter(buckets.values())
    if len(buckets) < _ENOUGH or len(counts) < 2:
        return []
    (common, most), *_ = counts.most_common(1)
    rare = [name for name, size in buckets.items() if counts[size] < _FEW * most]
    if not rare:
        return []
    sizes = ", ".join(f"{w}x{h}" for w, h in dict.fromkeys(buckets[name] for name in rare))
    message = say(
        "{most} of {all} clips are trained at {width}x{height}, {few} at {sizes}: {names}.",
        most=most,
        all=len(buckets),
        width=common[0],
        height=common[1],
        few=len(rare),
        sizes=sizes,
        names=_list(rare),
    )
    evidence = {"counts": {f"{w}x{h}": count for (w, h), count in counts.most_common()}, "clips": rare}
    fix = say("Crop them to the shape of the others, unless the shapes are meant.")
    return [Finding("uneven-buckets", "info", where or rare[0], message, fix, evidence=evidence)]


def _list(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return say("{names} and {more} more", names=", ".join(names[:_NAMED]), more=len(names) - _NAMED)
