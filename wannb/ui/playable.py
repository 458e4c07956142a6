"""A clip as every notebook's browser can play it: H.264 mp4 or a still, small enough to travel through a kernel."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data.video import iter_frames, probe
from wannb.data.video_file import write_mp4
from wannb.refusal import Refusal
from wannb.ui.pictures import jpeg

# VS Code's web view has no VP9, AV1 or HEVC, so only H.264 travels as it is; larger files would stall the comm.
AS_IT_IS = {".mp4", ".m4v", ".mov"}
MOST_BYTES = 8_000_000
MOST_FRAMES = 320
WIDEST = 480  # pixels of a clip that is written anew for the player


@dataclass(frozen=True)
class Playable:
    """What the player needs of one clip: `data` in `mime`, `frames` at `fps`."""

    data: bytes
    mime: str
    frames: int
    fps: float

    def to_dict(self) -> dict:
        return asdict(self)


def playable(path: str | Path) -> Playable:
    """Return the clip or image at `path` in a form that browsers play; raises Refusal where it cannot be read."""
    path = Path(path)
    if not path.is_file():
        raise Refusal(f"There is no clip at {path}: give the path of a video or an image.")
    facts = probe(path)
    if facts.is_image:
        return Playable(jpeg(Image.fromarray(next(iter_frames(path, [0])))), "image/jpeg", 1, 1.0)
    small = path.stat().st_size <= MOST_BYTES and facts.frames <= MOST_FRAMES
    if facts.codec == "h264" and path.suffix.lower() in AS_IT_IS and small and not facts.high_range:
        return Playable(path.read_bytes(), "video/mp4", facts.frames, facts.fps)
    return _again(path, facts.frames, facts.fps)


def _again(path: Path, frames: int, fps: float) -> Playable:
    """Write the clip anew, scaled down; where it is long, with every n-th frame at its own time."""
    stride = -(-frames // MOST_FRAMES)
    pixels = np.stack([_scaled(frame) for frame in iter_frames(path, range(0, frames, stride))])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "clip.mp4"
        write_mp4(target, pixels, fps / stride)
        return Playable(target.read_bytes(), "video/mp4", len(pixels), fps / stride)


def _scaled(frame: np.ndarray) -> np.ndarray:
    """frame: uint8 [H, W, 3] -> the same no wider than WIDEST, both sides even."""
    height, width = frame.shape[:2]
    share = min(1.0, WIDEST / width)
    size = (max(2, round(width * share) // 2 * 2), max(2, round(height * share) // 2 * 2))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC))
