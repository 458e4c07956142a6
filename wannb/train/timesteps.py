"""Which timesteps a step trains on: a law over the whole schedule, sliced to the expert's range, drawn stratified.

The laws are Timestep Type's. Slicing by probability keeps a law's shape inside the expert's range and never rejects
(decision 2); Timestep Bias then bends the draw inside that range (decision 3) and gives neither expert more steps.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train.timestep_laws import Linear, Shift, Sigmoid
from wannb.train.timestep_weight import weight_of

KINDS = ("linear", "sigmoid", "shift", "weighted")
BIASES = ("balanced", "content", "style")
_GRAIN = 2**24
_LEAST = 1e-9  # the share of a law that must be left in an expert's range, for its slice to be exact


@dataclass(frozen=True)
class Timesteps:
    """The distribution of one expert's timesteps.

    expert: "high" | "low"; boundary: sigma between the two, 0…1; kind: Timestep Type, one of KINDS; bias: Timestep
    Bias, one of BIASES ("content" favours high noise, "style" low noise); shift: of the kind "shift".
    Raises Refusal for another kind, bias or expert, and where the boundary leaves the expert no timesteps.
    """

    expert: str
    boundary: float
    kind: str = "linear"
    bias: str = "balanced"
    shift: float = 5.0

    def __post_init__(self) -> None:
        _one_of("train.timestep_type", self.kind, KINDS)
        _one_of("train.content_or_style", self.bias, BIASES)
        _one_of("The expert", self.expert, ("high", "low"))
        if not self._mass > _LEAST:
            raise Refusal(
                f"A boundary of {self.boundary:g} leaves the {self.expert}-noise expert no timesteps of the type "
                f"{self.kind}: set wannb.boundary nearer to the middle or train the other expert alone."
            )

    @classmethod
    def of(cls, job: Job, expert: str, boundary: float, shift: float) -> Self:
        """Return `expert`'s timesteps in `job` on a model with this boundary and shift."""
        return cls(expert, boundary, job.train.timestep_type, job.train.content_or_style, shift)

    @property
    def range(self) -> tuple[float, float]:
        """(lowest, highest) timestep: high has [1000·boundary, 1000], low has [0, 1000·boundary]."""
        return expert_range(self.expert, self.boundary)

    def quantile(self, u: ArrayLike) -> np.ndarray:
        """Return the timestep below which the share `u`, 0…1, of the draws lies."""
        u = np.asarray(u, float)
        within = 1 - (1 - u) ** 3 if self.bias == "content" else u**3 if self.bias == "style" else u
        first = self._ends[0]
        return np.clip(self._law.quantile(first + within * self._mass), *self.range)

    def cdf(self, t: ArrayLike) -> np.ndarray:
        """Return the share of the draws below `t`, 0…1: the inverse of `quantile`."""
        t = np.clip(np.asarray(t, float), *self.range)
        if self.bias == "content":
            return 1 - np.cbrt(self._above(t))
        return np.cbrt(self._below(t)) if self.bias == "style" else self._below(t)

    def density(self, t: ArrayLike) -> np.ndarray:
        """Return the density of the draws at `t`, per unit of t; 0 outside the range, over which it integrates to 1.

        A bias makes it infinite at the end that it favours, except where the law itself is 0 there.
        """
        t = np.asarray(t, float)
        lowest, highest = self.range
        inside = np.clip(t, lowest, highest)
        plain = self._law.density(inside) / self._mass
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.bias == "content":  # u = 1 - (1 - v)^(1/3), so du/dv = (1 - v)^(-2/3) / 3
                plain = np.where(plain > 0, plain * self._above(inside) ** (-2 / 3) / 3, 0.0)
            elif self.bias == "style":
                plain = np.where(plain > 0, plain * self._below(inside) ** (-2 / 3) / 3, 0.0)
        return np.where((t >= lowest) & (t <= highest), plain, 0.0)

    def draw(self, count: int, numbers: np.random.Generator) -> np.ndarray:
        """Return `count` timesteps (float32 [count], 0…1000) for one optimizer step.

        Probability is cut into `count` equal strata; each gives one timestep at the same offset, which `numbers`
        draws anew for every step, and the order is shuffled so that no batch position keeps a stratum. Each single
        timestep is distributed as `density` says, and both ends of the range can occur.
        """
        offset = numbers.integers(_GRAIN, endpoint=True) / _GRAIN
        return self.quantile((numbers.permutation(count) + offset) / count).astype(np.float32)

    def loss_weights(self, t: ArrayLike) -> np.ndarray:
        """Return what the loss at timesteps `t` is multiplied by (float64): 1, but for the kind "weighted"."""
        return weight_of(np.asarray(t)) if self.kind == "weighted" else np.ones(np.shape(t))

    @cached_property
    def _law(self) -> Linear | Sigmoid | Shift:
        return Sigmoid() if self.kind == "sigmoid" else Shift(self.shift) if self.kind == "shift" else Linear()

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """The probabilities of the law at both ends of the range."""
        first, last = self._law.cdf(np.array(self.range))
        return float(first), float(last)

    @property
    def _mass(self) -> float:
        return self._ends[1] - self._ends[0]

    def _below(self, t: np.ndarray) -> np.ndarray:
        """The share of the range's mass below `t`."""
        return np.clip((self._law.cdf(t) - self._ends[0]) / self._mass, 0.0, 1.0)

    def _above(self, t: np.ndarray) -> np.ndarray:
        """1 - _below, exact to the last digit where it is small."""
        beyond = self._law.above(np.array(self.range[1]))
        return np.clip((self._law.above(t) - beyond) / self._mass, 0.0, 1.0)


def _one_of(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise Refusal(f"{what} is {value!r}: take {', '.join(known[:-1])} or {known[-1]}.")


def expert_range(expert: str, boundary: float) -> tuple[float, float]:
    """Return (lowest, highest) timestep of `expert`: high has [1000·boundary, 1000], low has [0, 1000·boundary]."""
    split = 1000.0 * boundary
    return (split, 1000.0) if expert == "high" else (0.0, split)
