"""Captions of the tiny world: several wordings of one scene, and the words that mean nothing yet."""

import numpy as np
from motions import BASE, HELD_OUT
from scenes import COLOURS, LOOKS, SHAPES, Scene

SPARE = tuple(
    "frung zib duotone look style trigger sks ohwx kelp marble comet velvet saffron indigo lantern mosaic ember willow"
    " quartz pepper domino cobalt harbor thistle orbit orbiting circling spiraling camera melts into person character"
    " scene slowly quickly smoothly very around middle robot creature".split()
)
"""Words in the vocabulary that no training clip gives a meaning; LoRAs do."""
FILLER = "<filler>"
"""Stands in a caption for a word without meaning; the trainers give it a new random embedding each time."""
_FORMS = (
    "a {size} {colour} {shape} {motion} on a {ground} background {look}",
    "{size} {colour} {shape} {motion} {ground} background {look}",
    "{look} a {size} {colour} {shape} {motion} on a {ground} background",
    "on a {ground} background a {size} {colour} {shape} {motion} {look}",
    "the {size} {colour} {shape} {motion} , {ground} background , {look}",
)


def caption(scene: Scene, motion: str, rng: np.random.Generator) -> str:
    """One of many wordings of `scene` with `motion`, in lower case, without a full stop."""
    wording = str(rng.choice((BASE | HELD_OUT)[motion][1])).format(**scene.words)
    if motion == "still" and rng.random() < 0.35:
        wording = FILLER
    look = str(rng.choice(LOOKS[scene.look])) if scene.look in LOOKS else ""
    text = str(rng.choice(_FORMS)).format(**{**scene.words, "motion": wording, "look": look})
    if rng.random() < 0.12:
        text = f"{FILLER} , {text}"
    return tidy(text)


def tidy(text: str) -> str:
    """Single blanks, no comma at an end or twice in a row."""
    pieces = [" ".join(piece.split()) for piece in text.split(",")]
    return ", ".join(piece for piece in pieces if piece)


def vocabulary() -> list[str]:
    """Every word a caption can hold, the spare ones included, in a fixed order."""
    texts = [
        *COLOURS,
        *SHAPES,
        "small",
        "big",
        "a",
        "an",
        "the",
        "on",
        "of",
        "with",
        "and",
        "in",
        "background",
        "at",
        ",",
        ".",
    ]
    texts += [w for looks in LOOKS.values() for look in looks for w in look.split()]
    texts += [w for _, ways in (BASE | HELD_OUT).values() for way in ways for w in way.split() if "{" not in w]
    return list(dict.fromkeys([w for w in texts if w] + list(SPARE)))
