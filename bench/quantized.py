"""What each kind of bits costs and loses in blocks of the 14 B's width, against BF16; as a Markdown table.

python -m bench.quantized [--device cuda] [--blocks 1] [--tokens 64]; of a whole expert, --blocks 40, on a large card.

The weights are random (normal, spread 0.02), so is the clip; a LoRA of rank 16 whose B is not zero lies on the ten
linears of each block. The error is that of the last block's output, the cosine that of all of the LoRA's gradients
together.
"""

import argparse
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from diffusers import WanTransformer3DModel
from torch import Tensor

from wannb.train.device import device_of
from wannb.wan.adapters import lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.ara import recovery
from wannb.wan.loading import random_model, random_weights, weights
from wannb.wan.quantized import quantizing
from wannb.wan.quantized.eight_bits import EightBitLinear

HEAD = ("weights", "MB a block", "output error, %", "gradient cosine", "forward and backward, s", "quantizing, s")
TRIES = 2
WIDTH = 8
"""Tokens of a row; the clip is one frame."""


@dataclass(frozen=True)
class Row:
    weights: str
    megabytes: float
    error: float
    cosine: float
    step: float
    quantizing: float

    def cells(self) -> tuple[str, ...]:
        return (
            self.weights, f"{self.megabytes:.0f}", f"{100 * self.error:.2f}", f"{self.cosine:.5f}", f"{self.step:.2f}",
            f"{self.quantizing:.2f}",
        )  # fmt: skip


def ways() -> Iterator[tuple[str, Callable[[WanTransformer3DModel], None]]]:
    """Name and what quantizes an expert's blocks so."""
    for kind in quantizing.KINDS:
        yield kind, lambda model, kind=kind: _dequantized(model, kind)
    for kind in ("float8", "uint4"):
        yield f"{kind}, multiplied in 8 bits", lambda model, kind=kind: _multiplied(model, kind)
    yield "uint4, an adapter of rank 16", _recovered


def _dequantized(model: WanTransformer3DModel, kind: str) -> None:
    """Multiplied in the activations' precision, on a card too."""
    _quantize(model, kind)
    for linear in model.modules():
        if isinstance(linear, EightBitLinear):
            linear.on_tensor_cores = False


def _multiplied(model: WanTransformer3DModel, kind: str) -> None:
    _quantize(model, kind)
    for linear in model.modules():
        if isinstance(linear, EightBitLinear):
            linear.on_tensor_cores = True  # of a CPU torch has the same product, slow


def _recovered(model: WanTransformer3DModel) -> None:
    """The pair adds nothing: only what it takes is of interest here."""
    _quantize(model, "uint4")
    pairs, there = recovery.made_up(weights.facts("random/t2v")), {name for name, _ in model.named_modules()}
    recovery.attach(model, {layer: pair for layer, pair in pairs.items() if layer in there})


def _quantize(model: WanTransformer3DModel, kind: str) -> None:
    for block in model.blocks:
        quantizing.quantize_block(block, kind)


def rows(device: torch.device, tokens: int, blocks: int = 1) -> Iterator[Row]:
    plain = made(device, blocks)
    expected, gradients, took = tried(copy.deepcopy(plain), device, tokens)
    yield Row("BF16", _bytes(plain) / 1e6, 0.0, 1.0, took, 0.0)
    for name, quantize in ways():
        model = copy.deepcopy(plain)
        began = _now(device)
        quantize(model)
        quantized = _now(device) - began
        size = _bytes(model)
        output, own, took = tried(model, device, tokens)
        error = ((output - expected).norm() / expected.norm()).item()
        cosine = torch.nn.functional.cosine_similarity(own, gradients, dim=0).item()
        yield Row(name, size / 1e6, error, cosine, took, quantized)
        del model


def made(device: torch.device, blocks: int) -> WanTransformer3DModel:
    """A text-to-video expert of so many blocks."""
    config = random_model.EXPERT | {"in_channels": 16, "num_layers": blocks}
    model = random_weights.blank_expert(config, torch.bfloat16)
    random_weights.fill_around(model, device)
    for number in range(blocks):
        random_weights.fill_block(model, number, device)
    return model.eval()


def tried(model: WanTransformer3DModel, device: torch.device, tokens: int) -> tuple[Tensor, Tensor, float]:
    """(the last block's output, all gradients of a LoRA on it, the fewest seconds of TRIES), fp32."""
    lora.attach(model, Adapter("lora", 16, 16), seed=0)
    numbers = torch.Generator().manual_seed(1)
    for name, factor in lora.factors(model).items():
        if "lora_B" in name:
            factor.data.copy_(0.01 * torch.randn(factor.shape, generator=numbers))
    seen: list[Tensor] = []
    model.blocks[-1].register_forward_hook(lambda _module, _given, output: seen.append(output))
    given = {
        "hidden_states": torch.randn(1, 16, 1, 2 * tokens // WIDTH, 2 * WIDTH, generator=numbers).to(device),
        "timestep": torch.tensor([500.0], device=device),
        "encoder_hidden_states": torch.randn(1, 16, 4096, generator=numbers).to(device, torch.bfloat16),
    }
    given["hidden_states"] = given["hidden_states"].to(torch.bfloat16)
    toward, seconds = torch.randn(1, tokens, 5120, generator=numbers).to(device), []
    for _ in range(TRIES):
        model.zero_grad()
        began = _now(device)
        model(**given, return_dict=False)
        (seen[-1].float() * toward).sum().backward()
        seconds.append(_now(device) - began)
    gradients = torch.cat([parameter.grad.flatten() for parameter in lora.trainable(model)])
    return seen[-1].detach().float(), gradients.double(), min(seconds)  # of millions of numbers fp32 sums are 1e-4 off


def _bytes(model: WanTransformer3DModel) -> int:
    return sum(parameter.nbytes for parameter in model.blocks[0].parameters())


def _now(device: torch.device) -> float:
    """Of a CPU its own seconds, which others on the machine do not lengthen."""
    if device.type != "cuda":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def show(device: torch.device, tokens: int = 64, blocks: int = 1) -> None:
    """Print each line as soon as it is known."""
    for cells in (HEAD, ["---"] * len(HEAD)):
        print(_line(cells))
    for row in rows(device, tokens, blocks):
        print(_line(row.cells()), flush=True)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.quantized", description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=64, help=f"a multiple of {WIDTH}")
    options = parser.parse_args()
    show(device_of(options.device), options.tokens, options.blocks)


if __name__ == "__main__":
    main()
