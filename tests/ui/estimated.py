"""Estimates for the pictures, of numbers that are easy to check."""

from dataclasses import replace

from wannb.job.cost.estimate import Estimate, ShapeCost
from wannb.job.cost.lighter import Change

GB = 10**9


def shape(width: int, height: int, frames: int, clips: int, share: float, s_per_step: float) -> ShapeCost:
    tokens = width // 16 * (height // 16) * ((frames - 1) // 4 + 1)
    return ShapeCost(frames, width, height, tokens, share, clips, s_per_step, peak_gib=9 + tokens / 2100)


SHAPES = (
    shape(768, 768, 41, 6, 0.2, 61.0),
    shape(896, 512, 41, 11, 0.31, 44.0),
    shape(640, 384, 41, 14, 0.39, 19.5),
    shape(512, 512, 21, 3, 0.08, 11.0),
    shape(512, 512, 1, 1, 0.02, 1.2),
)
FULL = Estimate(
    parts_gib={"weights": 13.6, "lora": 0.29, "optimizer": 0.58, "activations": 5.7, "other": 1.1},
    phases_gib={"caching": 9.4, "training": 21.3, "previews": 18.9},
    peak_gib=21.3,
    memory_band=(19.2, 23.4),
    card_gib=24.0,
    machine_gib=24.0,
    fits=True,
    shapes=SHAPES,
    s_per_step=34.2,
    time_band=(17.5 * 3600, 26 * 3600),
    gpu="an RTX 4090",
    steps=2000,
    seconds={"caching": 0.4 * 3600, "training": 19.0 * 3600, "previews": 1.9 * 3600, "saves": 90.0},
    total_seconds=21.4 * 3600,
    clips=35,
    steps_per_clip=57.1,
    disk_bytes={
        "checkpoints": 2_400_000_000, "state": 1_900_000_000, "previews": 200_000_000, "caches": 1_100_000_000,
        "download": 64 * GB,
    },
    free_bytes=412 * GB,
    needed_bytes=5_600_000_000,
    advice=(),
    fitting=None,
    on_cpu=False,
)  # fmt: skip
TOO_MUCH = replace(
    FULL,
    peak_gib=29.8,
    phases_gib={"caching": 9.4, "training": 26.0, "previews": 29.8},
    memory_band=(27.0, 32.6),
    parts_gib={**FULL.parts_gib, "activations": 10.4},
    fits=False,
    steps_per_clip=420.0,
    clips=5,
    free_bytes=60 * GB,
    advice=(
        Change("Previews of about 512×512 px; training stays as it is.", {"sample.width": 512}, 25.1),
        Change("21 frames in the place of 41.", {"datasets[0].num_frames": 21}, 22.0),
    ),
)
NOTHING = replace(
    FULL, parts_gib={}, phases_gib={}, peak_gib=0, shapes=(), seconds={}, total_seconds=0, clips=None,
    steps_per_clip=None, disk_bytes={},
)  # fmt: skip
