"""A random Wan pipeline folder for tests of structure: everything of the real layout, nothing learnt (formats.md 4)."""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

WORDS = "a red blue green circle square moves left right orbits around the centre on black white ground fast slow"


def write(folder: str | Path, task: str = "t2v", seed: int = 0, shift: float | None = None) -> Path:
    """Write a complete diffusers folder of random weights for `task` ("t2v" | "i2v") and return it.

    2 layers, 2 heads of 12, text_dim 32; boundary 0.875 | 0.9; `shift` goes where the tiny Wan keeps its own.
    """
    folder = Path(folder)
    kind, boundary = (WanPipeline, 0.875) if task == "t2v" else (WanImageToVideoPipeline, 0.9)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = kind(
            tokenizer=tokenizer(),
            text_encoder=text_encoder(),
            vae=vae(),
            scheduler=UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0),
            transformer=transformer(task),
            transformer_2=transformer(task),
            boundary_ratio=boundary,
        )
    pipeline.save_pretrained(folder)
    if shift is not None:
        index = json.loads((folder / "model_index.json").read_text())
        (folder / "model_index.json").write_text(json.dumps(index | {"wannb": {"shift": shift}}))
    return folder


def transformer(task: str, layers: int = 2) -> WanTransformer3DModel:
    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels={"t2v": 16, "i2v": 36}[task],
        out_channels=16,
        text_dim=32,
        freq_dim=256,
        ffn_dim=32,
        num_layers=layers,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    ).eval()


def vae() -> AutoencoderKLWan:
    return AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    ).eval()


def text_encoder() -> UMT5EncoderModel:
    config = UMT5Config(
        vocab_size=64, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
    )
    return UMT5EncoderModel(config).eval()


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.train_from_iterator([WORDS], trainers.WordLevelTrainer(special_tokens=["<pad>", "</s>", "<unk>"]))
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )


def shake(expert: WanTransformer3DModel, seed: int) -> None:
    """Give an attached LoRA weights that change the expert's output plainly, as training would."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in expert.named_parameters():
        if ".lora_B." in name or ".lokr_w2" in name:
            parameter.data.copy_(0.3 * torch.randn(parameter.shape, generator=generator))


def forward(expert: WanTransformer3DModel, seed: int = 0) -> torch.Tensor:
    """The expert's output, fp32 [1, 16, 3, 4, 4], for one fixed random input."""
    generator = torch.Generator().manual_seed(seed)
    noisy = torch.randn(1, expert.config.in_channels, 3, 4, 4, generator=generator)
    embeds = torch.randn(1, 512, expert.config.text_dim, generator=generator)
    with torch.no_grad():
        output = expert(noisy.to(expert.dtype), torch.tensor([500.0]), embeds.to(expert.dtype), return_dict=False)
    return output[0].float()
