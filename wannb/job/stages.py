"""Which expert a step trains: a function of the step's number (Switch Every counts optimizer steps)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from wannb.job.job import Job


@dataclass(frozen=True)
class Stages:
    """The order in which the experts are trained: blocks of `switch_every` optimizer steps on one of them.

    experts: ("high", "low"), or one alone.  high_share: the share of the blocks, 0…1, that the high-noise expert
    gets; without effect where one expert is trained alone. Blocks of the rarer expert are spread as evenly as whole
    blocks can be; 0.5 is high, low, high, low.

    >>> [Stages(2, ("high", "low")).at(step) for step in range(1, 6)]
    ['high', 'high', 'low', 'low', 'high']
    """

    switch_every: int
    experts: tuple[str, ...]
    high_share: float = 0.5

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the stages of `job`."""
        return cls(job.train.switch_boundary_every, tuple(job.stages), job.wannb.high_noise_share)

    def at(self, step: int) -> str:
        """Return the expert of optimizer step `step` (from 1)."""
        if len(self.experts) == 1:
            return self.experts[0]
        block = (step - 1) // self.switch_every
        return "high" if self._high_blocks(block + 1) > self._high_blocks(block) else "low"

    def before(self, step: int, expert: str) -> int:
        """Return how many of the steps before `step` (from 1) trained `expert`; 0 where it is never trained."""
        if expert not in self.experts:
            return 0
        if len(self.experts) == 1:
            return step - 1
        block, rest = divmod(step - 1, self.switch_every)
        high = self._high_blocks(block) * self.switch_every + (rest if self.at(step) == "high" else 0)
        return high if expert == "high" else step - 1 - high

    def share(self, expert: str, steps: int) -> int:
        """Return how many of the first `steps` steps train `expert`: the share that whole blocks really give it."""
        return self.before(steps + 1, expert)

    def _high_blocks(self, blocks: int) -> int:
        """How many of the first `blocks` blocks are the high-noise expert's: ceil(blocks · share), without rounding."""
        share = Fraction(self.high_share).limit_denominator(10**6)
        return -(-blocks * share.numerator // share.denominator)
