"""What clips look like: movement, dead time, cuts, black frames, bars, and which are alike; and what to say of it."""

from wannb.data.looks.look import Look
from wannb.data.looks.looking import look

__all__ = ["Look", "look"]
