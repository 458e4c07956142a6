"""A clip from both experts and their live LoRAs, by diffusers' own pipelines (decision 15)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from PIL import Image, ImageOps

from wannb.refusal import Refusal
from wannb.wan import guidance, text
from wannb.wan.adapters import lora
from wannb.wan.latents import to_bytes

Picture = np.ndarray | Image.Image | str | Path
Embeds = tuple[torch.Tensor, torch.Tensor]  # prompt [n, d], negative [n, d], un-padded as `text.encode` gives them


@dataclass
class Components:
    """What a clip is made with. One expert may be None: the other then takes every timestep."""

    high: WanTransformer3DModel | None
    low: WanTransformer3DModel | None
    vae: AutoencoderKLWan
    boundary: float
    shift: float
    scheduler_config: dict = field(default_factory=dict)
    make_room: Callable[[], None] | None = None  # has experts that are in main memory too leave the device to the VAE
    together: int | None = None  # tokens up to which both prompts are one batch; None: `guidance.TOGETHER`


@dataclass(frozen=True)
class Request:
    """One clip to make. `guidance_scale_2` is the low-noise expert's, None: the same; strength 0 is the base model."""

    width: int
    height: int
    num_frames: int
    seed: int = 42
    steps: int = 25
    guidance_scale: float = 4.0
    guidance_scale_2: float | None = None
    image: Picture | None = None
    high_strength: float = 1.0
    low_strength: float = 1.0

    @classmethod
    def of(cls, wanted: object, **changes: object) -> "Request":
        """The request behind one of `job.samples`, anything with these fields; `changes` win over it."""
        given = {field.name: getattr(wanted, field.name) for field in fields(cls) if hasattr(wanted, field.name)}
        return cls(**given | changes)


def sample(
    components: Components,
    request: Request,
    embeds: Embeds,
    on_step: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Sample one clip -> frames: uint8 [F, H, W, 3].

    UniPC at the model's shift, the high-noise expert down to the boundary and the low-noise one from there; noise from
    a CPU generator, so a seed means one noise on every device; the control image covers the size, cut at the centre.
    Guidance is done in the experts (`guidance.guided`), each with its own scale.
    `on_step` hears the number of each finished denoising step. Raises Refusal for an I2V clip without an image,
    a T2V clip with one, and sizes or frame counts that the model cannot make.
    """
    _check(components, request)
    pipeline = _pipeline(components)
    prompt, negative = (text.pad([embed]).to(components.vae.device) for embed in embeds)
    options = {"image": fit(request.image, request.width, request.height)} if request.image is not None else {}
    if on_step:
        options["callback_on_step_end"] = lambda _pipeline, index, _timestep, kwargs: on_step(index + 1) or kwargs
    with _strengths(components, request), _room_for_the_vae(components), _guided(components, request, negative):
        video = pipeline(
            prompt_embeds=prompt,
            width=request.width,
            height=request.height,
            num_frames=request.num_frames,
            num_inference_steps=request.steps,
            guidance_scale=1.0,
            generator=torch.Generator().manual_seed(request.seed),
            output_type="np",
            **options,
        ).frames[0]
    return to_bytes(video)


def fit(picture: Picture, width: int, height: int) -> Image.Image:
    """A picture scaled (bicubic, antialiased) to cover width × height, cut at the centre; RGB, its EXIF turn done."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    elif not isinstance(picture, Image.Image):
        try:
            picture = Image.open(picture)
            picture.load()
        except OSError as error:
            raise Refusal(f"The control image {picture} cannot be read ({error}): choose a PNG or JPEG.") from error
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    return ImageOps.fit(picture, (width, height), Image.Resampling.BICUBIC)


def _pipeline(components: Components) -> WanPipeline | WanImageToVideoPipeline:
    experts = [expert for expert in (components.high, components.low) if expert is not None]
    scheduler = UniPCMultistepScheduler.from_config(
        components.scheduler_config or {"prediction_type": "flow_prediction", "use_flow_sigmas": True},
        flow_shift=components.shift,
    )
    kind = WanImageToVideoPipeline if _takes_image(components) else WanPipeline
    pipeline = kind(
        tokenizer=None,
        text_encoder=None,
        vae=components.vae,
        scheduler=scheduler,
        transformer=experts[0],
        transformer_2=experts[1] if len(experts) == 2 else None,
        boundary_ratio=components.boundary if len(experts) == 2 else None,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _takes_image(components: Components) -> bool:
    expert = components.high if components.high is not None else components.low
    return expert.config.in_channels == 36


def _check(components: Components, request: Request) -> None:
    if components.high is None and components.low is None:
        raise Refusal("A clip needs at least one expert: load the high-noise or the low-noise one.")
    if _takes_image(components) and request.image is None:
        raise Refusal("An image-to-video clip needs a control image: give one, for instance a clip's first frame.")
    if not _takes_image(components) and request.image is not None:
        raise Refusal("A text-to-video model takes no control image: leave it out, or use an image-to-video model.")
    if not -(2**63) <= request.seed < 2**63:
        raise Refusal(f"A seed of {request.seed} does not fit in 64 bits: take a smaller one.")
    if request.width % 16 or request.height % 16 or request.num_frames % 4 != 1:
        raise Refusal(
            f"A clip of {request.width}×{request.height}, {request.num_frames} frames cannot be made: use a width and "
            "a height that are multiples of 16 and 4n+1 frames."
        )


@contextmanager
def _strengths(components: Components, request: Request) -> Iterator[None]:
    pairs = [(components.high, request.high_strength), (components.low, request.low_strength)]
    pairs = [(expert, value) for expert, value in pairs if expert is not None]
    try:
        for expert, value in pairs:
            lora.set_strength(expert, value)
        yield
    finally:
        for expert, _ in pairs:
            lora.set_strength(expert, 1.0)


@contextmanager
def _guided(components: Components, request: Request, negative: torch.Tensor) -> Iterator[None]:
    low_scale = request.guidance_scale if request.guidance_scale_2 is None else request.guidance_scale_2
    pairs = [(components.low, low_scale), (components.high, request.guidance_scale)]
    scales = {id(expert): (expert, scale) for expert, scale in pairs if expert is not None}  # once, were both the same
    together = components.together
    if together is None:
        together = guidance.TOGETHER.get(components.vae.device.type, 0)
    with ExitStack() as stack:
        for expert, scale in scales.values():
            stack.enter_context(guidance.guided(expert, negative, scale, together))
        yield


@contextmanager
def _room_for_the_vae(components: Components) -> Iterator[None]:
    """Inside the block experts that can come again leave the device before the VAE works, which needs much at once."""
    if components.make_room is None:
        yield
        return

    def leave(_module: torch.nn.Module, _given: tuple) -> None:
        components.make_room()

    hooks = [part.register_forward_pre_hook(leave) for part in (components.vae.encoder, components.vae.decoder)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
