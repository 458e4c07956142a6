"""Estimates for the pictures, of numbers that are easy to check."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

GB = 10**9


@dataclass(frozen=True)
class Estimate:
    parts_gib: dict = field(default_factory=dict)
    phases_gib: dict = field(default_factory=dict)
    peak_gib: float = 0.0
    memory_band: tuple = (0.0, 0.0)
    card_gib: float | None = None
    fits: bool | None = None
    shapes: tuple = ()
    s_per_step: float | None = None
    time_band: tuple = (0.0, 0.0)
    gpu: str | None = None
    seconds: dict = field(default_factory=dict)
    total_seconds: float = 0.0
    clips: int = 0
    steps_per_clip: float | None = None
    disk_bytes: dict = field(default_factory=dict)
    free_bytes: int | None = None


def shape(width, height, frames, clips, share, s_per_step):
    tokens = width // 16 * (height // 16) * ((frames - 1) // 4 + 1)
    return SimpleNamespace(
        frames=frames, width=width, height=height, tokens=tokens, share=share, s_per_step=s_per_step, peak_gib=20.9,
        clips=clips,
    )  # fmt: skip


SHAPES = (
    shape(768, 768, 41, 6, 0.2, 61.0),
    shape(896, 512, 41, 11, 0.31, 44.0),
    shape(640, 384, 41, 14, 0.39, 19.5),
    shape(512, 512, 21, 3, 0.08, 11.0),
    shape(512, 512, 1, 1, 0.02, 1.2),
)
FULL = Estimate(
    parts_gib={"weights": 13.6, "LoRA": 0.29, "optimizer": 0.58, "activations": 5.7, "other": 1.1},
    phases_gib={"training": 21.3, "previews": 18.9, "caching": 9.4},
    peak_gib=21.3, memory_band=(19.2, 23.4), card_gib=24.0, fits=True, shapes=SHAPES, s_per_step=34.2,
    time_band=(17.5 * 3600, 26 * 3600), gpu="RTX 4090",
    seconds={"training": 19.0 * 3600, "previews": 1.9 * 3600, "caching": 0.4 * 3600, "saves": 90.0},
    total_seconds=21.4 * 3600, clips=35, steps_per_clip=57.1,
    disk_bytes={
        "checkpoints": 2.4 * GB, "state": 1.9 * GB, "previews": 0.2 * GB, "caches": 1.1 * GB, "download": 64 * GB,
    },
    free_bytes=412 * GB,
)  # fmt: skip
TOO_MUCH = replace(
    FULL, peak_gib=29.8, phases_gib={"training": 29.8, "previews": 26.0, "caching": 9.4}, memory_band=(27.0, 32.6),
    parts_gib={**FULL.parts_gib, "activations": 14.2}, fits=False, steps_per_clip=420.0, clips=5, free_bytes=60 * GB,
)  # fmt: skip
