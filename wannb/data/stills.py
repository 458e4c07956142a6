"""Images, as clips of one frame."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from wannb.data.facts import VideoFacts
from wannb.data.unusable import Unusable
from wannb.words import say

_FORMATS = {"PNG", "JPEG", "WEBP", "BMP", "MPO"}


def probe_image(path: Path) -> VideoFacts:
    """Facts of an image, upright; raises Unusable where it is broken, moving or of another kind."""
    pixels, kind = _opened(path)
    height, width = pixels.shape[:2]
    return VideoFacts(width, height, fps=0.0, frames=1, seconds=0.0, codec=kind, container="image", is_image=True)


def read_image(path: Path) -> np.ndarray:
    """uint8 [H, W, 3], upright by its EXIF; what is see-through shows white."""
    return _opened(path)[0]


def _opened(path: Path) -> tuple[np.ndarray, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _refuse_moving(image, path)
                return _rgb(ImageOps.exif_transpose(image)), image.format.lower()
    except Unusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable(
            "unreadable", say("{name} has too many pixels to open safely", name=path.name), say("Scale it down.")
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        fix = say("Save it again as PNG or JPEG, or remove it.")
        raise Unusable("unreadable", say("{name} cannot be opened as an image", name=path.name), fix) from None


def _refuse_moving(image: Image.Image, path: Path) -> None:
    if image.format == "GIF":
        raise Unusable(
            "gif", say("{name} is a GIF", name=path.name), say("Use real video, for example an mp4 of the same scene.")
        )
    if image.format not in _FORMATS:
        raise Unusable(
            "unreadable",
            say("{name} is {format}, which is not read", name=path.name, format=image.format),
            say("Save it as PNG or JPEG."),
        )
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise Unusable(
            "animated-image",
            say("{name} is a moving {format}", name=path.name, format=image.format),
            say("Convert it to mp4."),
        )


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):
        return np.repeat((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return np.array(image.convert("RGB"))
