"""A ComfyUI workflow that loads the LoRA pair into Wan 2.2's two experts (formats.md 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wannb.export.graph import Graph, Output
from wannb.job import schedule

TEXT_ENCODER = "umt5_xxl_fp8_e4m3fn_scaled.safetensors"
VAE = "wan_2.1_vae.safetensors"
SAMPLER, SCHEDULER = "euler", "simple"
COLUMN = 360  # pixels from one node to the next on its right
FULL = {"high": 1.0, "low": 1.0}
LAST_STEP = 10000  # "to the end", as ComfyUI's own examples write it


@dataclass(frozen=True)
class Workflow:
    """`ui` is dragged into the page, `api` goes to POST /prompt."""

    ui: dict
    api: dict


def switch_step(shift: float, steps: int, boundary: float) -> int:
    """K: the first step of ComfyUI's "simple" schedule whose sigma is below the boundary; the high-noise expert has
    the steps before it.

    The schedule takes every (1000 / steps)-th of 1000 sigmas t / 1000, t = 1000 ... 1, shifted by
    sigma -> shift * sigma / (1 + (shift - 1) * sigma). In fp32, as ComfyUI computes it: that decides exact ties.
    """
    for step in range(steps):
        sigma = np.float32((1000 - int(step * 1000 / steps)) / 1000)
        if float(np.float32(shift) * sigma / (1 + np.float32(shift - 1) * sigma)) < boundary:
            return step
    return steps


def workflow(
    task: str,
    names: dict[str, str],
    prompt: str,
    *,
    negative: str = "",
    width: int = 832,
    height: int = 480,
    num_frames: int = 81,
    fps: float = 16,
    steps: int = 20,
    shift: float | None = None,
    boundary: float | None = None,
    guidance_scale: float = 3.5,
    guidance_scale_2: float | None = None,
    seed: int = 42,
    image: str = "start.png",
    prefix: str = "video/wannb",
    strengths: Mapping[str, float] = FULL,
    distilled: Mapping[str, str] | None = None,
) -> Workflow:
    """The workflow for `task` ("t2v" | "i2v").

    `names`: expert -> LoRA file name in ComfyUI's models/loras; an expert without one runs as its base. `image`: the
    start image's name in ComfyUI's input folder (I2V only). Shift and boundary default to the model's (decision 1).
    `strengths`: expert -> strength of its LoRA. `distilled`: expert -> file name of a distillation LoRA, which comes
    before ours; steps, shift and guidance are then the caller's to set.
    """
    boundary = boundary or schedule.BOUNDARY[task]
    shift = shift or schedule.SHIFT[task]
    distilled = distilled or {}
    graph, right = Graph(), COLUMN if distilled else 0
    models = {}
    for row, expert in enumerate(("high", "low")):
        loras = [_Lora(f"Distillation, {expert} noise", distilled.get(expert), 1.0)]
        loras += [_Lora(f"LoRA, {expert} noise", names.get(expert), strengths[expert])]
        loras = [one for one in loras if one.name]
        models[expert] = _model(graph, task, expert, loras, shift, (850 + right, 160 * row))
    positive, negative_text = _prompts(graph, prompt, negative)
    vae = graph.add("VAELoader", "VAE", (0, 620), vae_name=VAE)[0]
    size = {"width": width, "height": height, "length": num_frames, "batch_size": 1}
    if task == "i2v":
        start = graph.add("LoadImage", "Start image", (0, 740), image=image)[0]
        inputs = {"positive": positive, "negative": negative_text, "vae": vae, "start_image": start}
        condition = graph.add("WanImageToVideo", "Start image and size", (850 + right, 420), **inputs, **size)
        positive, negative_text, latent = condition[0], condition[1], condition[2]
    else:
        latent = graph.add("EmptyHunyuanLatentVideo", "Size", (850 + right, 420), **size)[0]
    latent = _sample(
        graph,
        models,
        {"positive": positive, "negative": negative_text},
        latent,
        left=1230 + right,
        steps=steps,
        switch=switch_step(shift, steps, boundary),
        seed=seed,
        scales=(guidance_scale, guidance_scale if guidance_scale_2 is None else guidance_scale_2),
    )
    frames = graph.add("VAEDecode", "Decode", (1950 + right, 0), samples=latent, vae=vae)[0]
    video = graph.add("CreateVideo", "Video", (1950 + right, 110), images=frames, fps=fps)[0]
    where = (1950 + right, 250)
    graph.add("SaveVideo", "Save", where, video=video, filename_prefix=prefix, format="auto", codec="auto")
    return Workflow(ui=graph.ui(), api=graph.api())


class _Lora(NamedTuple):
    title: str
    name: str | None
    strength: float


def _model(graph: Graph, task: str, expert: str, loras: list[_Lora], shift: float, end: tuple[int, int]) -> Output:
    """An expert with its LoRAs, one column each; `end`: where the last node, its shift, stands."""
    x, y = end
    file = f"wan2.2_{task}_{expert}_noise_14B_fp8_scaled.safetensors"
    model = graph.add("UNETLoader", f"{expert} noise expert", (0, y), unet_name=file, weight_dtype="default")[0]
    for column, one in enumerate(loras, 1):
        chosen = {"lora_name": one.name, "strength_model": one.strength}
        model = graph.add("LoraLoaderModelOnly", one.title, (COLUMN * column, y), model=model, **chosen)[0]
    return graph.add("ModelSamplingSD3", f"Shift, {expert} noise", (x, y), model=model, shift=shift)[0]


def _prompts(graph: Graph, prompt: str, negative: str) -> tuple[Output, Output]:
    clip = graph.add("CLIPLoader", "Text encoder", (0, 420), clip_name=TEXT_ENCODER, type="wan", device="default")[0]
    positive = graph.add("CLIPTextEncode", "Prompt", (380, 420), clip=clip, text=prompt)[0]
    return positive, graph.add("CLIPTextEncode", "Negative prompt", (380, 640), clip=clip, text=negative)[0]


def _sample(
    graph: Graph,
    models: dict[str, Output],
    conditioning: dict[str, Output],
    latent: Output,
    *,
    left: int,
    steps: int,
    switch: int,
    seed: int,
    scales: tuple[float, float],
) -> Output:
    """Two samplers share one schedule: the first adds the noise and hands its leftover to the second at `switch`."""
    shared = {"steps": steps, "sampler_name": SAMPLER, "scheduler": SCHEDULER, **conditioning}
    first = graph.add(
        "KSamplerAdvanced",
        "High noise",
        (left, 0),
        model=models["high"],
        latent_image=latent,
        add_noise="enable",
        noise_seed=seed,
        cfg=scales[0],
        start_at_step=0,
        end_at_step=switch,
        return_with_leftover_noise="enable",
        **shared,
    )
    return graph.add(
        "KSamplerAdvanced",
        "Low noise",
        (left + COLUMN, 0),
        model=models["low"],
        latent_image=first[0],
        add_noise="disable",
        noise_seed=0,
        cfg=scales[1],
        start_at_step=switch,
        end_at_step=LAST_STEP,
        return_with_leftover_noise="disable",
        **shared,
    )[0]
