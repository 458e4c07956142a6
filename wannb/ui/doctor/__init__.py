"""What this machine can do for a LoRA, and what it lacks: `wannb.doctor()`."""
