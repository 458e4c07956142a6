"""The model: its folder, its experts, its LoRA, its latents and its clips."""
