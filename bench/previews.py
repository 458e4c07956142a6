"""What one preview clip takes: two passes for guidance, one pass for both, no guidance, compiled blocks.

python -m bench.previews [--model NAME] [--device cuda] [--size 64 64 33] [--steps 16] [--compile]
"""

import argparse
import time

import numpy as np
import torch

from bench.measured import Measured, table
from wannb.train.device import DTYPES, device_of
from wannb.wan import previews, text
from wannb.wan.latents import tokens
from wannb.wan.loading import weights

APART, TOGETHER = 0, 2**62  # as `previews.Components.together`: never, always


def variants(parts: previews.Components, wanted: dict, embeds: tuple, tries: int) -> list[Measured]:
    """Seconds of one clip with guidance in two passes and in one, and of one without guidance."""
    rows = []
    for what, together, scale in (
        ("guidance in two passes", APART, 3.0),
        ("guidance in one pass of both", TOGETHER, 3.0),
        ("no guidance (1)", APART, 1.0),
    ):
        parts.together = together
        request = previews.Request(**wanted, guidance_scale=scale)
        rows.append(Measured(what, [_seconds(parts, request, embeds) for _ in range(1 + tries)][1:]))
    return rows


def compiled(parts: previews.Components, wanted: dict, embeds: tuple, tries: int) -> list[Measured]:
    """The same two passes with every block compiled, and what the first clip took with the compiling."""
    for expert in {id(one): one for one in (parts.high, parts.low)}.values():
        expert.compile_repeated_blocks(fullgraph=True)
    parts.together = APART
    request = previews.Request(**wanted, guidance_scale=3.0)
    seconds = [_seconds(parts, request, embeds) for _ in range(1 + tries)]
    return [Measured("compiled, two passes: first clip", seconds[:1] * 2), Measured("compiled, later", seconds[1:])]


def _seconds(parts: previews.Components, request: previews.Request, embeds: tuple) -> float:
    began = time.perf_counter()
    previews.sample(parts, request, embeds)  # ends with the frames in main memory, so the device is done
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="wannb/tiny-wan2.2-i2v")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=DTYPES, default="fp32")
    parser.add_argument("--size", type=int, nargs=3, default=(64, 64, 33), metavar=("WIDTH", "HEIGHT", "FRAMES"))
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="also with compiled blocks")
    options = parser.parse_args()
    where, device = weights.resolve(options.model), device_of(options.device)
    facts, dtype = weights.facts(where), DTYPES[options.dtype]
    width, height, frames = options.size
    image = np.full((height, width, 3), 128, np.uint8) if facts.task == "i2v" else None
    wanted = {"width": width, "height": height, "num_frames": frames, "steps": options.steps, "image": image}
    embeds = tuple(text.encode(*weights.load_text(where, dtype, device), ["a red circle", "blurred"]))
    parts = previews.Components(
        high=weights.load_expert(where, "high", dtype, device),
        low=weights.load_expert(where, "low", dtype, device),
        vae=weights.load_vae(where, device),
        boundary=facts.boundary,
        shift=facts.shift,
        scheduler_config=weights.load_scheduler_config(where),
    )
    latents = torch.empty(1, 16, (frames - 1) // 4 + 1, height // 8, width // 8, device="meta")
    rows = variants(parts, wanted, embeds, options.tries)
    rows += compiled(parts, wanted, embeds, options.tries) if options.compile else []
    print(f"{width}×{height}, {frames} frames, {tokens(parts.high, latents)} tokens, {options.steps} steps, "
          f"{device}, torch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(table(rows))


if __name__ == "__main__":
    main()
