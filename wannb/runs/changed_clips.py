"""What became of a run's clips between two of its processes, in a sentence."""

SHOWN = 5


def sentence(before: list[str], now: list[str]) -> str:
    """before, now: the names of the clips that were and are trained or measured."""
    gone, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    parts = [f"gone: {_listed(gone)}"] * bool(gone) + [f"new: {_listed(new)}"] * bool(new)
    what = "; ".join(parts) or "other contents, frames, sizes or repeats under the same names"
    return f"The clips changed since the last state was saved ({what}); the steps from here on draw from those of now."


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
