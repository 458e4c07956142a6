"""The model: its folder, its experts, its LoRA, its latents and its clips."""

from wannb.wan.quiet import drop_remarks

drop_remarks()
