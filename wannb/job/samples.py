"""The previews of a job with everything filled in: `samples`, the older `prompts` with their flags, seeds, triggers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.job.sample import SampleItem, Sampling
from wannb.job.substitution import beside
from wannb.refusal import Refusal

IMAGE_FLAG = re.compile(r"(--ctrl_img\s+)(\S.*?)(?=\s*(?:--|$))", re.DOTALL)
FLAGS = {  # sd-scripts' flags, which AI Toolkit reads in every prompt → settings of a sample
    "n": "neg",
    "w": "width",
    "h": "height",
    "d": "seed",
    "seed": "seed",
    "l": "guidance_scale",
    "cfg": "guidance_scale",
    "s": "sample_steps",
    "steps": "sample_steps",
    "m": "network_multiplier",
    "network_multiplier": "network_multiplier",
    "frames": "num_frames",
    "num_frames": "num_frames",
    "fps": "fps",
    "ctrl_img": "ctrl_img",
}


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
    """The samples with `[trigger]` replaced and images found beside the job file; Refusal for a flag that is wrong."""
    items = sampling.samples or [SampleItem.new(prompt=prompt) for prompt in sampling.prompts]
    return [_sample(sampling, _unflagged(item, folder, i), trigger, i) for i, item in enumerate(items)]


def with_images_from(prompt: str, folder: Path) -> str:
    """`prompt` with the path after `--ctrl_img` made absolute where it lies in `folder`."""
    return IMAGE_FLAG.sub(lambda found: found[1] + beside(found[2], folder), prompt)


def _unflagged(item: SampleItem, folder: Path | None, index: int) -> SampleItem:
    """The item with the flags of its prompt (`a cat --w 512 --cfg 4`) as settings; unknown flags are dropped."""
    prompt, *flags = item.prompt.strip().split("--")
    given: dict[str, Any] = {}
    for flag in flags:
        name, _, content = flag.partition(" ")
        if name.strip() in FLAGS:
            given[FLAGS[name.strip()]] = content.strip()
    if "ctrl_img" in given:
        given["ctrl_img"] = beside(given["ctrl_img"], folder)
    try:
        return SampleItem.new(**{**item.model_dump(), **given, "prompt": prompt.strip()})
    except Refusal as refusal:
        raise Refusal(f"The prompt of sample {index + 1} has a wrong flag: {refusal}") from None


def _sample(sampling: Sampling, item: SampleItem, trigger: str | None, index: int) -> Sample:
    def own(name: str) -> Any:
        value = getattr(item, name)
        return getattr(sampling, name) if value is None else value

    return Sample(
        prompt=_named(item.prompt, trigger),
        negative=_named(own("neg"), trigger),
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


def _named(prompt: str, trigger: str | None) -> str:
    return prompt.replace("[trigger]", trigger or "").strip() if "[trigger]" in prompt else prompt
