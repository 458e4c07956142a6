"""A script that samples an exported pair with plain diffusers, no wannb needed."""

LOAD = {
    "high": "pipe.load_lora_weights(HERE, weight_name={name!r})",
    "low": "pipe.load_lora_weights(HERE, weight_name={name!r}, load_into_transformer_2=True)",
}


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
) -> str:
    """Python that loads each expert's file (`names`: expert -> file name beside the script) and samples one clip.

    `image`: the start image's name beside the script (I2V only). The shift is set because the hub's scheduler file has
    3.0, not the model's own (formats.md 1.4). Every text is written as a Python literal.
    """
    kind = {"t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline"}[task]
    repository, _, revision = base_model.partition("@")
    at = f", revision={revision!r}" if revision else ""
    load_image = ", load_image" if task == "i2v" else ""
    start = f"\n    image=load_image(str(Path(HERE) / {image!r})).resize(({width}, {height})),"
    loads = "\n".join(LOAD[expert].format(name=name) for expert, name in names.items())
    return f'''"""Sample the LoRA pair beside this file with plain diffusers."""

from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, {kind}
from diffusers.utils import export_to_video{load_image}

HERE = str(Path(__file__).resolve().parent)
MODEL = {repository!r}
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float32

vae = AutoencoderKLWan.from_pretrained(MODEL, subfolder="vae", torch_dtype=torch.float32{at})
pipe = {kind}.from_pretrained(MODEL, vae=vae, torch_dtype=DTYPE{at})
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
).frames[0]
export_to_video(frames, str(Path(HERE) / "clip.mp4"), fps={round(fps)})
'''
