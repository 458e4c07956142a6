"""Load the pieces of Wan 2.2, frozen, in the precision each one needs; read its shape without loading it."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan
from transformers import AutoTokenizer, PreTrainedTokenizerBase, UMT5EncoderModel

from wannb.job import schedule
from wannb.refusal import Refusal
from wannb.wan import random_model, random_weights, source, tiny
from wannb.wan.expert import load_expert
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

TASK_OF_CHANNELS = {16: "t2v", 36: "i2v"}  # formats.md 1.1: 36 = 16 noisy + 4 mask + 16 condition
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


def resolve(name_or_path: str | Path) -> Path | str:
    """A tiny Wan's name or a local folder -> its complete folder; a hub id `org/name[@revision]` -> itself.

    Fetches nothing. Raises Refusal for a folder that does not exist or lacks a component.
    """
    name = str(name_or_path).strip()
    if random_model.is_random(name):
        return name
    if name in tiny.NAMES:
        return source.local_folder(tiny.folder(tiny.NAMES[name]))
    path = Path(name).expanduser()
    if name and path.is_dir():
        return source.local_folder(path)
    if not source.HUB_ID.fullmatch(name) or name.startswith(("./", "../")) or path.exists():
        raise Refusal(
            f"model.name_or_path {name!r} is neither a folder that exists nor a hub id: write org/name, "
            "org/name@revision, the path of a diffusers folder, or " + " or ".join(tiny.NAMES) + "."
        )
    return name


def facts(where: Path | str, task: str | None = None) -> ModelFacts:
    """Read the model's shape, boundary and shift (decision 1) from its configuration files.

    `task`: what the job trains ("t2v" | "i2v"); Refusal where the model is for the other, or is no Wan 2.2 14B kind.
    """
    index = source.read_json(where, "model_index.json")
    high, low = (source.read_json(where, f"{name}/config.json") for name in source.EXPERT_FOLDERS.values())
    found = _task(where, index, high)
    if _task(where, index, low) != found:
        raise Refusal(f"The two experts of {where} have different input channels: they belong to different models.")
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


def load_vae(where: Path | str, device: str | torch.device) -> AutoencoderKLWan:
    """Load the VAE, frozen, in fp32: in bf16 its round trip is visibly worse (formats.md 1.3)."""
    if random_model.is_random(where):
        model = random_weights.vae(device)
    else:
        model = _load(AutoencoderKLWan, where, "vae", torch_dtype=torch.float32)
    return by_onednn(_frozen(model, device))


def load_text(
    where: Path | str, dtype: torch.dtype, device: str | torch.device
) -> tuple[PreTrainedTokenizerBase, UMT5EncoderModel]:
    """Load the tokenizer and the UMT5 text encoder, frozen, in `dtype`."""
    if random_model.is_random(where):
        words, encoder = tiny.SHIPPED, random_weights.text_encoder(dtype, device)
    else:
        words, encoder = where, _load(UMT5EncoderModel, where, "text_encoder", dtype=dtype)
    tokenizer = _load(AutoTokenizer, words, "tokenizer", use_safetensors=None)
    return tokenizer, _frozen(encoder, device)


def load_scheduler_config(where: Path | str) -> dict:
    """The scheduler's configuration, as `UniPCMultistepScheduler.from_config` takes it."""
    return source.read_json(where, "scheduler/scheduler_config.json")


@lru_cache(maxsize=16)
def fingerprint(where: Path | str, component: str) -> str:
    """A hex digest of everything that decides what `component` ("vae" | "text_encoder") makes of its input.

    Content only, so equal weights in two folders agree; the text encoder's covers its tokenizer.
    """
    if random_model.is_random(where):
        return hashlib.sha256(f"{component} of random weights, seed {random_weights.SEED}".encode()).hexdigest()
    digest = hashlib.sha256()
    for part in ("text_encoder", "tokenizer") if component == "text_encoder" else (component,):
        for path in source.component_files(where, part):
            digest.update(f"{part}/{path.name}:{_digest(path)}\n".encode())
    return digest.hexdigest()


def _task(where: Path | str, index: dict, config: dict) -> str:
    channels = config.get("in_channels")
    if config.get("_class_name") != "WanTransformer3DModel":
        kind = f"a {config.get('_class_name', 'nameless')} model"
    elif config.get("image_dim") or config.get("added_kv_proj_dim"):
        kind = "a Wan 2.1 image-to-video model (it has CLIP image layers)"
    elif index.get("expand_timesteps") or channels not in TASK_OF_CHANNELS:
        kind = f"a Wan model with {channels} input channels (TI2V 5B or another kind)"
    else:
        return TASK_OF_CHANNELS[channels]
    raise Refusal(f"{where} is {kind}: wannb trains Wan 2.2 T2V 14B (wan22_14b) and I2V 14B (wan22_14b_i2v) only.")


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
