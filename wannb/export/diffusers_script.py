"""A script that samples an exported pair with plain diffusers, no wannb needed."""

import json

from wannb.wan.layer_names import DIFFUSERS

DIFFUSERS_WITH = {"lora": "diffusers", "lokr": "\"diffusers>=0.42\""}  # 0.42 reads LoKr files for certain
LOAD = {
    "lora": {
        "high": "pipe.load_lora_weights(str(HERE), weight_name={name!r})",
        "low": "pipe.load_lora_weights(str(HERE), weight_name={name!r}, load_into_transformer_2=True)",
    },
    "lokr": {
        "high": "load_lokr(pipe.transformer, {name!r})",
        "low": "load_lokr(pipe.transformer_2, {name!r})",
    },
}
LOKR = f'''
from safetensors.torch import load_file

NAMES = {json.dumps(DIFFUSERS, indent=4)}


def load_lokr(transformer, name):
    """diffusers loads LoKr files through PEFT, but knows Wan's own names in LoRA files only."""
    tensors = {{}}
    for key, tensor in load_file(HERE / name).items():
        _, _, block, rest = key.split(".", 3)
        layer, factor = rest.rsplit(".", 1)
        tensors[f"blocks.{{block}}.{{NAMES[layer]}}.{{factor}}"] = tensor
    transformer.load_lora_adapter(tensors, prefix=None)

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
) -> str:
    """Python that loads each expert's file (`names`: expert -> file name beside the script; `kind`: lora or lokr) and
    samples one clip.

    `image`: the start image's name beside the script (I2V only). The shift is set because the hub's scheduler file has
    3.0, not the model's own (formats.md 1.4). Every text is written as a Python literal.
    """
    pipeline = {"t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline"}[task]
    repository, _, revision = base_model.partition("@")
    at = f", revision={revision!r}" if revision else ""
    opened = f"ImageOps.exif_transpose(Image.open(HERE / {image!r})).convert('RGB')"
    start = f"\n    image=ImageOps.fit({opened}, ({width}, {height})),"
    loads = LOKR if kind == "lokr" else ""
    loads += "\n".join(LOAD[kind][expert].format(name=name) for expert, name in names.items())
    return f'''"""Sample the LoRA pair beside this file with plain diffusers.

Needs: pip install torch {DIFFUSERS_WITH[kind]} transformers peft ftfy av
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
pipe.scheduler = UniPCMultistepScheduler.from_config(pipe.scheduler.config, flow_shift={shift})
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
