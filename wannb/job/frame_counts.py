"""Wan's frame counts: 4n+1, one latent for the first frame and one for every four after it."""

from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.words import say

MOST_FRAMES = 10_001
"""Far beyond what Wan was trained on (81), and still a list of numbers that any machine holds."""


def nearest(count: int) -> tuple[int, int]:
    """The counts of the form 4n+1 next below and next above `count`; `(count, count)` where it is one itself.

    >>> nearest(40), nearest(41)
    ((37, 41), (41, 41))
    """
    below = max(1, (count - 1) // 4 * 4 + 1)
    return (below, below) if count == below else (below, below + 4)


def not_4n1(where: str, count: int) -> Iterator[Finding]:
    """A finding where `count` is not 4n+1, naming the nearest two that are."""
    below, above = nearest(count)
    if below != above:
        message = say(
            "{count} frames are not 4n+1: Wan packs every four frames after the first into one latent.", count=count
        )
        yield Finding("not-4n1", "error", where, message, say("Take {below} or {above}.", below=below, above=above))
