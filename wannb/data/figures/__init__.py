"""Figures of a clip: what moves and how, light, sharpness, colour, and how like other clips it is."""

from wannb.data.figures.figures import Figures, figures
from wannb.data.figures.likeness import colour_likeness, colours_gained, drift, motion_likeness
from wannb.data.figures.names import NAMES, Name

__all__ = ["NAMES", "Figures", "Name", "colour_likeness", "colours_gained", "drift", "figures", "motion_likeness"]
