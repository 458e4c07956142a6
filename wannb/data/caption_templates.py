"""Captions to start from, for each kind of LoRA: what the guides write."""

import re

from wannb.data.captions import one_line
from wannb.refusal import Refusal

TEMPLATES = {
    "motion": (
        "orbit 360 around the subject",
        "orbit 360 around the subject, {caption}",
        "{caption}, the camera orbits 360 around the subject",
    ),
    "style": (
        "[trigger], grainy 16mm film look, high contrast, warm tint",
        "[trigger] style, {caption}",
    ),
    "character": (
        "[trigger], young woman, casual clothing",
        "[trigger], {caption}",
    ),
}
"""kind -> templates. A motion LoRA names the motion, a style LoRA the look and not the content, a character LoRA its
trigger and class."""
SLOTS = ("caption", "name")
_SLOT = re.compile(r"\{([^{}]*)\}")
_EDGE = " ,;"


def filled(template: str, caption: str, name: str) -> str:
    """`template` with `{caption}` as it is and `{name}`, the clip's base name in words; `[trigger]` stays for training.

    Raises Refusal for any other slot, and where nothing would be left.
    """
    words = {"caption": caption, "name": re.sub(r"[_\-.]+", " ", name).strip()}
    unknown = [slot for slot in _SLOT.findall(template) if slot not in SLOTS]
    if unknown:
        raise Refusal(
            f"The template has {{{unknown[0]}}}, which nothing fills: use {{caption}}, {{name}} or [trigger]."
        )
    text = one_line(_SLOT.sub(lambda slot: words[slot[1]], template)).strip(_EDGE)
    if not text:
        raise Refusal("The template leaves an empty caption: write some words into it.")
    return text
