"""SAMPLE: the previews made while training (`sample`)."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from wannb.job.frame_counts import MOST_FRAMES
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import lower, text

NO_PATH = (None, "")
ONE_IMAGE = "Wan 2.2 I2V starts from one image"
MOST_SEED = 2**63 - 2**32
"""So that a seed walked by the number of its sample is still one that torch takes."""


class SampleItem(Section):
    """One preview (`sample.samples[]`); what is unset is as in `sample`."""

    PANEL = "SAMPLE"
    prompt: Annotated[str, BeforeValidator(text)] = setting(
        "", label="Prompt", importance="essential", help="Worded as the training captions are; 2-4 prompts are enough."
    )
    ctrl_img: str | None = setting(
        None,
        label="Control Image",
        importance="essential",
        unit="path",
        help="The first frame; every prompt of an image-to-video job needs one.",
    )
    width: int | None = setting(None, label="Width", ge=16, unit="px", help="As in sample, where unset.")
    height: int | None = setting(None, label="Height", ge=16, unit="px", help="As in sample, where unset.")
    seed: int | None = setting(None, label="Seed", ge=0, le=MOST_SEED, help="As in sample, where unset.")
    network_multiplier: float | None = setting(None, label="LoRA Scale", help="Strength of both LoRAs.")
    neg: str | None = setting(None, label="Negative Prompt", help="As in sample, where unset.")
    guidance_scale: float | None = setting(None, label="Guidance Scale", ge=0, help="As in sample, where unset.")
    sample_steps: int | None = setting(
        None, label="Sample Steps", ge=1, unit="steps", help="As in sample, where unset."
    )
    num_frames: int | None = setting(
        None, label="Num Frames", ge=1, le=MOST_FRAMES, unit="frames", help="As in sample, where unset."
    )
    fps: int | None = setting(None, label="FPS", ge=1, unit="fps", help="As in sample, where unset.")
    ctrl_img_1: str | None = setting(
        None, built=NO_PATH, unit="path", why=ONE_IMAGE, help="For models with several control images."
    )
    ctrl_img_2: str | None = setting(
        None, built=NO_PATH, unit="path", why=ONE_IMAGE, help="For models with several control images."
    )
    ctrl_img_3: str | None = setting(
        None, built=NO_PATH, unit="path", why=ONE_IMAGE, help="For models with several control images."
    )
    ctrl_idx: int = refused(0, ONE_IMAGE, help="For models with several control images.")
    do_cfg_norm: bool | None = setting(
        None,
        built=(None, False),
        why="it is a switch of other models",
        help="Scale guided predictions back to their norm.",
    )


class Sampling(Section):
    """Previews (`sample`)."""

    PANEL = "SAMPLE"
    sampler: Annotated[str, BeforeValidator(lower)] = setting(
        "flowmatch", label="Sampler", importance="important", built=("flowmatch",),
        choices={"flowmatch": "FlowMatch", "ddpm": "DDPM"},
        why="Wan is a flow model, and AI Toolkit samples it as one whatever stands here",
        help="How previews are denoised: FlowMatch, which is UniPC at the model's own shift.",
    )  # fmt: skip
    sample_every: int = setting(
        250, absent=100, label="Sample Every", importance="important", ge=1, unit="steps",
        help="Steps between previews: 250, as Save Every, so that every checkpoint has its clips.",
    )  # fmt: skip
    sample_start_step: int = refused(
        0,
        "the base's clips before step 1 are what later ones are compared with",
        label="Sample Start Step",
        ge=0,
        unit="steps",
        help="None before this.",
    )
    width: int = setting(
        768, absent=512, label="Width", importance="essential", ge=16, unit="px",
        help="A multiple of 16: 768 × 768, or 704 × 1280.",
    )  # fmt: skip
    height: int = setting(
        768, absent=512, label="Height", importance="essential", ge=16, unit="px",
        help="A multiple of 16: 768 × 768, or 704 × 1280.",
    )  # fmt: skip
    num_frames: int = setting(
        41, absent=1, label="Num Frames", importance="essential", ge=1, le=MOST_FRAMES, unit="frames",
        help="As in training; 81 to see whether what was learned carries over. 4n+1.",
    )  # fmt: skip
    fps: int = setting(16, label="FPS", importance="important", ge=1, unit="fps", help="Of the playback alone: 16.")
    samples: list[SampleItem] = Field(default_factory=list)
    prompts: list[str] = setting([], label="Prompts", help="The older way to write samples; flags like `--w 512` work.")
    neg: Annotated[str, BeforeValidator(text)] = setting(
        "", label="Negative Prompt", importance="important", help="What to steer away from."
    )
    seed: int = setting(
        42, absent=0, label="Seed", importance="important", ge=0, le=MOST_SEED, help="The same seed, the same noise."
    )
    walk_seed: bool = setting(
        True, absent=False, label="Walk Seed", importance="important", help="Each prompt has a seed of its own, one up."
    )
    guidance_scale: float = setting(
        3.5, absent=7.0, label="Guidance Scale", importance="important", ge=0,
        help="How hard previews follow the prompt: 3.5-4, text-to-video 2-4.",
    )  # fmt: skip
    sample_steps: int = setting(
        25, absent=20, label="Sample Steps", importance="important", ge=1, unit="steps",
        help="Denoising steps of a preview: 25.",
    )  # fmt: skip
    network_multiplier: float = setting(1.0, label="LoRA Scale", help="Strength of both LoRAs in previews.")
    format: str | None = setting(None, inert=True, help="Previews are mp4 here.")
    guidance_rescale: float = refused(0.0, "AI Toolkit has it for SDXL alone", help="For other models.")
    adapter_conditioning_scale: float = setting(1.0, inert=True, help="For other models; no effect.")
    refiner_start_at: float = setting(0.5, inert=True, help="For other models; no effect.")
    extra_values: list = refused([], "they are values of other models", help="For other models.")
