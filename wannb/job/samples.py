"""The previews of a job with everything filled in: `samples`, the older `prompts` with their flags, seeds, triggers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wannb.job.sample import SampleItem, Sampling
from wannb.job.substitution import beside
from wannb.refusal import Refusal

FLAG = re.compile(r"--(\S*)\s*(.*)", re.DOTALL)
IMAGE_FLAG = re.compile(r"(--ctrl_img\s+)([^\s].*?)(?=\s*(?:--|$))", re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """One preview to make: sizes in pixels, `fps` of the playback, `image` the first frame of an I2V sample."""

    prompt: str
    negative: str
    width: int
    height: int
    num_frames: int
    fps: int
    seed: int
    guidance_scale: float
    guidance_scale_2: float
    steps: int
    network_multiplier: float
    image: Path | None


def resolved(sampling: Sampling, trigger: str | None, folder: Path | None) -> list[Sample]:
    """The samples of `sampling`, with `[trigger]` replaced and images found beside the job file; may raise Refusal."""
    items = sampling.samples or [SampleItem.new(prompt=prompt) for prompt in sampling.prompts]
    return [_flagged(_sample(sampling, item, i), trigger, folder, i) for i, item in enumerate(items)]


def with_images_from(prompt: str, folder: Path | None) -> str:
    """`prompt` with the path after `--ctrl_img` made absolute where it lies beside the job file."""
    return IMAGE_FLAG.sub(lambda found: found[1] + beside(found[2], folder), prompt)


def _sample(sampling: Sampling, item: SampleItem, index: int) -> Sample:
    def own(name: str) -> Any:
        value = getattr(item, name)
        return getattr(sampling, name) if value is None else value

    return Sample(
        prompt=item.prompt,
        negative=own("neg"),
        width=own("width"),
        height=own("height"),
        num_frames=own("num_frames"),
        fps=own("fps"),
        seed=item.seed if item.seed is not None else sampling.seed + (index if sampling.walk_seed else 0),
        guidance_scale=own("guidance_scale"),
        guidance_scale_2=own("guidance_scale"),
        steps=own("sample_steps"),
        network_multiplier=own("network_multiplier"),
        image=Path(item.ctrl_img) if item.ctrl_img else None,
    )


def _flagged(sample: Sample, trigger: str | None, folder: Path | None, index: int) -> Sample:
    """Apply sd-scripts flags (`a cat --w 512 --cfg 4`), which AI Toolkit reads in every prompt."""
    prompt, *flags = sample.prompt.strip().split("--")
    changes: dict[str, Any] = {"prompt": prompt.strip()}
    for flag in flags:
        name, content = FLAG.match(f"--{flag}").groups()
        if name not in FLAGS:
            continue
        field, kind = FLAGS[name]
        try:
            changes[field] = kind(beside(content.strip(), folder) if field == "image" else content.strip())
        except ValueError:
            raise Refusal(
                f"Sample {index + 1} has --{name} {content.strip()!r}, which is no number: mend or remove it."
            ) from None
    if "guidance_scale" in changes:
        changes["guidance_scale_2"] = changes["guidance_scale"]
    sample = replace(sample, **changes)
    return replace(sample, prompt=_named(sample.prompt, trigger), negative=_named(sample.negative, trigger))


def _named(prompt: str, trigger: str | None) -> str:
    return prompt.replace("[trigger]", trigger or "").strip() if "[trigger]" in prompt else prompt


FLAGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "n": ("negative", str),
    "w": ("width", int),
    "h": ("height", int),
    "d": ("seed", int),
    "seed": ("seed", int),
    "l": ("guidance_scale", float),
    "cfg": ("guidance_scale", float),
    "s": ("steps", int),
    "steps": ("steps", int),
    "m": ("network_multiplier", float),
    "network_multiplier": ("network_multiplier", float),
    "frames": ("num_frames", int),
    "num_frames": ("num_frames", int),
    "fps": ("fps", int),
    "ctrl_img": ("image", Path),
}
