"""How a verb imports what it works with, which may be half a million objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Inside the block nothing is looked through for garbage, and what is there at its end never will be.

    What modules make lives as long as the process; looking through it again and again was a third of a trainer's start,
    and each look later on took 0.4 s.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
