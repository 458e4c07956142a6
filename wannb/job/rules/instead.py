"""What is there in place of a choice that is not to be had here (see `wannb.job.choices` for why it is not)."""

from typing import Any

NEAREST = {
    "adam": "adamw",
    "adam8bit": "adamw8bit",
    "adam8": "adamw8bit",
    "adamw8": "adamw8bit",
    "ademamix8bit": "adamw8bit",
    "lion8bit": "adamw8bit",
    "automagic": "adamw8bit",
    "automagic2": "adamw8bit",
    "automagic3": "adamw8bit",
    "prodigy8bit": "prodigy",
    "prodigyopt": "prodigy",
    "dadaptation": "prodigy",
    "dadaptadam": "prodigy",
    "dadaptlion": "prodigy",
    "flux_shift": "shift",
    "lumina2_shift": "shift",
    "cosine_with_restarts": "cosine",
    "polynomial": "linear",
}


def instead(value: Any, built: tuple) -> Any:
    """The working value nearest to `value`: the one that does nearly the same, else the first."""
    near = NEAREST.get(value) if isinstance(value, str) else None
    return near if near in built else built[0]
