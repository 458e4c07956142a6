"""LoRA and LoKr: their layers on an expert, their files, the spellings of their keys, and how large they are."""
