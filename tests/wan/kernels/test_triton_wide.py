"""Rows to 8 bits, GELU between two 8-bit products, norm with rotary positions, what a LoRA adds: Triton's form is the
plain one."""

import pytest
import torch

from tests.wan.kernels import interpreted  # noqa: F401
from wannb.wan.kernels import gelu, low_rank, norms, rows, triton_gelu, triton_low_rank, triton_norms, triton_rows

BF16 = torch.bfloat16


def same(ours, plain):
    for one, two in zip(ours, plain, strict=True):
        assert one.dtype == two.dtype and one.shape == two.shape
        torch.testing.assert_close(one.float(), two.float(), rtol=2**-7, atol=1e-6)


def test_rows_with_and_without_columns():
    torch.manual_seed(3)
    given, columns = torch.randn(300, 5).to(BF16).t() * 3, torch.rand(1, 300)  # not row by row
    given[2] = 0
    for scaled in (None, columns):
        near(triton_rows.quantized(given, scaled), rows.quantized(given.float(), scaled))


@pytest.mark.parametrize("rank", [3, 16, 40])
def test_what_a_lora_adds(rank):
    torch.manual_seed(4)
    # fp16: the interpreter multiplies no bf16
    out, lowered, up = (torch.randn(shape).half() for shape in ((70, 300), (70, 3 * rank), (300, rank)))
    given = out, lowered[:, rank : 2 * rank], up  # a part of several layers' product
    same([triton_low_rank.add_low_rank(*given)], [low_rank.plain(*given)])


def test_gelu_forward_and_backward():
    torch.manual_seed(1)
    base, added, toward, toward2 = (torch.randn(5, 300).to(BF16) * 2 for _ in range(4))
    toward2 *= 2**-12  # sums are rounded once here and twice in the plain form, which parts this small do not show
    base[3], added[3] = 0, 0
    columns = torch.rand(1, 300)
    ours, plain = triton_gelu.forward(base, added), gelu.plain(base, added)
    same(ours[:2], plain[:2])
    near(ours[2:], plain[2:])
    ours, plain = (f(toward, toward2, base, columns) for f in (triton_gelu.backward, gelu.plain_backward))
    near(ours, plain)


def near(ours, plain):
    """A rounding of bf16 may fall on the other side, and then one of e4m3."""
    for one, two in zip(ours, plain, strict=True):
        assert one.dtype == two.dtype and (one.float() - two.float()).norm() <= 4e-3 * two.float().norm()


@pytest.mark.parametrize("is_turned", [True, False])
def test_norms(is_turned):
    torch.manual_seed(2)
    x, weight = torch.randn(2, 7, 48).to(BF16), torch.randn(48).to(BF16)
    angles = torch.randn(1, 7, 1, 16)
    cos, sin = (angles.cos()[..., 0::2], angles.sin()[..., 1::2]) if is_turned else (None, None)
    ours, plain = (f(x, weight, cos, sin, 3, 1e-6) for f in (triton_norms.forward, norms.plain))
    same(ours, plain)
    toward = torch.randn(2, 3, 7, 16).to(BF16).transpose(1, 2)  # head by head
    near([triton_norms.backward(toward, x, weight, cos, sin, ours[1])],
         [norms.plain_backward(toward, x, weight, cos, sin, plain[1])])  # fmt: skip
