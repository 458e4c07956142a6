"""The numbers behind the estimate that no arithmetic gives, all in one place, each with where it comes from.

*Measured*: on one NVIDIA H200 with a full-size expert of random weights (2026-11-21): other trainers' steps
(gpu-measurements.md), and our own trainer's, VAE and text encoder, torch 2.11, bf16, eager, LoRA r16 in fp32, AdamW:

  frames, size   tokens   s a step   GiB allocated, reserved   s a forward pass
  41 512x512     11,264    3.70       37.4   38.5
  41 768x768     25,344   10.45       49.5   51.6               2.90
  81 480x832     32,760   15.28       55.8   58.6               4.53
  41 1024x1024   45,056   24.31       66.4   70.3               6.34
  81 768x768     48,384   27.07       69.2   72.8               7.00

*Counted*: live tensors of the real code on torch's meta device, at the real shapes; the same count comes within 5 % of
what was measured. *Assumed*: neither. Since then the LoRA multiplies in bf16: on an H200 the same step takes 3.1 s at
11,264 tokens and both experts 64.9 GiB (2026-11-22), where this arithmetic says 2.9 and 66.
"""

from typing import NamedTuple

GIB = 2**30

# Precision of what is frozen.
BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
UNPACKED = 2.5
"""Times its size in the activations' precision that a packed weight takes while it is unpacked, without compiling.
Counted."""
QUANTIZED = {"float8": 1.0, "qfloat8": 1.0, "qint8": 1.0, "qint4": 0.53125, "uint4": 0.546875}
"""Bytes of a weight. uint4 has a bf16 scale and a byte of zero point every 64, qint4 a bf16 scale and shift every 128.
Measured: 13.5 GiB of qfloat8 an expert, 7.4 of qint4."""


class Width(NamedTuple):
    """Bytes of a token as multiples of the expert's width and of its feed-forward's."""

    dim: float
    ffn: float

    def bytes(self, dim: int, ffn: int) -> float:
        return self.dim * dim + self.ffn * ffn


class Held(NamedTuple):
    """What forward and backward hold of a token: `each` block until its backward pass, and `once` the block at work."""

    each: Width
    once: Width


# Activations.
LOWER, FULL = "bf16", "fp32"
# (precision of the expert, of the adapter's products, kind of adapter) -> with and without gradient checkpointing.
# Counted. PEFT's LoRA in fp32 beside a bf16 expert keeps an fp32 copy of every layer's input; AI Toolkit, whose LoRA is
# such a one, was measured at 926-944 KiB a token where this says 928. Ours multiplies in the expert's precision.
CHECKPOINTED = {
    (LOWER, FULL, "lora"): Held(Width(2, 0), Width(84, 8)),
    (LOWER, FULL, "lokr"): Held(Width(2, 0), Width(119, 10.5)),
    (LOWER, LOWER, "lora"): Held(Width(2, 0), Width(60.5, 4)),
    (FULL, FULL, "lora"): Held(Width(4, 0), Width(60.5, 16)),
    (FULL, FULL, "lokr"): Held(Width(4, 0), Width(111, 10.5)),
}
WHOLE = {
    (LOWER, FULL, "lora"): Held(Width(64, 6), Width(14, 2)),
    (LOWER, FULL, "lokr"): Held(Width(93, 9), Width(24, 0)),
    (LOWER, LOWER, "lora"): Held(Width(42, 4), Width(16, 0)),
    (FULL, FULL, "lora"): Held(Width(60, 8), Width(0, 8)),
    (FULL, FULL, "lokr"): Held(Width(92, 10), Width(11, 2)),
}
FORWARD = {LOWER: Width(12, 10), FULL: Width(16, 12)}
"""Of a pass without gradients. Counted."""

# The other models.
VAE_PARAMETERS = 126_892_531
VAE_WIDTH = 96
VAE_ENCODE = {"still": 3_900, "clip": 18_200}
VAE_DECODE = {"still": 7_000, "clip": 23_600}
"""Bytes per pixel of one frame, in fp32, frames being taken four at a time. Clips measured (17,700-18,200 and
23,000-23,600 from 512x512 to 1024x1024), stills counted."""
CONTEXT_GIB = 0.7
"""CUDA's own, which no counter of tensors shows. Assumed."""

# Time.
H200_TFLOPS = 989
"""Dense bf16 by the data sheet; other cards are scaled by theirs."""
LINEAR = 393e12
ATTENTION = 569e12
"""FLOP/s that together give 2.894 s at 11,264 tokens and 12.979 s at 32,760 (diffusers, bf16, eager, checkpointing,
bf16 LoRA); they give 2.02 s for the measured 2.13 without checkpointing."""
COMPILED_LINEAR = {"bf16": 542e12, "8 bits": 801e12}
COMPILED_ATTENTION = 557e12
"""The same of compiled blocks that keep everything, with all that is neither in the linears' rate: 1.647 s in bf16 and
1.325 s in float8 at 11,264 tokens, of which attention by cuDNN took 0.653 (2026-11-22)."""
AGAIN = {
    "all": (0, 0), "products": (0.3, 0), "attention": (0.9, 0), "attention_offloaded": (0.9, 0), "inputs": (0.9, 1),
    "offloaded": (0.9, 1),
}  # fmt: skip
"""What compiled blocks that keep less compute again, in forward passes of the linears and of attention. With it 2.197 s
for bf16 inputs and 8.233 s for float8 at 32,760 tokens come out within 4 %."""
FULL_ADAPTER = 0.25
"""Share of the linears' time that an fp32 adapter adds by reading and writing fp32 copies; with it our own steps come
out within 3 %."""
FULL_ADAPTER_RATE = 40e12
"""FLOP/s of its own products, which TF32 is off for. Assumed. With both, musubi-tuner's 3.46 and 14.49 s come out
within 5 %."""
LAUNCH = 0.8e-3
"""Seconds of Python and launches for a forward pass through a block, below which no step goes. Assumed."""
VAE = 75e12
"""FLOP/s of the VAE in fp32 with TF32 convolutions. Measured: 67-72 encoding, 83 decoding."""
VAE_FLOP = {"encode": 5.1e6, "decode": 8.5e6}
"""FLOP per pixel of every frame. Counted."""
TEXT_TOKENS = 512
STREAM = 25e9
"""Bytes per second from pinned memory to a card of PCIe 4; PCIe 5 has about 50e9. Assumed."""
LOAD = 1.5e9
SAVE = 0.5e9
"""Bytes per second of weights from disk, of files to disk. Assumed."""

# The same on a CPU.
CPU_LINEAR = 40e9
CPU_ATTENTION = 60e9
CPU_LAUNCH = 1.2e-3
"""From the tiny Wan's steps on one core: 28 ms at 12 tokens, 62 at 80, 211 at 384, 3.1 s at 2,816."""
CPU_VAE = 40e9

# Disk.
HEADER = (700, 125)
"""Bytes of a safetensors header and of each tensor's entry in it."""
VIDEO_BITS = 1.0
POSTER_BITS = 2.0
"""Bits per pixel of a preview at CRF 16 and of its JPEG. Assumed."""
PROMPT_TOKENS = 60
"""Words and pieces of a caption. Assumed."""

# How far off.
MEMORY_BAND = 0.15
TIME_BAND = {"measured": 0.15, "scaled": 0.40, "assumed": 0.50, "cpu": 0.75}
"""Shares of the estimate: on the card it was measured on, on one known by its data sheet, on one known by its memory
alone, on a CPU."""
