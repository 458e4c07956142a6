"""The order in which a model's packs of weights are used: through its blocks and, where something is learned, back."""

from collections.abc import Iterator, Sequence

from torch import nn

from wannb.wan.streaming.packed import Packed


class Passage:
    """around: what is used before the first block and behind the last one; blocks: one pack each, in the order of a
    forward pass. None: it is on the device for good. inside: whether a pass of the model is under way."""

    def __init__(self, around: Packed | None, blocks: Sequence[Packed | None]):
        self.around, self.blocks = around, list(blocks)
        self.inside = False

    @property
    def packs(self) -> list[Packed]:
        return [pack for pack in (self.around, *self.blocks) if pack is not None]

    def forward_from(self, place: int) -> list[Packed]:
        """What a forward pass uses from block `place` on."""
        return [pack for pack in (*self.blocks[place:], self.around) if pack is not None]

    def back_from(self, place: int) -> list[Packed]:
        """What a backward pass uses from block `place` on."""
        return [pack for pack in reversed(self.blocks[: place + 1]) if pack is not None]


class Visited(nn.ModuleList):
    """The blocks of a model: within its passes each is told of before it is run. Told apart from hooks, which compiled
    blocks would have to be compiled with, one graph for every block."""

    def __iter__(self) -> Iterator[nn.Module]:
        blocks = super().__iter__()
        return self.visits(blocks) if self.passage.inside else blocks

    def visits(self, blocks: Iterator[nn.Module] | None = None) -> Iterator[nn.Module]:
        """Yield each block while its weights are on the device."""
        for place, block in enumerate(super().__iter__() if blocks is None else blocks):
            self.tell(self.passage, place)
            yield block
