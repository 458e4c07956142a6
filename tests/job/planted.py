"""Faults to plant into a good job: what is set, what has to be found, and whether a button mends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wannb.machine import Machine

OFF, ON = False, True
DOP, CLASS = "train.diff_output_preservation", "train.diff_output_preservation_class"
HIGH, LOW = "model.model_kwargs.train_high_noise", "model.model_kwargs.train_low_noise"
PROMPT, IMAGE = "sample.samples[].prompt", "sample.samples[].ctrl_img"
FRAMES, SIDES = "datasets[].num_frames", "datasets[].resolution"
PARAMS = "train.lr_scheduler_params"
T2V, I2V = "ai-toolkit/Wan2.2-T2V-A14B-Diffusers-bf16", "ai-toolkit/Wan2.2-I2V-A14B-Diffusers-bf16"
RTX = Machine("NVIDIA GeForce RTX 4090", 23.99, 64.0)
LAPTOP = Machine(None, None, 16.0)
SAMPLE = {"prompt": "a frung cat", "ctrl_img": "{}/first.png"}
CARD_24 = {"wannb.vram_gb": 24, "model.low_vram": ON, "train.switch_boundary_every": 10}
REMOVED = object()
"""In place of a value: the key is taken out of the file."""


@dataclass(frozen=True)
class Fault:
    """`put` into the file of a good job that has `given` already makes preflight say `code`; {} is the test's folder.

    curable: whether the finding has a cure.  machine: what is told of the one that would train.
    """

    put: Mapping[str, Any]
    code: str
    severity: str
    curable: bool = True
    given: Mapping[str, Any] = field(default_factory=dict)
    machine: Machine | None = None


def error(put, code, **more):
    return Fault(put, code, "error", **more)


def warning(put, code, **more):
    return Fault(put, code, "warning", **more)


def info(put, code, **more):
    return Fault(put, code, "info", **more)


def kind(name, **more):
    return {"wannb.kind": name, "train.steps": 2000, **more}


TWO = [{"folder_path": "{}/clips", "num_frames": 33, "cache_latents": True}]
WARM = {"train.lr_scheduler": "constant_with_warmup", PARAMS: {"num_warmup_steps": 10}}

MODEL = {
    "no base": error({"model.name_or_path": ""}, "no-model"),
    "a T2V base for I2V": error({"model.name_or_path": T2V}, "wrong-checkpoint"),
    "an I2V base for T2V": error(
        {"model.name_or_path": I2V}, "wrong-checkpoint", given={"model.arch": "wan22_14b", "model.name_or_path": T2V}
    ),
    "the 5B model": error({"model.name_or_path": "Wan-AI/Wan2.2-TI2V-5B-Diffusers"}, "wrong-checkpoint"),
    "a Wan 2.1 model": error({"model.name_or_path": "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers"}, "wrong-checkpoint"),
    "Wan's own layout": error({"model.name_or_path": "Wan-AI/Wan2.2-I2V-A14B"}, "wrong-checkpoint"),
    "an animate model": error({"model.name_or_path": "Wan-AI/Wan2.2-Animate-14B-Diffusers"}, "wrong-checkpoint"),
    "a single file that is not there": error(
        {"model.name_or_path": "{}/wan2.2_i2v_high_noise.safetensors"}, "model-missing"
    ),
    "no such folder": error({"model.name_or_path": "{}/nowhere"}, "model-missing"),
    "a folder that is no model": error({"model.name_or_path": "{}/clips"}, "wrong-checkpoint"),
    "a tiny Wan of the other task": error({"model.name_or_path": "wannb/tiny-wan2.2-t2v"}, "wrong-checkpoint"),
    "a switch of AI Toolkit's that is not built": error({"train.do_cfg": ON}, "not-built"),
    "an optimizer that is not built": error({"train.optimizer": "adam8bit"}, "not-built"),
    "a misspelled choice": error({"train.optimizer": "adamw8bits"}, "unknown-choice"),
    "a choice of nowhere": error({"train.optimizer": "zzz"}, "unknown-choice", curable=False),
    "a misspelled key": warning({"train.learning_rat": 1e-4, "train.lr": REMOVED}, "unknown-key"),
    "a key by its label": warning({"train.learning_rate": 1e-4, "train.lr": REMOVED}, "unknown-key"),
    "a key in the wrong place": warning({"switch_boundary_every": 20}, "unknown-key"),
    "a key of nobody": warning({"train.zzzzz": 1}, "unknown-key", curable=False),
    "offloading of nothing": error(
        {"model.layer_offloading": ON, "model.layer_offloading_transformer_percent": 0,
         "model.layer_offloading_text_encoder_percent": 0}, "offload-nothing"
    ),
    "a share of two blocks": error(
        {"model.layer_offloading_transformer_percent": 0.05}, "offload-nothing", given={"model.layer_offloading": ON}
    ),
    "a setting without effect": info({"network.conv": 16}, "no-effect"),
}
STAGES = {
    "no expert": error({HIGH: OFF, LOW: OFF}, "no-stage"),
    "a swap at every step": warning({"model.low_vram": ON, "train.switch_boundary_every": 1}, "swap-every-step"),
    "a swap every few steps": info({"model.low_vram": ON, "train.switch_boundary_every": 4}, "swap-often"),
    "all steps for one of two": error({"wannb.high_noise_share": 1}, "share-starves"),
    "a share of one expert": warning({"wannb.high_noise_share": 0.7}, "share-unused", given={LOW: OFF}),
    "a turn that never comes": warning({"train.switch_boundary_every": 1000}, "no-turn"),
    "no room for high noise": error({"wannb.boundary": 1.0}, "boundary-starves"),
    "a rate for an expert that is off": warning({"wannb.low.lr": 1e-4}, "expert-off", given={LOW: OFF}),
}
DATA = {
    "no data set": error({"datasets": []}, "no-dataset", curable=False),
    "no folder": error({"datasets[].folder_path": None}, "no-folder", curable=False),
    "a folder that is not there": error({"datasets[].folder_path": "{}/gone"}, "folder-missing", curable=False),
    "40 frames": error({FRAMES: 40}, "not-4n1"),
    "one frame for I2V": warning({FRAMES: 1, "sample.num_frames": 1}, "i2v-one-frame"),
    "windows nobody takes": warning({"wannb.windows": 3}, "windows-unused"),
    "two ways to count frames": info({"datasets[].auto_frame_count": ON}, "auto-over-shrink"),
    "regularization alone": error({"datasets[].is_reg": ON}, "only-regularization"),
    "nothing is drawn": error({"datasets[].network_weight": 0}, "nothing-drawn"),
    "most captions dropped": warning({"datasets[].caption_dropout_rate": 0.5}, "dropout-high"),
    "no mask folder": error({"datasets[].mask_path": "{}/masks"}, "no-mask-folder", curable=False),
    "a mask setting without masks": warning({"datasets[].mask_min_value": 0.1}, "mask-unused"),
    "clips held out of nothing": warning({"wannb.hold_out": ON}, "hold-out-unused"),
    "latents not cached": info({"datasets[].cache_latents": OFF}, "always-cached"),
    "one folder twice": warning({"datasets": TWO * 2}, "same-folder-twice"),
    "runs among the clips": warning({"training_folder": "{}/clips/runs"}, "output-in-clips"),
    "runs into a file": error({"training_folder": "{}/first.png/runs"}, "output-not-writable", curable=False),
}
PREVIEWS = {
    "an I2V sample without a control image": error({IMAGE: None}, "sample-no-control-image", curable=False),
    "a control image that is not there": error({IMAGE: "{}/none.png"}, "control-image-missing", curable=False),
    "an odd size": error({"sample.width": 1000}, "sample-size"),
    "an odd size of one sample": error({"sample.samples[].height": 500}, "sample-size"),
    "an odd size in a flag": error({PROMPT: "a frung cat --w 500"}, "sample-size"),
    "40 frames sampled": error({"sample.num_frames": 32}, "not-4n1"),
    "40 frames in a flag": error({PROMPT: "a frung cat --frames 32"}, "not-4n1"),
    "a flag that is wrong": error({PROMPT: "a cat --w wide"}, "bad-flag", curable=False),
    "no samples": warning({"sample.samples": []}, "no-samples", curable=False),
    "an empty prompt": warning({PROMPT: ""}, "empty-prompt", curable=False),
    "words after two hyphens": warning({PROMPT: "a frung cat -- seen from above --w 512"}, "prompt-cut"),
    "[trigger] of nothing": warning({PROMPT: "[trigger] in a park"}, "no-trigger"),
    "a prompt without the trigger": warning(
        {PROMPT: "a cat"}, "prompt-without-trigger", given={"trigger_word": "frung"}
    ),
    "the same prompt twice": info({"sample.samples": [SAMPLE] * 2}, "same-prompt-twice"),
    "previews longer than trained": warning({"sample.num_frames": 81}, "longer-samples"),
    "previews of an image set that move": warning({FRAMES: 1}, "longer-samples"),
    "previews at another rate": warning({"sample.fps": 24}, "sample-fps"),
    "ten previews": info({"sample.samples": [SAMPLE] * 10}, "many-samples"),
    "burning guidance": info({"sample.guidance_scale": 9}, "guidance-scale"),
    "previews of four steps": info({"sample.sample_steps": 4}, "sample-steps"),
    "no previews before the end": warning({"sample.sample_every": 3000}, "sample-after-end"),
    "no checkpoint before the end": warning({"save.save_every": 3000}, "save-after-end"),
    "previews of no checkpoint": info({"sample.sample_every": 100}, "previews-without-checkpoint"),
    "one checkpoint kept": warning({"save.max_step_saves_to_keep": 1}, "keep-one"),
}
LEARNING = {
    "a high rate": warning({"train.lr": 2e-3}, "lr-high"),
    "a high rate of one expert": warning({"wannb.high.lr": 2e-3}, "lr-high"),
    "no rate in the file": warning({"train.lr": REMOVED}, "lr-low"),
    "Prodigy held back": warning({"train.optimizer": "prodigy"}, "prodigy-lr"),
    "LoRA+ with Prodigy": error(
        {"wannb.lora_plus_ratio": 4}, "lora-plus-prodigy", given={"train.optimizer": "prodigy"}
    ),
    "a strong decay": warning({"train.optimizer_params.weight_decay": 0.5}, "weight-decay-high"),
    "a number Adafactor lacks": warning(
        {"train.optimizer_params.eps": 1e-3}, "optimizer-param-unused", given={"train.optimizer": "adafactor"}
    ),
    "much dropout": warning({"network.dropout": 0.5}, "dropout-high"),
    "numbers of no schedule": warning({PARAMS: {"num_warmup_steps": 10}}, "schedule-params-unused"),
    "an unknown number of a schedule": error(
        {PARAMS: {"T_max": 9}}, "schedule-param", given={"train.lr_scheduler": "cosine"}
    ),
    "a warm-up of words": error({PARAMS: {"num_warmup_steps": "x"}}, "schedule-param", given=WARM),
    "no warm-up told": error({PARAMS: {}}, "schedule-param", given=WARM),
    "a warm-up without end": warning({PARAMS: {"num_warmup_steps": 5000}}, "warmup-too-long", given=WARM),
    "a rate that rises": warning({PARAMS: {"eta_min": 0.1}}, "schedule-rises", given={"train.lr_scheduler": "linear"}),
    "guidance that is off": warning({"wannb.differential_guidance": "base"}, "guidance-unused"),
    "guidance from the prediction": info({"train.do_differential_guidance": ON}, "guidance-from"),
    "weights of another model": info({"train.timestep_type": "weighted"}, "weighted"),
    "a bias that moves no steps": info({"train.content_or_style": "content"}, "bias-inside", curable=False),
    "an alpha of its own": info({"network.linear": 16, "network.linear_alpha": 4}, "alpha"),
    "a rank of 128": info({"network.linear": 128}, "rank-high"),
    "LoKr without a rank": info({"network.type": "lokr"}, "lokr-full-rank"),
    "LoRA+ with LoKr": error({"network.type": "lokr"}, "lora-plus-lokr", given={"wannb.lora_plus_ratio": 4}),
    "no LoRA to begin with": error({"network.pretrained_lora_path": "{}/none.safetensors"}, "start-missing"),
    "a picture to begin with": error({"network.pretrained_lora_path": "{}/first.png"}, "start-format"),
    "half a distillation LoRA": error({"wannb.preview_lora.low": "{}/none.safetensors"}, "distilled-half"),
    "a distillation LoRA that is not there": error(
        {f"wannb.preview_lora.{one}": "{}/none.safetensors" for one in ("high", "low")}, "distilled-missing"
    ),
    "a LoKr from a LoRA": error(
        {"network.pretrained_lora_path": "{}/clips"}, "start-lokr", given={"network.type": "lokr"}
    ),
}
WORDS = {
    "DOP without a trigger": error({DOP: ON, CLASS: "person"}, "dop-no-trigger"),
    "DOP without a class": error({DOP: ON, CLASS: " "}, "dop-no-class", given={"trigger_word": "frung"}),
    "DOP of the trigger": error({DOP: ON, CLASS: "a frung"}, "dop-class-is-trigger", given={"trigger_word": "frung"}),
    "DOP and BPP": error(
        {DOP: ON, CLASS: "person", "train.blank_prompt_preservation": ON},
        "dop-and-bpp",
        given={"trigger_word": "frung"},
    ),
    "no text and no trigger": warning(
        {"train.unload_text_encoder": ON, "train.cache_text_embeddings": OFF}, "unload-no-trigger"
    ),
    "captions encoded for nothing": info(
        {"train.unload_text_encoder": ON}, "unload-over-cache", given={"trigger_word": "frung"}
    ),
    "the recipe's word": info({"trigger_word": "velmo"}, "made-up-trigger", curable=False),
}
KINDS = {
    "a motion without high noise": warning({HIGH: OFF}, "motion-without-high", given=kind("motion")),
    "a character without low noise": warning({LOW: OFF}, "detail-without-low", given=kind("character")),
    "a style without low noise": warning({LOW: OFF}, "detail-without-low", given=kind("style")),
    "a motion that favors low noise": warning(
        {"train.content_or_style": "style"}, "bias-against-kind", given=kind("motion")
    ),
    "a character that favors high noise": warning(
        {"train.content_or_style": "content"}, "bias-against-kind", given=kind("character")
    ),
    "a character of rank 8": warning(
        {"network.linear": 8, "network.linear_alpha": 8}, "rank-low", given=kind("character", **{"network.linear": 16})
    ),
    "a motion of rank 4": warning({"network.linear": 4}, "rank-low", given=kind("motion", **{"network.linear": 16})),
    "a motion of 6000 steps": info({"train.steps": 6000}, "steps-for-kind", given=kind("motion")),
    "a character of 500 steps": info({"train.steps": 500}, "steps-for-kind", given=kind("character")),
    "a mirrored motion": warning({"datasets[].flip_x": ON}, "flip-against-kind", given=kind("motion")),
    "a style upside down": warning({"datasets[].flip_y": ON}, "flip-against-kind", given=kind("style")),
    "DOP for a motion": info({DOP: ON, CLASS: "person"}, "dop-for-motion", given=kind("motion", trigger_word="frung")),
    "a character without DOP": info(
        {DOP: OFF}, "dop-off", given=kind("character", trigger_word="frung", **{DOP: ON, CLASS: "person"})
    ),
}
MACHINES = {
    "1024 px on 24 GB": warning({SIDES: [512, 1024]}, "bucket-for-card", given=CARD_24),
    "1024 px on this machine's 24 GB": warning(
        {SIDES: [1024]}, "bucket-for-card", given=CARD_24, machine=RTX
    ),
    "81 frames on 24 GB": warning(
        {FRAMES: 81, "sample.num_frames": 81}, "frames-for-card", given=CARD_24
    ),
    "batches of 4 on 24 GB": warning(
        {"train.batch_size": 4}, "batch-for-card", given={**CARD_24, SIDES: [768]}
    ),
    "two experts on 24 GB": warning({"model.low_vram": OFF}, "low-vram-off", given=CARD_24),
    "the text encoder on 24 GB": warning(
        {"train.cache_text_embeddings": OFF}, "text-encoder-stays", given=CARD_24
    ),
    "experts in fp32": warning({"train.dtype": REMOVED}, "fp32-experts"),
    "a job for 80 GB on 24": warning({"wannb.vram_gb": 80}, "smaller-card", given={"wannb.vram_gb": 24}, machine=RTX),
    "no GPU here": info({"device": "cuda"}, "no-gpu", curable=False, given={"device": "cpu"}, machine=LAPTOP),
    "little memory beside the card": warning(
        {"model.low_vram": ON}, "ram-short", curable=False, given={"wannb.vram_gb": 24},
        machine=Machine("RTX", 24.0, 16.0),
    ),
    "little memory behind the card": warning(
        {"model.layer_offloading": ON, "model.layer_offloading_transformer_percent": 1.0}, "ram-short", curable=False,
        given={"wannb.vram_gb": 12, "model.layer_offloading": OFF, "model.low_vram": OFF},
        machine=Machine("RTX", 12.0, 32.0),
    ),
    "a model to fetch": info(
        {"model.name_or_path": I2V}, "download", curable=False, given={"model.name_or_path": "wannb/tiny-wan2.2-i2v"},
        machine=LAPTOP,
    ),
}  # fmt: skip
FAULTS = {**MODEL, **STAGES, **DATA, **PREVIEWS, **LEARNING, **WORDS, **KINDS, **MACHINES}
