"""Which pair of LoRA files of a run to take, with reasons that can be checked by eye."""

from wannb.runs.choosing.measured import Measured, Measures
from wannb.runs.choosing.proposal import Proposal
from wannb.runs.choosing.proposing import propose
from wannb.runs.choosing.rated import Rated, rated

__all__ = ["Measured", "Measures", "Proposal", "Rated", "propose", "rated"]
