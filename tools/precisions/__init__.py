"""Whether a LoRA learns the same over experts of any precision, measured on the tiny Wan: `make precisions`."""
