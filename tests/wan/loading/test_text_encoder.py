"""The text encoder in fewer bits: block by block, near what it was, and UMT5-XXL within 7 GB."""

import pytest
import torch
from torch import nn

from wannb.wan import text
from wannb.wan.loading import text_encoder, tiny, weights
from wannb.wan.quantized.frozen_linear import FrozenLinear
from wannb.wan.quantized.quantizing import KINDS, Scheme

PROMPT = "a red circle moves left on black"


@pytest.fixture(scope="module")
def whole():
    return text.encode(*weights.load_text(tiny.folder("t2v"), torch.float32, "cpu"), [PROMPT])[0]


@pytest.mark.parametrize("kind", KINDS)
def test_its_embeddings_are_near_those_of_the_whole(kind, whole):
    tokenizer, encoder = weights.load_text(tiny.folder("t2v"), torch.float32, "cpu", Scheme(kind))
    linears = [module for module in encoder.modules() if isinstance(module, nn.Linear)]
    assert len(linears) == 14 and all(isinstance(module, FrozenLinear) for module in linears)
    found = text.encode(tokenizer, encoder, [PROMPT])[0]
    assert found.dtype == torch.float32 and 0 < (found - whole).norm() < 0.15 * whole.norm()


def test_umt5_xxl_in_eight_bits_is_under_seven_gigabytes():
    encoder = text_encoder.settle(text_encoder.blank(torch.bfloat16), "meta", Scheme("qfloat8"))
    assert 6.5e9 < sum(parameter.nbytes for parameter in encoder.parameters()) < 7e9
    assert encoder.shared.weight is encoder.encoder.embed_tokens.weight


def test_no_more_than_one_block_is_on_the_device_before_it_is_quantized():
    """Stands for a card: what was moved there and is not quantized yet."""
    encoder, waiting = text_encoder.blank(torch.bfloat16), []

    class Watched(nn.Module):
        def __init__(self, block):
            super().__init__()
            self.block = block

        def to(self, *place):
            waiting.append(sum(type(module) is nn.Linear for module in encoder.modules()))
            return super().to(*place)

    encoder.encoder.block = nn.ModuleList(Watched(block) for block in encoder.encoder.block)
    text_encoder.settle(encoder, "meta", Scheme("uint4"))
    assert waiting == [7 * blocks for blocks in range(24, 0, -1)]
