"""What is known of a clip once every frame of it has been decoded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VideoFacts:
    """Of one video or image; `width`, `height`: pixels after `rotation` (degrees counter-clockwise, as the file asks).

    `frames` counts what really decodes; `seconds` is their time on screen; images have one frame and no fps.
    """

    width: int
    height: int
    fps: float
    frames: int
    seconds: float
    codec: str
    rotation: int = 0
    container: str = ""
    is_image: bool = False
    promised_seconds: float = 0.0
    """The length that the container claims."""
    fault: str = ""
    """What stopped the decoder before the end."""
    damaged_frames: int = 0
    """Frames that decoded with errors, or in another size than the first."""
    streams: int = 1
    even_time: bool = True
    times: tuple[float, ...] = ()
    """Seconds of each frame from the first, rising; only where they are uneven."""
    square_pixels: bool = True
    interlaced: bool = False
    high_range: bool = False
    """HDR transfer (PQ or HLG), which looks pale when shown as it is."""
    plain_colours: bool = True
    """8 bits, 4:2:0, BT.601, narrow range: what decord assumes of everything."""
    closed_groups: bool = True
    """No frame is shown before the key frame that it is stored after: who seeks to a key frame can count from it."""
    plain_matrix: bool = True
    """Shown as stored: no rotation, no mirroring."""

    def time_of(self, frame: int) -> float:
        """Seconds from the first frame to `frame`; 0 where the rate is not known."""
        return self.times[frame] if self.times else frame / self.fps if self.fps else 0.0

    @property
    def truncated(self) -> bool:
        """Whether a noticeable part of the picture is missing; of a clip without a rate only a fault tells."""
        missing = self.promised_seconds - self.seconds
        return bool(self.fault) or self.seconds > 0 and missing > max(0.5, 0.1 * self.promised_seconds)
