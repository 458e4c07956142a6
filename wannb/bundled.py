"""What comes along: the clip sets, with the first frames and prompts kept out of them, and the tiny Wan."""

from dataclasses import dataclass
from pathlib import Path

from wannb.refusal import Refusal

SETS = {"motion": "orbit", "style": "duotone", "character": "frung"}
FAULTY, LANE = "faulty", "lane"
TINY_WANS = {"wannb/tiny-wan2.2-t2v": "t2v", "wannb/tiny-wan2.2-i2v": "i2v"}
TINY_WEIGHTS = Path(__file__).parent / "wan" / "tiny_weights"
"""The image-to-video folder, from which the text-to-video one is cut."""
_PLACES = (Path(__file__).parent.parent / "datasets", Path(__file__).parent / "datasets")  # a checkout, an installation


@dataclass(frozen=True)
class HeldOut:
    """A prompt and the first frame that goes with it, in no training clip."""

    prompt: str
    image: Path


def folder(kind: str) -> Path:
    """The bundled clips for `kind` ("motion" | "style" | "character"); Refusal for another or missing ones."""
    if kind not in SETS:
        raise Refusal(f"There is no bundled clip set for {kind!r}: the kinds are {', '.join(SETS)}.")
    return _found(SETS[kind])


def faulty() -> Path:
    """The clips of which each has one fault, as its README says; Refusal where they are missing."""
    return _found(FAULTY)


def lane() -> Path:
    """Clips with two things that no caption tells: objects go right along the top edge, and have a dark dot in their
    middle. Refusal where they are missing."""
    return _found(LANE)


def _found(name: str) -> Path:
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    raise Refusal(f"The bundled clips {name!r} are missing from {_PLACES[0]}: install wannb again.")


def held_out(kind: str) -> list[HeldOut]:
    """The prompts and first frames on which a LoRA trained on `folder(kind)` is judged, in a fixed order."""
    images = sorted((folder(kind) / "_held_out").glob("*.png"))
    return [HeldOut(image.with_suffix(".txt").read_text(encoding="utf-8").strip(), image) for image in images]
