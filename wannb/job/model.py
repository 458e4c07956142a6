"""MODEL, QUANTIZATION and MULTISTAGE: what is trained and how it is held in memory (`model`)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from wannb.job.qtypes import WORKING
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import ARCHITECTURES, architecture

BASES = {
    "wan22_14b": "ai-toolkit/Wan2.2-T2V-A14B-Diffusers-bf16",
    "wan22_14b_i2v": "ai-toolkit/Wan2.2-I2V-A14B-Diffusers-bf16",
}
ADAPTERS = {
    "wan22_14b": "uint4|ostris/accuracy_recovery_adapters/wan22_14b_t2i_torchao_uint4.safetensors",
    "wan22_14b_i2v": "uint4|ostris/accuracy_recovery_adapters/wan22_14b_i2v_torchao_uint4.safetensors",
}
QTYPES = {**{adapter: f"4bit with ARA ({ARCHITECTURES[arch]})" for arch, adapter in ADAPTERS.items()}, **WORKING}
KEPT = {
    "auto": "Automatic", "offloaded": "Inputs in RAM", "attention_offloaded": "Attention in RAM", "inputs": "Inputs",
    "attention": "Attention", "products": "Products", "all": "All",
}  # fmt: skip
NO_PATH = (None, "")


def _switch(value: Any) -> bool | str:
    if isinstance(value, bool) or value == "auto":
        return value
    raise ValueError("it must be auto, true or false")


class ModelKwargs(Section):
    """What Wan 2.2 alone has (`model.model_kwargs`)."""

    PANEL = "MULTISTAGE"
    train_high_noise: bool = setting(
        True, label="High Noise", importance="essential",
        help="Train the expert of the first, noisy timesteps: composition, layout, camera, the path of a motion. "
        "On for every kind; alone it under-trains detail.",
    )  # fmt: skip
    train_low_noise: bool = setting(
        True, label="Low Noise", importance="essential",
        help="Train the expert of the last timesteps: detail, texture, faces. On for every kind; alone it hardly "
        "changes motion or layout.",
    )  # fmt: skip
    vae_tiling: bool = refused(
        False,
        "clips are decoded whole; where memory is short make previews smaller",
        panel="MODEL",
        label="VAE Tiling",
        help="Decode previews in tiles.",
    )


class Model(Section):
    """The base model (`model`)."""

    PANEL = "MODEL"
    name_or_path: str = setting(
        BASES["wan22_14b_i2v"], absent="", label="Name or Path", importance="essential", unit="path",
        help="The base model: a hub id (org/name or org/name@revision), a folder in diffusers' layout, ComfyUI's "
        "folder, or one of its two files of the experts. The architecture fills it in.",
    )  # fmt: skip
    arch: Annotated[str, BeforeValidator(architecture)] = setting(
        "wan22_14b_i2v", absent="", label="Model Architecture", importance="essential", choices=ARCHITECTURES,
        help="Wan 2.2 I2V (14B) animates a first frame; Wan 2.2 T2V 14B works from the prompt alone.",
    )  # fmt: skip
    quantize: bool = setting(
        False, panel="QUANTIZATION", label="Quantization", importance="important",
        help="Hold the frozen experts in fewer bits: Transformer says in which.",
    )  # fmt: skip
    qtype: str = setting(
        "qfloat8", panel="QUANTIZATION", label="Transformer", of="model.quantize", choices=QTYPES,
        importance="important",
        help="What the experts' blocks are held in. 4bit with ARA (an adapter recovers the accuracy) for 24 GB, float8 "
        "as the simpler choice for 48 GB and more: it also multiplies in 8 bits. Own adapter: uint4|file.",
    )  # fmt: skip
    quantize_te: bool | None = setting(
        False, absent=None, panel="QUANTIZATION", label="Text Encoder Quantization", importance="important",
        help="Hold the text encoder in fewer bits; unset means as the transformers.",
    )  # fmt: skip
    qtype_te: str = setting(
        "qfloat8", panel="QUANTIZATION", label="Text Encoder", of="model.quantize_te", choices=WORKING,
        importance="important", help="What the text encoder is held in: float8 or qfloat8, 6.7 GB in place of 11.4.",
    )  # fmt: skip
    accuracy_recovery_adapter: str | None = setting(
        None,
        panel="QUANTIZATION",
        label="Accuracy Recovery Adapter",
        of="model.quantize",
        unit="path",
        help="A file, or user/repository/file on the hub, beside uint4: what stands after | in qtype.",
    )
    quantize_kwargs: dict = setting(
        {}, panel="QUANTIZATION", of="model.quantize",
        help="exclude: linears of a block that stay as they are, as patterns of diffusers' names (ffn.*, attn1.to_q).",
    )  # fmt: skip
    low_vram: bool = setting(
        False, label="Low VRAM", importance="essential",
        help="Only the expert being trained stays on the card. On for 24 GB, off for 48 GB and more unless 1024 px or "
        "81 frames run out of memory.",
    )  # fmt: skip
    layer_offloading: bool = setting(
        False, legacy=("auto_memory",), label="Layer Offloading", importance="important",
        help="Layers come from main memory as they are used: for cards of 10-12 GB in a machine with 64 GB or more. "
        "The guides count on twice the step time; here copies run beside the arithmetic. Off otherwise.",
    )  # fmt: skip
    layer_offloading_transformer_percent: float = setting(
        1.0, label="Layer Offloading: Transformer", of="model.layer_offloading", ge=0, le=1,
        help="Share of the experts' blocks that streams.",
    )  # fmt: skip
    layer_offloading_text_encoder_percent: float = setting(
        1.0, label="Layer Offloading: Text Encoder", of="model.layer_offloading", ge=0, le=1,
        help="Share of the text encoder's blocks that streams while prompts are encoded.",
    )  # fmt: skip
    model_kwargs: ModelKwargs = Field(default_factory=ModelKwargs)
    compile: bool = setting(False, label="Compile Model", inert=True, help="wannb.compile is what counts.")
    block_compile: bool = setting(False, inert=True, help="wannb.compile is what counts.")
    compile_mode: str = setting("default", inert=True, help="AI Toolkit's; no effect here.")
    compile_fullgraph: bool = setting(False, inert=True, help="AI Toolkit's; no effect here.")
    compile_dynamic: bool = setting(True, inert=True, help="AI Toolkit's; no effect here.")
    cache_size_limit: int | None = setting(None, inert=True, help="AI Toolkit's; no effect here.")
    dtype: str = setting("float16", label="Model Precision", inert=True, help="train.dtype is what counts.")
    extras_name_or_path: str | None = setting(
        None, unit="path", help="The text encoder, its tokenizer and the VAE from another folder or repository.",
    )  # fmt: skip
    te_name_or_path: str | None = setting(
        None, unit="path", help="The text encoder from elsewhere: a folder, a repository, or ComfyUI's file of it.",
    )  # fmt: skip
    vae_path: str | None = setting(
        None, unit="path", help="The VAE from elsewhere: a folder, a repository, or ComfyUI's file of it.",
    )  # fmt: skip
    unet_path: str | None = setting(
        None, unit="path", help="The experts from elsewhere: one of ComfyUI's two files, the folder of both, or a "
        "folder or repository in diffusers' layout.",
    )  # fmt: skip
    vae_dtype: str | None = setting(None, inert=True, help="The VAE runs in FP32, as diffusers advises.")
    te_dtype: str | None = setting(None, inert=True, help="The text encoder's precision follows train.dtype.")
    vae_device: str | None = setting(None, inert=True, help="AI Toolkit's; no effect here.")
    te_device: str | None = setting(None, inert=True, help="AI Toolkit's; no effect here.")
    latent_space_version: str | None = setting(None, inert=True, help="AI Toolkit's cache key; ours is the content.")
    lora_path: str | None = setting(
        None,
        built=NO_PATH,
        why="AI Toolkit refuses it for Wan 2.2 too",
        help="A LoRA merged into the base before training.",
    )
    assistant_lora_path: str | None = setting(
        None, built=NO_PATH, why="AI Toolkit refuses it for Wan 2.2 too", help="A LoRA that helps while training."
    )
    inference_lora_path: str | None = setting(
        None, built=NO_PATH, why="AI Toolkit refuses it for Wan 2.2 too", help="A LoRA for previews alone."
    )
    split_model_over_gpus: bool = refused(
        False, "AI Toolkit refuses it for Wan 2.2 too", help="Layers spread over several cards."
    )
    attn_masking: bool = refused(False, "it is a switch of other models", help="Mask the padding of the text.")
    ignore_if_contains: list[str] | None = setting(
        None, built=(None, []), why="layers are chosen in network.network_kwargs", help="Layers to leave alone."
    )
    only_if_contains: list[str] | None = setting(
        None, built=(None, []), why="layers are chosen in network.network_kwargs", help="Layers to train."
    )


class Expert(Section):
    """What one expert has for itself (`wannb.high`, `wannb.low`)."""

    PANEL = "MULTISTAGE"
    rank: int | None = setting(None, label="Rank", ge=1, le=1024, help="Its own rank.")
    alpha: float | None = setting(None, label="Alpha", gt=0, help="Its own alpha.")
    lr: float | None = setting(None, label="Learning Rate", gt=0, le=100, help="Its own rate.")


class PreviewLora(Section):
    """A distillation LoRA that makes previews in a few steps (`wannb.preview_lora`)."""

    PANEL = "SAMPLE"
    high: str | None = setting(
        None, label="Distillation LoRA, High Noise", unit="path",
        help="A Lightning-style file of the high-noise expert: previews are then made in a few steps without guidance, "
        "for looking on the way. They are labelled, and never compared with plain ones. Needs the low-noise file too.",
    )  # fmt: skip
    low: str | None = setting(
        None, label="Distillation LoRA, Low Noise", unit="path", help="Its file of the low-noise expert."
    )
    steps: int = setting(
        4, label="Distilled Steps", ge=1, le=1000, unit="steps", help="Denoising steps with it, not Sample Steps."
    )
    shift: float = setting(
        5.0, label="Distilled Shift", gt=0, help="The shift with it, in place of the model's; 5 for lightx2v's files."
    )
    strength: float = setting(1.0, label="Distilled Strength", help="Its own strength; the trained LoRA keeps its own.")


class Own(Section):
    """What AI Toolkit has no key for (`wannb`)."""

    PANEL = "MULTISTAGE"
    kind: str | None = setting(
        None, panel="JOB", label="Kind", importance="essential",
        choices={"motion": "Motion / camera", "style": "Style", "character": "Character"},
        help="What is learned. The advice beside the settings and the warnings follow it; training does not.",
    )  # fmt: skip
    vram_gb: float | None = setting(
        None, panel="JOB", label="Card Memory", importance="essential", ge=1, le=10_000, unit="GB",
        help="The card the job is for: what fits is told by it; unset: this machine's card. Training ignores it.",
    )  # fmt: skip
    boundary: float | None = setting(
        None, label="Expert Boundary", gt=0, le=1,
        help="Sigma below which the low-noise expert takes over; unset: the model's, T2V 0.875, I2V 0.900.",
    )  # fmt: skip
    shift: float | None = setting(
        None,
        panel="SAMPLE",
        label="Shift",
        gt=0,
        help="The shift of previews and of the timestep type Shift; unset: the model's, T2V 12, I2V 5.",
    )
    preview_lora: PreviewLora = Field(default_factory=PreviewLora)
    compile: Annotated[bool | Literal["auto"], BeforeValidator(_switch)] = setting(
        "auto", panel="MODEL", label="Compiled Blocks", importance="important",
        choices={"auto": "Automatic", True: "On", False: "Off"},
        help="Compile the experts' blocks for the GPU: half the time of a step, for a wait of about a minute before "
        "the first. Automatic: the 14B on a GPU, where there is the C compiler that it needs.",
    )  # fmt: skip
    keep: str = setting(
        "auto", panel="TRAINING", label="Activations Kept", importance="advanced", choices=KEPT,
        help="What a block keeps of its forward pass: from its input alone (least memory, everything else is computed "
        "again; in RAM it leaves the card too) over attention's outputs and those of the products to all of it. "
        "Automatic fills the card. Gradient Checkpointing off keeps all.",
    )  # fmt: skip
    high_noise_share: float = setting(
        0.5, label="High-noise Share", importance="important", ge=0, le=1,
        help="Share of the steps that the high-noise expert gets; Timestep Bias does not move any.",
    )  # fmt: skip
    high: Expert = Field(default_factory=Expert)
    low: Expert = Field(default_factory=Expert)
    differential_guidance: str | None = setting(
        None, panel="ADVANCED", label="Differential Guidance From", choices=("prediction", "base"),
        help="Aim past the target as seen from the prediction (AI Toolkit) or from the base (the guides).",
    )  # fmt: skip
    lora_plus_ratio: float = setting(
        1.0, panel="TRAINING", label="LoRA+ Ratio", ge=1, le=1000,
        help="How many times the rate of A the LoRA's B learns with; 16 is the paper's advice, 1 is plain LoRA.",
    )  # fmt: skip
    validate_every: int = setting(
        0, panel="VALIDATION", label="Validate Every", importance="important", ge=0, unit="steps",
        help="Steps between measurements of the loss on fixed clips, noise and timesteps; 0 measures nothing.",
    )  # fmt: skip
    validate_clips: int = setting(
        4, panel="VALIDATION", label="Validation Clips", of="wannb.validate_every", ge=1, le=1000, unit="clips",
        help="How many clips are measured.",
    )  # fmt: skip
    hold_out: bool = setting(
        False, panel="VALIDATION", label="Hold Out", importance="important",
        help="Keep the validation clips out of training; else they are training clips, and the figure says so.",
    )  # fmt: skip
    save_minutes: float = setting(
        10.0, panel="SAVE", label="Save Every Minutes", ge=0, le=1e6, unit="minutes",
        help="A power cut costs no more than this: what resume needs is saved so often; 0 saves at Save Every alone.",
    )  # fmt: skip
    windows: int = setting(
        1, panel="DATASETS", label="Windows per Clip", ge=1, le=1000, unit="pieces",
        help="Pieces taken of each clip at its true rate, spread evenly over it; needs Shrink Video to Frames off.",
    )  # fmt: skip
    cache_folder: str | None = setting(
        None, panel="DATASETS", label="Cache Folder", unit="output path",
        help="Where latents and embeddings are kept; unset: .wannb-cache in the training folder.",
    )  # fmt: skip
