"""What each figure is called, its unit, and how it is read."""

from typing import NamedTuple


class Name(NamedTuple):
    """How a figure is shown."""

    label: str
    unit: str
    tells: str


NAMES: dict[str, Name] = {
    "motion": Name(
        "Motion", "% of the width/s", "How fast what moves does so: at 20 it crosses the picture in five seconds."
    ),
    "moving": Name("Moving", "% of the picture", "How much of the picture changes from one frame to the next."),
    "direction": Name(
        "Direction", "°", "Where things go on the whole: 0 to the right, 90 up, 180 to the left, -90 down."
    ),
    "coherence": Name("Coherence", "0 to 1", "1: all goes one way all the time; 0: ways cancel, as in an orbit."),
    "turning": Name("Turning", "°", "How far the way turns: 360 is a full orbit counter-clockwise, 0 a straight line."),
    "flicker": Name(
        "Flicker", "levels of 255", "Brightness that jumps and comes back between frames; above about 2 it is seen."
    ),
    "sharpness": Name(
        "Sharpness",
        "% of what the pixels can hold",
        "How fine the edges are (MTF50): 100 pixel for pixel, 37 a blur of one pixel, 19 of two.",
    ),
    "grain": Name("Grain", "levels of 255", "Fine noise and texture all over; a clip that falls apart has much of it."),
    "texture": Name("Texture", "levels a pixel", "How busy the plainer half is: 0 a plain ground; a jump is decay."),
    "brightness": Name("Brightness", "levels of 255", "Mean brightness: 0 black, 255 white."),
    "saturation": Name("Saturation", "%", "How far colours are from grey: 0 grey, 100 pure."),
    "drift": Name(
        "Drift from base",
        "% of full scale",
        "How far the picture is from the base's; on the class prompt less is better.",
    ),
    "motion_likeness": Name(
        "Motion as trained", "%", "How much it moves as the nearest training clip does: speed, way and turns over time."
    ),
    "colour_likeness": Name(
        "Colours as trained", "%", "How much of the picture has colours of the nearest training clip."
    ),
}
