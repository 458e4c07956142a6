"""Put the trained parts together as the pipeline folder that the package ships: `python assemble.py PARTS OUT`.

Weights are stored in bfloat16 (20 MiB in all); the scheduler is the hub's, the shift is set when sampling.
"""

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline, WanTransformer3DModel
from transformers import AutoTokenizer, UMT5EncoderModel

SHIFT = 5.0


def assemble(parts: Path, out: Path) -> None:
    """`parts` holds transformer/, transformer_2/, vae/, text_encoder/ and tokenizer/."""
    pipeline = WanImageToVideoPipeline(
        tokenizer=AutoTokenizer.from_pretrained(parts / "tokenizer"),
        text_encoder=UMT5EncoderModel.from_pretrained(parts / "text_encoder").to(torch.bfloat16),
        vae=AutoencoderKLWan.from_pretrained(parts / "vae").to(torch.bfloat16),
        scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=SHIFT),
        transformer=WanTransformer3DModel.from_pretrained(parts / "transformer").to(torch.bfloat16),
        transformer_2=WanTransformer3DModel.from_pretrained(parts / "transformer_2").to(torch.bfloat16),
        image_encoder=None,
        image_processor=None,
        boundary_ratio=0.9,
    )
    pipeline.save_pretrained(out)
    index = json.loads((out / "model_index.json").read_text())
    index["wannb"] = {"shift": SHIFT, "t2v": {"shift": SHIFT, "boundary_ratio": 0.875}}
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    assemble(args.parts, args.out)
