"""A clip that somebody wants to see: which pair of LoRA files, how strong, and what is sampled."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from wannb.data.content import digest, file_digest
from wannb.job.samples import Sample
from wannb.refusal import Refusal

BASE = 0
"""As a step: the expert without its LoRA."""

FORM = "clip-1"
"""Goes up when the same wish gives other pixels than before."""


@dataclass(frozen=True)
class Wish:
    """One clip: `high` and `low` are the steps of each expert's LoRA file (0: the base), the strengths multiply them.

    Sizes in pixels, `fps` of the playback; `guidance_scale_2` is the low-noise expert's; `image` the first frame (I2V).
    Raises Refusal where a field is no value of its kind.
    """

    high: int
    low: int
    high_strength: float
    low_strength: float
    prompt: str
    negative: str
    image: Path | None
    seed: int
    width: int
    height: int
    num_frames: int
    fps: int
    steps: int
    guidance_scale: float
    guidance_scale_2: float

    def __post_init__(self) -> None:
        try:
            for field in fields(self):
                object.__setattr__(self, field.name, _READ[field.name](getattr(self, field.name)))
        except (TypeError, ValueError, OverflowError) as error:
            raise Refusal(f"This is no wish for a clip ({field.name}: {error}): order it anew.") from None

    @classmethod
    def of(cls, sample: Sample, high: int, low: int, **changes: Any) -> "Wish":
        """The wish for one of `job.samples` from the pair `high`, `low`; `changes` win over the sample.

        Both strengths are the sample's own (`network_multiplier`) where they are not given, and a `guidance_scale`
        alone is given to both experts.
        """
        both = sample.network_multiplier
        given = {field.name: getattr(sample, field.name) for field in fields(cls) if hasattr(sample, field.name)}
        given |= {"high": high, "low": low, "high_strength": both, "low_strength": both}
        if "guidance_scale" in changes:
            changes = {"guidance_scale_2": changes["guidance_scale"]} | changes
        return cls.from_dict(given | changes)

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Wish":
        """The wish that `to_dict` gave; raises Refusal where a field is missing."""
        try:
            given = {field.name: facts[field.name] for field in fields(cls)}
        except KeyError as error:
            raise Refusal(f"This is no wish for a clip ({error} is missing): order it anew.") from None
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return {**asdict(self), "image": None if self.image is None else str(self.image)}

    @property
    def key(self) -> str:
        """Names the clip, hex. An image counts by its content, wherever it lies, and an expert at step 0 or strength 0
        is the base, whatever its other value."""
        settled = self.settled()
        facts = settled.to_dict() | {"image": content_of(settled.image)}
        return digest(FORM, json.dumps(facts, sort_keys=True))[:32]

    def settled(self, experts: tuple[str, ...] = ("high", "low")) -> "Wish":
        """The same clip in one way of writing: step 0 at strength 0 for an expert that is the base, or is none of
        `experts`, those that have LoRA files."""
        changes: dict[str, Any] = {}
        for expert in ("high", "low"):
            if expert not in experts or not getattr(self, expert) or not getattr(self, f"{expert}_strength"):
                changes |= {expert: BASE, f"{expert}_strength": 0.0}
        return replace(self, **changes)

    @property
    def base(self) -> "Wish":
        """The same without any LoRA."""
        return self.settled(())


def content_of(image: Path | None) -> str | None:
    """What counts of an image: its bytes; where it cannot be read, its path, under which nothing can be rendered."""
    if image is None:
        return None
    try:
        return file_digest(image)
    except OSError:
        return f"nothing at {image}"


def _whole(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not abs(float(value)) < float("inf"):
        raise ValueError(f"{value!r} is no number")
    return float(value) + 0.0  # -0.0 is 0.0


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


_KINDS = {int: _whole, float: _number, str: _text, Path | None: lambda value: None if value is None else Path(value)}
_READ = {field.name: _KINDS[field.type] for field in fields(Wish)}
