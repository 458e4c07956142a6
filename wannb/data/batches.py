"""Which items an expert sees when: pure functions of seed, expert and number."""

from collections.abc import Sequence

from wannb.data.epochs import Epochs, draw
from wannb.data.items import Item
from wannb.refusal import Refusal


class Schedule:
    """Micro-batches of item indices, each of one (F, W, H) and one batch size.

    With regularization items every second micro-batch of an expert is one of theirs, so neither expert and neither
    kind can starve the other, whatever Switch Every and Gradient Accumulation are. Both kinds have their own epochs.
    """

    def __init__(self, items: Sequence[Item], batch_size: int, seed: int) -> None:
        """`batch_size` is for items without their own. Raises Refusal where there is nothing to learn from."""
        if batch_size < 1:
            raise ValueError(f"batches of {batch_size}")
        drawn = [index for index, item in enumerate(items) if item.weight > 0]
        learned = [index for index in drawn if not items[index].is_reg]
        kept = [index for index in drawn if items[index].is_reg]
        if not learned:
            what = "All clips are regularization clips" if kept else "There are no clips that would be drawn"
            raise Refusal(f"{what}, so nothing would be learned: add a data set with LoRA Weight 1.")
        self._pools = [Epochs(items, pool, batch_size, seed) for pool in (learned, kept) if pool]

    def batch(self, expert: str, k: int) -> list[int]:
        """Item indices of the k-th micro-batch (from 0) that `expert` sees."""
        turn, pool = divmod(k, len(self._pools))
        return self._pools[pool].batch(expert, turn)

    def epoch(self, expert: str, k: int) -> int:
        """How many times `expert` has been through all items of its k-th micro-batch's kind before it."""
        turn, pool = divmod(k, len(self._pools))
        return self._pools[pool].epoch(expert, turn)


def dropped(seed: int, expert: str, k: int, i: int, rate: float) -> bool:
    """Whether the i-th item of the expert's k-th micro-batch is trained with the empty caption."""
    return draw(seed, expert, k, "dropout", i) < rate
