"""How long self-attention takes by each way that there is here, forward and backward, which is taken, and why another
cannot be; as a Markdown table.

python -m bench.attention [--device cuda] [--tokens 8192 16384 32768]
"""

import argparse
import math
from collections.abc import Iterator, Sequence

import torch

from wannb.train.device import device_of
from wannb.wan import attention_ways as ways

HEADS, SIZE = 40, 128  # the 14 B's
LENGTHS = 8192, 16384, 32768


def rows(device: torch.device, tokens: int) -> Iterator[tuple[str, str]]:
    """Each way's name, and its milliseconds or what it says."""
    dtype = torch.bfloat16 if device.type != "cpu" else torch.float32
    shape = 1, tokens, min(HEADS, max(1, ways.ROWS // tokens)), SIZE
    given = [torch.randn(shape, dtype=dtype, device=device) for _ in range(4)]
    taken = ways.fastest(tokens.bit_length() - 1, HEADS, SIZE, dtype, device)
    for name, way in ways.ways(device.type).items():
        seconds = ways.seconds(way, given)
        said = f"{1e3 * seconds:.2f} ms" if math.isfinite(seconds) else ways.refused(way, given)
        yield name, f"{said}, taken" if way is taken else said


def show(device: torch.device, lengths: Sequence[int] = LENGTHS) -> None:
    """Print each line as soon as it is known."""
    print("| tokens | way | both passes |\n| --- | --- | --- |")
    for tokens in lengths:
        for name, said in rows(device, tokens):
            print(f"| {tokens:,} | {name} | {said} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.attention", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tokens", type=int, nargs="+", default=LENGTHS)
    options = parser.parse_args()
    show(device_of(options.device), options.tokens)


if __name__ == "__main__":
    main()
