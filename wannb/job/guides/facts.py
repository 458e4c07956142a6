"""The guides' numbers: kinds of LoRA, tasks and cards, and how much of what they take. Each stands here alone."""

from wannb.refusal import Refusal

KINDS = ("motion", "style", "character")
TASKS = ("t2v", "i2v")
CARDS = (12, 24, 48, 80)
"""GB: cards of 10-12, 24-32, 48-64, and 80 and more."""
SMALLEST_CARD = 10
LEAST = {12: SMALLEST_CARD, 24: 22, 48: 44, 80: 79}
"""GB from which a card belongs to a column: what drivers report is up to a tenth less than what the box says."""
STEPS = {"motion": (1500, 2500), "style": (1500, 2500), "character": (2000, 3000)}
CLIPS = {"motion": (10, 30), "style": (10, 40), "character": (10, 40)}
"""Clips or images of a set; for characters 20-40 is better than 10-30."""
SECONDS = (3, 8)
"""Length of the clips of a motion."""
FRAMES = {"t2v": {12: 21, 24: 33, 48: 41, 80: 81}, "i2v": {12: 21, 24: 41, 48: 41, 80: 81}}
FRAME_RANGE = {12: (9, 21), 24: (33, 41), 48: (33, 41), 80: (33, 81)}
BUCKETS = {12: (512,), 24: (512, 768), 48: (512, 768), 80: (512, 768, 1024)}
"""Resolutions to train on; LARGEST_BUCKET is the one that a card takes at all."""
LARGEST_BUCKET = {12: 512, 24: 768, 48: 1024, 80: 1024}
SWITCH_EVERY = {12: (20, 50), 24: (10, 50), 48: (1, 50), 80: (1, 50)}
"""Steps on one expert: more where swapping is slow, 1 only where both experts stay on the card."""


def card_for(vram_gb: float) -> int:
    """The column of the guides for a card of `vram_gb` GB: 12, 24, 48 or 80; raises Refusal for less than the least."""
    if not vram_gb >= SMALLEST_CARD:  # also for nan
        raise Refusal(f"The smallest recipe is for a card of 10-12 GB, and {vram_gb:g} GB is less.")
    return max(card for card, least in LEAST.items() if vram_gb >= least)
