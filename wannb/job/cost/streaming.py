"""Which blocks of a model stream from main memory with Layer Offloading, and how many of them the card has room for."""

RING = 2
"""Places for all blocks that stream: one is in use while the other is filled."""
HIDDEN = 4
"""Hidden states on the card where they wait in main memory: input and middle of the block at work, and of one that
leaves or comes."""


def streamed(layers: int, share: float) -> list[int]:
    """Which blocks stream: `share` of `layers`, evenly spaced, so that each copy has as much work to hide behind.

    >>> streamed(8, 0.5)
    [1, 3, 5, 7]
    """
    count = round(share * layers)
    return [int((number + 0.5) * layers / count) for number in range(count)]


def on_card(layers: int, share: float) -> float:
    """The share of the blocks' weights that is on the card at a time."""
    count = len(streamed(layers, share))
    return min(layers, layers - count + RING) / layers
