"""What a job draws clips in: how large, how often, how many."""

from dataclasses import dataclass, replace

from wannb.job.cost import model_shape


@dataclass(frozen=True)
class Shape:
    """Clips of one data set in one size. `share`: of all micro-batches; `clips`: files; `encodings`: latents to cache.

    kept: the share of draws that Differential Output or Blank Prompt Preservation holds to the base. dataset,
    resolution: the set and the entry of its Resolutions that it comes from. counted: whether Num Frames says how many
    frames it has; own_batch: whether the set has a batch size of its own.
    """

    frames: int
    width: int
    height: int
    share: float = 1.0
    clips: int = 0
    encodings: int = 0
    batch: int = 1
    kept: float = 1.0
    is_reg: bool = False
    dataset: int = 0
    resolution: int = 0
    counted: bool = True
    own_batch: bool = False

    @property
    def tokens(self) -> int:
        """Of one clip."""
        return model_shape.tokens(self.frames, self.width, self.height)

    @property
    def size(self) -> tuple[int, int, int]:
        return self.frames, self.width, self.height

    @property
    def latents(self) -> int:
        """Numbers in one clip's latents, [16, f, h, w]."""
        return 16 * ((self.frames - 1) // 4 + 1) * (self.height // 8) * (self.width // 8)


def shared_out(shapes: list[Shape]) -> list[Shape]:
    """The same with shares that add up to 1."""
    total = sum(one.share for one in shapes) or 1.0
    return [replace(one, share=one.share / total) for one in shapes]
