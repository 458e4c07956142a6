"""A demo's comparison clip as the README's moving picture: `python -m tools.picture RUN/comparison.mp4`."""

import sys
from pathlib import Path

from PIL import Image

from wannb.data.video import probe, read_frames

TARGET = Path(__file__).resolve().parents[1] / "docs" / "demo.webp"
QUALITY = 70


def write(clip: Path, target: Path = TARGET) -> None:
    """Write the frames of `clip` as a looping WebP, which GitHub shows without a player."""
    facts = probe(clip)
    pictures = [Image.fromarray(frame) for frame in read_frames(clip, range(facts.frames))]
    target.parent.mkdir(exist_ok=True)
    pictures[0].save(
        target,
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 / facts.fps),
        loop=0,
        quality=QUALITY,
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
