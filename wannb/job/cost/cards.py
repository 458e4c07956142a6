"""How fast graphics cards are against the one that was measured."""

from dataclasses import dataclass

from wannb.job.cost import measured

# Dense bf16 with fp32 sums, TFLOP/s, from NVIDIA's data sheets; the first name that is part of a card's counts.
TFLOPS = {
    "B300": 2250, "B200": 2250, "GH200": 989, "H200": 989, "H100 PCIe": 756, "H100 NVL": 835, "H100": 989, "H800": 989,
    "H20": 148, "A100": 312, "A800": 312, "A40": 150, "A30": 165, "A10": 125, "L40S": 362, "L40": 181, "L4": 121,
    "RTX PRO 6000": 504, "RTX 6000 Ada": 364, "RTX 5000 Ada": 261, "RTX 4000 Ada": 107, "RTX A6000": 155,
    "RTX A5000": 111, "RTX A4000": 77, "5090 Laptop": 104, "RTX 5090": 210, "RTX 5080": 113, "RTX 5070 Ti": 88,
    "RTX 5070": 62, "RTX 5060": 47, "4090 Laptop": 83, "RTX 4090": 165, "RTX 4080": 97, "RTX 4070 Ti": 80,
    "RTX 4070": 58, "RTX 4060": 44, "RTX 3090 Ti": 80, "RTX 3090": 71, "RTX 3080": 60, "RTX 3070": 41, "RTX 3060": 26,
    "V100": 112, "T4": 65,
}  # fmt: skip
BEFORE_8_BITS = ("A100", "A800", "A40", "A30", "A10", "RTX A", "RTX 30", "V100", "T4")
"""Names of cards that multiply in no fewer than 16 bits."""
USUAL = ((12.5, "RTX 4070"), (16.5, "RTX 4080"), (24.5, "RTX 4090"), (32.5, "RTX 5090"), (48.5, "L40S"),
         (80.5, "H100"), (96.5, "RTX PRO 6000"), (142, "H200"), (float("inf"), "B200"))  # fmt: skip
"""The card that stands for a memory of so many GB."""
SAME = 0.85  # of a card's memory: a job for less is for another card


@dataclass(frozen=True)
class Speed:
    """Rates of one device: FLOP/s of the linears, of attention, of a full-precision adapter and of the VAE; of compiled
    blocks' linears in 16 and in 8 bits and of their attention; `launch`: seconds of a block's forward pass below which
    it does not go. `name` in words; `band`: how far off, as a share."""

    name: str
    band: float
    linear: float
    attention: float
    adapter: float
    vae: float
    compiled: float
    in_8_bits: float
    compiled_attention: float
    launch: float


def speed_of(cpu: bool, gpu: str | None, gpu_gib: float | None, card_gib: float | None) -> Speed:
    """The speed of the card that a job is for: of `card_gib` GiB, the machine's `gpu` where that is the one."""
    if cpu:
        linear, attention = measured.CPU_LINEAR, measured.CPU_ATTENTION
        rates = linear, attention, linear, measured.CPU_VAE, linear, linear, attention
        return Speed("a CPU", measured.TIME_BAND["cpu"], *rates, launch=measured.CPU_LAUNCH)
    theirs = gpu is not None and (card_gib is None or gpu_gib is None or card_gib >= SAME * gpu_gib)
    found = next((name for name in TFLOPS if theirs and name in gpu), None)
    if found:
        band = measured.TIME_BAND["measured" if found == "H200" else "scaled"]
        return _scaled(_one(gpu.removeprefix("NVIDIA ").removeprefix("GeForce ")), found, band)
    usual = "H200" if card_gib is None else next(name for most, name in USUAL if card_gib <= most)
    return _scaled(_one(usual), usual, measured.TIME_BAND["assumed"])


def _one(name: str) -> str:
    """`an RTX 4090`, `a B200`: letters are said one by one."""
    return f"{'an' if name[0] in 'AEFHILMNORSX' else 'a'} {name}"


def _scaled(words: str, name: str, band: float) -> Speed:
    scale = TFLOPS[name] / measured.H200_TFLOPS
    bits = "bf16" if name.startswith(BEFORE_8_BITS) else "8 bits"
    compiled = measured.COMPILED_LINEAR["bf16"], measured.COMPILED_LINEAR[bits], measured.COMPILED_ATTENTION
    rates = (measured.LINEAR, measured.ATTENTION, measured.FULL_ADAPTER_RATE, measured.VAE, *compiled)
    return Speed(words, band, *(scale * rate for rate in rates), launch=measured.LAUNCH)
