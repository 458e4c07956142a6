"""Load the pieces of Wan 2.2, frozen, in the precision each one needs; read its shape without loading it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from transformers import AutoTokenizer, PreTrainedTokenizerBase, UMT5EncoderModel

from wannb.job import schedule
from wannb.job.parts import kinds, parts
from wannb.job.parts.parts import Parts, Place, Where
from wannb.refusal import Refusal
from wannb.wan.loading import random_model, random_weights, single_files, source, text_encoder, tiny
from wannb.wan.loading.expert import load_expert
from wannb.wan.quantized.quantizing import Scheme
from wannb.wan.quiet import no_bars
from wannb.wan.small_convolutions import by_onednn

__all__ = [
    "ModelFacts",
    "facts",
    "fingerprint",
    "load_expert",
    "load_scheduler_config",
    "load_text",
    "load_vae",
    "resolve",
]

TASK_NAME = {"t2v": "text-to-video (T2V)", "i2v": "image-to-video (I2V)"}
ARCH = {"t2v": "wan22_14b", "i2v": "wan22_14b_i2v"}


@dataclass(frozen=True)
class ModelFacts:
    """What a model is, read from its configuration files."""

    task: str  # "t2v" | "i2v"
    boundary: float  # sigma at which the high-noise expert hands over to the low-noise one
    shift: float  # flow shift that previews sample with
    layers: int
    heads: int
    head_dim: int
    text_dim: int
    ffn_dim: int
    in_channels: int  # 16 | 36
    text_tokens: int = 512


def resolve(name_or_path: str | Path, task: str = "i2v", elsewhere: Mapping[str, str] | None = None) -> Where:
    """Where the parts of a model lie: a tiny Wan's name or a local folder -> its complete folder, a hub id
    `org/name[@revision]` -> itself; single files, or parts that do not lie in one place -> `Parts`.

    task: which pair to take of a folder that has both; elsewhere: what `parts.ELSEWHERE` say. Fetches nothing. Raises
    Refusal for what does not exist, lacks a part, or is another model's.
    """
    found = parts.locate(str(name_or_path), task, elsewhere)
    if isinstance(found, Parts):
        return replace(found, **{part: _place(lies) for part, lies in vars(found).items()})
    return _place(found)


def facts(where: Where, task: str | None = None) -> ModelFacts:
    """Read the model's shape, boundary and shift (decision 1) from its configuration files and headers.

    `task`: what the job trains ("t2v" | "i2v"); Refusal where the model is for the other, or is no Wan 2.2 14B kind.
    """
    index = source.index(where)
    high, low = (source.expert_config(where, expert) for expert in source.EXPERT_FOLDERS)
    kinds.task_of(where)
    source.refuse_another_vae(where)
    found = kinds.task_of_configs(where, (high, low), index)
    if task is not None and task != found:
        raise Refusal(
            f"The model {where} is for {TASK_NAME[found]} but the job trains {TASK_NAME[task]}: set model.arch to "
            f"{ARCH[found]}, or model.name_or_path to a model for {TASK_NAME[task]}."
        )
    boundary, shift = schedule.of_model(index, found)
    return ModelFacts(
        task=found,
        boundary=boundary,
        shift=shift,
        layers=high["num_layers"],
        heads=high["num_attention_heads"],
        head_dim=high["attention_head_dim"],
        text_dim=high["text_dim"],
        ffn_dim=high["ffn_dim"],
        in_channels=high["in_channels"],
    )


def load_vae(where: Where, device: str | torch.device) -> AutoencoderKLWan:
    """Load the VAE, frozen, in fp32: in bf16 its round trip is visibly worse (formats.md 1.3)."""
    lies = parts.place(where, "vae")
    if random_model.is_random(lies):
        model = random_weights.vae(device)
    elif source.is_file(lies):
        model = single_files.vae(lies)
    else:
        model = _load(AutoencoderKLWan, lies, "vae", torch_dtype=torch.float32)
    return by_onednn(_frozen(model, device))


def load_text(
    where: Where, dtype: torch.dtype, device: str | torch.device, scheme: Scheme | None = None
) -> tuple[PreTrainedTokenizerBase, UMT5EncoderModel]:
    """Load the tokenizer and the UMT5 text encoder, frozen, in `dtype`, the linears of its blocks as `scheme` says."""
    lies = parts.place(where, "text_encoder")
    tokenizer = _tokenizer(parts.place(where, "tokenizer"))
    if random_model.is_random(lies):
        return tokenizer, text_encoder.made_up(dtype, device, scheme)
    if source.is_file(lies):
        encoder = single_files.text_encoder(lies, dtype)
    else:
        encoder = _load(UMT5EncoderModel, lies, "text_encoder", dtype=dtype)
    return tokenizer, text_encoder.settle(encoder, device, scheme)


def load_scheduler_config(where: Where) -> dict:
    """The scheduler's configuration, as `UniPCMultistepScheduler.from_config` takes it."""
    lies = parts.place(where, "high")
    if source.is_file(lies):
        return random_model.SCHEDULER
    return source.read_json(lies, "scheduler/scheduler_config.json")


@lru_cache(maxsize=16)
def fingerprint(where: Where, component: str) -> str:
    """A hex digest of everything that decides what `component` ("vae" | "text_encoder") makes of its input.

    Content only, so equal weights in two folders agree; the text encoder's covers its tokenizer.
    """
    digest = hashlib.sha256()
    for part in ("text_encoder", "tokenizer") if component == "text_encoder" else (component,):
        lies = parts.place(where, part)
        if random_model.is_random(lies):
            return hashlib.sha256(f"{component} of random weights, seed {random_weights.SEED}".encode()).hexdigest()
        for path in source.component_files(lies, part):
            digest.update(f"{part}/{path.name}:{_digest(path)}\n".encode())
    return digest.hexdigest()


def _place(lies: Place) -> Place:
    """A tiny Wan's name -> its folder, made where need be; any other place -> itself."""
    return source.local_folder(tiny.folder(tiny.NAMES[lies])) if lies in tiny.NAMES else lies


def _tokenizer(lies: Place) -> PreTrainedTokenizerBase:
    if source.is_file(lies):
        return single_files.tokenizer(lies)
    words = tiny.SHIPPED if random_model.is_random(lies) else lies
    return _load(AutoTokenizer, words, "tokenizer", use_safetensors=None)


def _load(kind: type, where: Path | str, subfolder: str, **options: object) -> object:
    options = {"use_safetensors": True, **options}  # never a pickle
    options = {key: value for key, value in options.items() if value is not None}
    try:
        with no_bars():
            return kind.from_pretrained(**source.location(where), subfolder=subfolder, **options)
    except Refusal:
        raise
    except Exception as error:  # safetensors, the hub's client, and both libraries have their own kinds
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise Refusal(
            f"{subfolder}/ of {where} cannot be loaded ({reason}): download it again or check the id."
        ) from error


def _frozen(model: torch.nn.Module, device: str | torch.device) -> torch.nn.Module:
    return model.requires_grad_(False).eval().to(device)


def _digest(path: Path) -> str:
    if path.is_symlink() and len(path.resolve().name) == 64:  # the hub's cache names large files by their sha256
        return path.resolve().name
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
