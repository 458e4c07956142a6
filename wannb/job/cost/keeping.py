"""Which blocks keep what of their forward pass, so that a card is filled and not overfilled."""

from collections.abc import Mapping
from itertools import pairwise

OFFLOADED = ("offloaded", "attention_offloaded")
"""What waits in main memory: a block's input and what stands before its feed-forward; attention's outputs besides."""
KEPT = (*OFFLOADED, "inputs", "attention", "products", "all")
"""From the least memory on the card to the most (`wannb.wan.keeping` does it)."""
COMPILED = dict(zip(KEPT, (0.1, 0.3, 1.0, 3.1, 11.9, 22.3), strict=True))
IN_8_BITS = COMPILED | {"all": 19.6}
EAGER = {"offloaded": 0.1, "inputs": 1.0, "all": 36.0}
"""Hidden states of one block (tokens × width) that it keeps for its backward pass, in the expert's precision.

Offloaded are two of each block in main memory, or four with attention's outputs: of two blocks they are on the card at
a time (`wannb.wan.streaming.shelf`). Compiled: counted in the graphs that torch 2.11 and 2.13 make of a block; where
linears multiply in 8 bits, the feed-forward keeps less (a run's own plan does not count on it). Eager: counted
(`measured.WHOLE`); what lies in between costs more time there than it saves."""
LADDER = {word: states for word, states in COMPILED.items() if word != "attention_offloaded"}
"""What is chosen from: whether copying attention's outputs is faster than computing them again, nobody has measured."""
AT_WORK = {"compiled": 45.0, "eager": 60.0}
"""The same of the one block whose backward pass is under way, all that it computes again included. Compiled: measured
on an H200 over blocks in bf16 that keep their inputs (2026-11-22)."""
HALVED = 0.75
"""Share of it that an offloaded block holds: attention and feed-forward take turns (`wannb.wan.halves`). Counted on a
CPU: 0.72 compiled, 0.74 eager."""


RESERVE = 0.04
"""Of a card's memory that is left for what no arithmetic knows: workspaces of libraries, pieces too small to use."""


def words(hidden_bytes: float, layers: int, room: float, sizes: Mapping[str, float], at_work: float) -> tuple[str, ...]:
    """What each of `layers` blocks keeps, where one hidden state is `hidden_bytes` and `room` bytes are free.

    sizes: of the words to choose from, in the order of KEPT. Every block is lifted to the next word before any is
    lifted further: the first words save most time for a byte. The last blocks are lifted first: what they keep is free
    again while the first ones, which keep less, do most anew. Where nothing fits, it is the least there is.
    """
    left = room - hidden_bytes * (at_work + layers * next(iter(sizes.values())))
    for lower, higher in pairwise(sizes):
        each = hidden_bytes * (sizes[higher] - sizes[lower])
        lifted = max(0, min(layers, int(left // each)))
        if lifted < layers:
            return (lower,) * (layers - lifted) + (higher,) * lifted
        left -= layers * each
    return (KEPT[-1],) * layers
