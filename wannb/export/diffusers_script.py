"""A script that samples an exported pair with plain diffusers, no wannb needed."""

import json
from collections.abc import Iterator, Mapping

from wannb.export.comfyui import FULL
from wannb.wan.adapters.layer_names import DIFFUSERS

DIFFUSERS_WITH = {"lora": "diffusers", "lokr": "\"diffusers>=0.42\""}  # 0.42 reads LoKr files for certain
PART = {"high": "transformer", "low": "transformer_2"}
LOAD = {
    "lora": {
        "high": "pipe.load_lora_weights(str(HERE), weight_name={name!r}, adapter_name={adapter!r})",
        "low": "pipe.load_lora_weights(\n    str(HERE), weight_name={name!r}, adapter_name={adapter!r}, "
        "load_into_transformer_2=True\n)",
    },
    "lokr": {
        "high": "load_lokr(pipe.transformer, {name!r}, {adapter!r})",
        "low": "load_lokr(pipe.transformer_2, {name!r}, {adapter!r})",
    },
}
OURS, FAST = "trained", "distilled"  # the adapters' names in the script
EULER = ", solver_order=1, disable_corrector=list(range({steps}))"  # UniPC of first order: Euler's steps
LOKR = f'''
from safetensors.torch import load_file

NAMES = {json.dumps(DIFFUSERS, indent=4)}


def load_lokr(transformer, name, adapter):
    """diffusers loads LoKr files through PEFT, but knows Wan's own names in LoRA files only."""
    tensors = {{}}
    for key, tensor in load_file(HERE / name).items():
        _, _, block, rest = key.split(".", 3)
        layer, factor = rest.rsplit(".", 1)
        tensors[f"blocks.{{block}}.{{NAMES[layer]}}.{{factor}}"] = tensor
    transformer.load_lora_adapter(tensors, prefix=None, adapter_name=adapter)

'''


def script(
    task: str,
    names: dict[str, str],
    base_model: str,
    prompt: str,
    *,
    negative: str,
    width: int,
    height: int,
    num_frames: int,
    fps: float,
    steps: int,
    shift: float,
    boundary: float,
    guidance_scale: float,
    guidance_scale_2: float | None,
    seed: int,
    image: str,
    kind: str = "lora",
    strengths: Mapping[str, float] = FULL,
    distilled: Mapping[str, str] | None = None,
) -> str:
    """Python that loads each expert's file (`names`: expert -> file name beside the script; `kind`: lora or lokr) and
    samples one clip.

    `image`: the start image's name beside the script (I2V only). `strengths`: expert -> strength of its file.
    `distilled`: expert -> name of a distillation LoRA's file, to be put beside the script; steps, shift and guidance
    are then the caller's to set. The shift is set because the hub's scheduler file has
    3.0, not the model's own (formats.md 1.4). Every text is written as a Python literal.
    """
    pipeline = {"t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline"}[task]
    repository, _, revision = base_model.partition("@")
    at = f", revision={revision!r}" if revision else ""
    opened = f"ImageOps.exif_transpose(Image.open(HERE / {image!r})).convert('RGB')"
    start = f"\n    image=ImageOps.fit({opened}, ({width}, {height})),"
    loads = LOKR if kind == "lokr" else ""
    loads += "\n".join(_loads(names, kind, strengths, distilled or {}))
    order = EULER.format(steps=steps) if distilled else ""
    needed = f"\nPut {' and '.join(distilled.values())} beside it." if distilled else ""
    return f'''"""Sample the LoRA pair beside this file with plain diffusers.

Needs: pip install torch {DIFFUSERS_WITH[kind]} transformers peft ftfy av{needed}
"""

from pathlib import Path

import av
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, {pipeline}
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
MODEL = {repository!r}
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float32

vae = AutoencoderKLWan.from_pretrained(MODEL, subfolder="vae", torch_dtype=torch.float32{at})
pipe = {pipeline}.from_pretrained(MODEL, vae=vae, torch_dtype=DTYPE{at})
pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift={shift}{order})
pipe.register_to_config(boundary_ratio={boundary})
{loads}
pipe.to(DEVICE)

frames = pipe({start if task == "i2v" else ""}
    prompt={prompt!r},
    negative_prompt={negative!r},
    width={width},
    height={height},
    num_frames={num_frames},
    num_inference_steps={steps},
    guidance_scale={guidance_scale},
    guidance_scale_2={guidance_scale_2},
    generator=torch.Generator().manual_seed({seed}),
    output_type="pil",
).frames[0]

with av.open(HERE / "clip.mp4", "w") as clip:
    stream = clip.add_stream("libx264", rate={round(fps)})
    stream.width, stream.height, stream.pix_fmt = {width}, {height}, "yuv420p"
    for frame in frames:
        clip.mux(stream.encode(av.VideoFrame.from_image(frame)))
    clip.mux(stream.encode(None))
'''


def _loads(
    names: Mapping[str, str], kind: str, strengths: Mapping[str, float], distilled: Mapping[str, str]
) -> Iterator[str]:
    """Lines that load each expert's files and set how strong they are."""
    for expert, part in PART.items():
        files = {OURS: names.get(expert), FAST: distilled.get(expert)}
        files = {adapter: name for adapter, name in files.items() if name}
        for adapter, name in files.items():
            yield LOAD[kind][expert].format(name=name, adapter=adapter)
        if files:
            weights = [strengths[expert] if adapter == OURS else 1.0 for adapter in files]
            yield f"pipe.{part}.set_adapters({[*files]!r}, {weights!r})"
