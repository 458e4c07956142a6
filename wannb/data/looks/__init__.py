"""What clips look like: movement, dead time, cuts, black frames, bars, and which are alike; and what to say of it."""

from wannb.data.looks.findings import findings_of
from wannb.data.looks.look import Look
from wannb.data.looks.looking import look
from wannb.data.looks.pool import look_all
from wannb.data.looks.set_findings import duplicates, findings_of_set

__all__ = ["Look", "duplicates", "findings_of", "findings_of_set", "look", "look_all"]
