"""What leaves the house: the LoRA pair, and the workflow that loads it."""
