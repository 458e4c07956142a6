"""Put the trained parts together as the pipeline folder that the package ships: `python assemble.py PARTS OUT`.

Weights are stored in bfloat16 (20 MiB in all); the scheduler is the hub's, the shift is set when sampling.
The tokenizer is named as every version of transformers knows it, and no file keeps the place of its making.
"""

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline, WanTransformer3DModel
from transformers import AutoTokenizer, UMT5EncoderModel

SHIFT = 5.0
TOKENIZER = "PreTrainedTokenizerFast"  # what transformers 5 calls TokenizersBackend
PLACE = ("_name_or_path", "is_local", "local_files_only")
CALL = ("max_length", "pad_to_multiple_of", "stride", "truncation_side", "truncation_strategy")
"""What saving a tokenizer keeps of its last call."""


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
    tidy(out)


def tidy(out: Path) -> None:
    """Write into the saved pipeline `out` what wannb reads there, and take out what only its making knew."""
    own = {"shift": SHIFT, "t2v": {"shift": SHIFT, "boundary_ratio": 0.875}}
    _change(out / "model_index.json", tokenizer=["transformers", TOKENIZER], wannb=own)
    _change(out / "tokenizer/tokenizer_config.json", without=PLACE + CALL, tokenizer_class=TOKENIZER)
    _change(out / "tokenizer/tokenizer.json", truncation=None, padding=None)
    for name in ("transformer", "transformer_2", "vae"):
        _change(out / name / "config.json", without=PLACE)


def _change(path: Path, without: tuple[str, ...] = (), **values: object) -> None:
    content = {key: value for key, value in json.loads(path.read_text()).items() if key not in without}
    path.write_text(json.dumps(content | values, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    assemble(args.parts, args.out)
