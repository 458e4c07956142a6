"""The way into docs/settings.md: the guides' settings by panel, others by what one looks for, names that mislead."""

from collections.abc import Iterable

from wannb.job.guides import GUIDES
from wannb.job.settings import SETTINGS, Setting

WORDS: dict[str, tuple[str, ...]] = {
    "rank, dim, network size": ("network.linear", "wannb.high.rank", "wannb.low.rank"),
    "alpha": ("network.linear_alpha", "wannb.high.alpha", "wannb.low.alpha"),
    "learning rate, lr": ("train.lr", "wannb.high.lr", "wannb.low.lr", "wannb.lora_plus_ratio"),
    "schedule, warm-up, cosine": ("train.lr_scheduler", "train.lr_scheduler_params"),
    "boundary, 875, 900, split of the experts": ("wannb.boundary",),
    "shift, flow shift": ("wannb.shift", "train.timestep_type"),
    "one expert alone": ("model.model_kwargs.train_high_noise", "model.model_kwargs.train_low_noise"),
    "more steps for one expert": ("wannb.high_noise_share", "train.switch_boundary_every"),
    "which timesteps are drawn": ("train.timestep_type", "train.content_or_style"),
    "fp8, float8, 4-bit, ARA, quantization": ("model.quantize", "model.qtype", "model.quantize_te", "model.qtype_te"),
    "block swap, offload, less memory": (
        "model.low_vram", "model.layer_offloading", "train.gradient_checkpointing", "train.batch_size",
    ),
    "length of clips, frames, windows": (
        "datasets[].num_frames", "datasets[].auto_frame_count", "datasets[].shrink_video_to_frames", "datasets[].fps",
        "wannb.windows",
    ),
    "buckets, size, aspect": ("datasets[].resolution", "sample.width", "sample.height"),
    "captions, their files, trigger": (
        "datasets[].caption_ext", "datasets[].default_caption", "trigger_word", "datasets[].caption_dropout_rate",
    ),
    "mixing sets, repeats, weights": (
        "datasets[].network_weight", "datasets[].num_repeats", "datasets[].loss_multiplier", "datasets[].is_reg",
    ),
    "masks": ("datasets[].mask_path", "datasets[].invert_mask", "datasets[].mask_min_value"),
    "keep the class, prior preservation": (
        "train.diff_output_preservation", "train.blank_prompt_preservation", "datasets[].is_reg",
    ),
    "validation, held-out clips": ("wannb.validate_every", "wannb.validate_clips", "wannb.hold_out"),
    "go on from a LoRA": ("network.pretrained_lora_path",),
    "which layers": ("network.network_kwargs.only_if_contains", "network.network_kwargs.ignore_if_contains"),
    "fast previews, Lightning, 4 steps": ("wannb.preview_lora.high", "wannb.preview_lora.low", "sample.sample_steps"),
    "where caches lie, disk": ("wannb.cache_folder", "save.max_step_saves_to_keep", "wannb.save_minutes"),
    "same run again, determinism": ("training_seed", "sample.seed", "sample.walk_seed"),
}  # fmt: skip
"""What one looks for -> the settings, by their keys."""

MISLEADING = """## Names that mislead

- **Timestep Bias** bends the draw inside each expert, as in AI Toolkit, and gives neither more steps; **High-noise
  Share** does that. `wannb.plot_timesteps(job)` shows both.
- **Expert Boundary** and **shift** are the model's (text-to-video 0.875 and 12, image-to-video 0.900 and 5) unless the
  job says otherwise. The guides' 875 for image-to-video is AI Toolkit's; `wannb.boundary` 0.875 brings it back.
- **LoRA Weight** is how often a set is drawn; in AI Toolkit it is the LoRA's strength in the forward pass. With a
  regularization set every second micro-batch of each expert is one of its clips, whatever Switch Every is.
- **Cache Latents** makes no difference: latents are always cached, by content, outside the clip folder.
- **Do Differential Guidance** aims past the target as seen from the prediction (AI Toolkit's source), or with
  `wannb.differential_guidance: base` as seen from the base (the guides).
- **Differential Output Preservation** swaps the trigger as a whole word, costs its two more passes only where the
  trigger occurs, and works with cached embeddings and caption dropout.
- **Caption Dropout** drops to the empty caption, not to the trigger word.
- **Num Frames** are taken evenly over the whole clip, which warps its time; the report says by how much. Shrink Video
  to Frames off takes them by time at `fps`, several windows a clip with `wannb.windows`.
- **Linear Alpha** counts where it is given; AI Toolkit always takes the rank.
"""


def index(panels: Iterable[str]) -> str:
    """The lists of links at the top of the page."""
    declared = {one.key: one for one in SETTINGS}
    lines = [
        "## Find a setting",
        "",
        "Panel by panel, the settings that the guides name, then those that only wannb has:",
        "",
    ]
    for panel in panels:
        here = [one for one in SETTINGS if one.panel == panel]
        named = [declared[key] for key in GUIDES if declared[key] in here]
        ours = [one for one in here if one.key.startswith("wannb.") and one not in named]
        lists = [_links(named), f"*only here* {_links(ours)}" if ours else ""]
        lines.append(f"- [**{panel}**](#{panel.lower()}) " + " · ".join(filter(None, lists)))
    lines += ["", "By what one looks for:", "", "| you look for | settings |", "|---|---|"]
    lines += [f"| {words} | {_links(declared[key] for key in keys)} |" for words, keys in WORDS.items()]
    return "\n".join([*lines, "", MISLEADING])


def anchor(one: Setting) -> str:
    """The setting's place on the page."""
    return one.key.replace("[]", "")


def _links(settings: Iterable[Setting]) -> str:
    return " · ".join(f"[{_called(one)}](#{anchor(one)})" for one in settings)


def _called(one: Setting) -> str:
    """Its label; the experts' own settings say whose they are."""
    expert = {"wannb.high": "High Noise", "wannb.low": "Low Noise"}
    return " ".join(filter(None, (expert.get(one.key.rpartition(".")[0]), one.label)))
