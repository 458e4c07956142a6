"""What is asked of the small sets, and what the answer has to be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MASKS = "_masked/_masks"
AT_RATE = {"num_frames": 17, "shrink_video_to_frames": False, "fps": 16}
HERE = "."
"""Stands for the folder itself."""


@dataclass(frozen=True)
class Asked:
    """The clip report of `folder` with `settings` (as `inspected` takes them; `masks` a folder of the set, or None) and
    for a LoRA of `kind`: `codes` are all it finds, by the file, the setting or `HERE`."""

    folder: str
    settings: dict[str, Any]
    codes: dict[str, set[str]]
    kind: str | None = None
    masks: str | None = None
    besides: set[str] = field(default_factory=set)
    """Codes that are there too, and not what it is about."""

    @property
    def flags(self) -> str:
        """The settings in words, as near to the shell as there are flags."""
        said = [f"--kind {self.kind}"] if self.kind else []
        said += [_FLAGS[name].format(_words(value)) for name, value in self.settings.items() if name in _FLAGS]
        return " ".join(said + ([f"mask_path {self.masks}"] if self.masks else [])) or "as it is"

    def path(self, home: Path) -> Path:
        return home / self.folder


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


_FLAGS = {
    "num_frames": "--num-frames {}",
    "fps": "--fps {}",
    "windows": "--windows {}",
    "auto_frame_count": "--auto-frame-count",
    "resolutions": "--resolution {}",
    "trigger": "--trigger {}",
    "default_caption": '--default-caption "{}"',
}
_STILL = {"num_frames": 1}
_FILM = _STILL | {"caption_ext": "md", "default_caption": "a film"}
_RATE_GONE = {"unknown-rate", "repeats-frames"}

ASKED = [
    Asked("_style", _STILL, {HERE: {"few-clips", "content-not-look", "trigger-absent"}}, "style"),
    Asked("_style", _STILL, {HERE: {"few-clips", "motion-not-named"}}, "motion"),
    Asked("_style", _STILL | {"trigger": "velmo"}, {HERE: {"trigger-in-front"}}),
    Asked("_style", _FILM, {f"still_{i}.png": {"default-caption"} for i in range(4)}),
    Asked("_character", _STILL | {"trigger": "velmo"}, {HERE: {"few-clips", "class-missing"}}, "character"),
    Asked("_rates", AT_RATE, {"timeless.mkv": {"unknown-rate"}}),
    Asked("_rates", AT_RATE | {"fps": 8}, {"fps": {"rate-not-wans"}}, besides=_RATE_GONE),
    Asked("_rates", {"num_frames": 5, "windows": 2}, {HERE: {"windows-unused"}}),
    Asked("_rates", {"num_frames": 6}, {"num_frames": {"not-4n1"}}),
    Asked("_rates", _STILL, {name: {"first-frame-only"} for name in ("timeless.mkv", "steady.mp4", "long.mp4")}),
    Asked("_rates", {"num_frames": 5, "resolutions": [64, 128]}, {HERE: {"same-size-twice"}}),
    Asked("_rates", {"auto_frame_count": True}, {"long.mp4": {"auto-long"}}, besides=_RATE_GONE),
    Asked(
        "_rates",
        {"auto_frame_count": True, "fps": 2000},
        {"long.mp4": {"auto-capped"}},
        besides={"unknown-rate", "rate-not-wans", "repeats-frames", "auto-long"},
    ),
    Asked("_brief", {"auto_frame_count": True}, {"blink.mp4": {"auto-too-short"}}),
    Asked(
        "_brief",
        AT_RATE,
        {"blink.mp4": {"too-short-for-rate"}, "brief.mp4": {"too-short-for-rate"}},
        besides={"repeats-frames"},
    ),
    Asked(
        "_masked",
        AT_RATE | {"windows": 2},
        {
            "bare.mp4": {"no-mask"},
            "dark.mp4": {"black-mask"},
            "half.mp4": {"black-window"},
            "torn.mp4": {"mask-unreadable"},
            "brief.mp4": {"mask-length"},
            "wide.mp4": {"mask-aspect"},
            "foreign.mp4": {"unsupported"},
        },
        masks=MASKS,
    ),
    Asked("_masked", AT_RATE, {"_style": {"no-masks"}}, masks="_style"),
    Asked("_masked", AT_RATE, {"_masked/nowhere": {"no-mask-folder"}}, masks="_masked/nowhere"),
    Asked("_masked", AT_RATE, {HERE: {"masks-among-clips"}}, masks="_masked"),
    Asked(
        "_links",
        {"num_frames": 33},
        {"there.mp4": {"link-outside"}, "lost_words.mp4": {"link-outside", "no-caption"}, "more": {"linked-folder"}},
    ),
    Asked(
        "_edits",
        {"num_frames": 5},
        {"backwards.mp4": {"bad-edits"}, "timeless.mkv": {"bad-edits"}, ".wannb-edits.json": {"bad-edits"}},
    ),
    Asked("_broken", {"num_frames": 33}, {".wannb-edits.json": {"bad-edits"}}),
    Asked("_many", {"num_frames": 5}, {HERE: {"many-clips"}}, "character", besides={"near-duplicate"}),
    Asked("_empty", {"num_frames": 33}, {HERE: {"no-clips"}}),
    Asked("_gone", {"num_frames": 33}, {HERE: {"no-folder"}}),
]
