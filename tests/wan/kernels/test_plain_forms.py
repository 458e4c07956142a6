"""The kernels' plain forms: what they compute, against float64, torch's own layers and torch's own gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from wannb.wan.kernels import flash_four, gelu, low_rank, norms, rows, text

F64 = torch.float64


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def test_rows_times_columns_are_near_and_fill_what_8_bits_hold():
    given, columns = torch.randn(6, 96), torch.rand(1, 96) + 0.5
    given[2] = 0
    eight, scales = rows.quantized(given, columns)
    exact = given * columns
    assert eight.float().abs().amax(dim=1).tolist() == [448, 448, 0, 448, 448, 448]
    largest = exact.abs().amax(dim=1, keepdim=True)
    # half a step of three bits of mantissa; below 2⁻⁶ of 448 steps are even
    assert ((eight.float() * scales - exact).abs() <= exact.abs() * 2**-4 + largest / 448 * 2**-10).all()


def test_rows_alone_are_the_same_rows():
    given, columns = torch.randn(6, 96), torch.rand(1, 96) + 0.5
    torch.testing.assert_close(rows.quantized_alone(given, columns), rows.quantized(given, columns), rtol=0, atol=0)


def test_what_a_lora_adds_and_its_gradients():
    given = [torch.randn(shape, dtype=F64, requires_grad=True) for shape in ((7, 12), (7, 3), (12, 3))]
    out, lowered, up = given
    exact = out + lowered @ up.t()
    ours, toward = low_rank.add_low_rank(*given), torch.randn(7, 12, dtype=F64)
    torch.testing.assert_close(ours, exact)
    torch.testing.assert_close(torch.autograd.grad(ours, given, toward), torch.autograd.grad(exact, given, toward))


def test_gelu_and_its_gradient():
    base, added, toward, more = (torch.randn(5, 64, dtype=F64, requires_grad=True) for _ in range(4))
    columns = torch.rand(1, 64, dtype=F64)
    exact = nn.GELU(approximate="tanh")(base + added)
    (gradient,) = torch.autograd.grad(exact, base, toward + more)
    summed, out, eight, scales = gelu.plain(base, added)
    torch.testing.assert_close((summed, out), (base + added, exact))
    near(eight.to(F64) * scales, exact)
    back, again, eight, scales = gelu.plain_backward(toward, more, summed, columns)
    torch.testing.assert_close((back, again), (gradient, exact))
    near(eight.to(F64) * scales, gradient * columns)


def near(ours, exact):
    assert (ours - exact).norm() <= 0.04 * exact.norm()


@pytest.mark.parametrize("is_turned", [True, False])
def test_norm_and_turn_and_their_gradient(is_turned):
    norm = nn.RMSNorm(48, eps=1e-3).to(F64).requires_grad_(False)
    norm.weight.copy_(torch.rand(48))
    x = torch.randn(2, 7, 48, dtype=F64, requires_grad=True)
    angles = torch.randn(1, 7, 1, 8, dtype=F64)
    turn = (angles.cos(), angles.sin()) if is_turned else (None, None)
    exact = norm(x).unflatten(2, (3, 16))
    if is_turned:  # a pair of features is a complex number
        numbers = torch.view_as_complex(exact.unflatten(-1, (8, 2))) * torch.polar(torch.ones_like(angles), angles)
        exact = torch.view_as_real(numbers).flatten(-2)
    toward = torch.randn_like(exact)
    (gradient,) = torch.autograd.grad(exact, x, toward)
    y, factor = norms.norm_rotary(x, norm.weight, *turn, 3, norm.eps)
    torch.testing.assert_close(y, exact, rtol=1e-5, atol=1e-6)  # in float32, as on a card
    torch.testing.assert_close(torch.autograd.grad(y, x, toward)[0], gradient, rtol=1e-4, atol=1e-5)
    assert factor.shape == (2, 7) and norms.fits(x, norm.weight, 3) and not norms.fits(x, norm.weight, 4)


@pytest.mark.parametrize("has_logits", [True, False])
def test_attention_to_a_text_and_its_gradients(has_logits):
    query = torch.randn(2, 30, 3, 16, dtype=F64, requires_grad=True)
    key, value = torch.randn(2, 2, 9, 3, 16, dtype=F64).requires_grad_()
    logits = torch.randn(2, 1, 1, 9, dtype=F64) if has_logits else None
    exact = F.scaled_dot_product_attention(*(one.transpose(1, 2) for one in (query, key, value)), attn_mask=logits)
    exact = exact.transpose(1, 2)
    toward = torch.randn_like(exact)
    gradients = torch.autograd.grad(exact, (query, key, value), toward)
    ours, summed = text.text_attention(query, key, value, logits)
    torch.testing.assert_close(ours, exact, rtol=1e-4, atol=1e-5)
    found = torch.autograd.grad(ours, (query, key, value), toward)
    torch.testing.assert_close(found, gradients, rtol=1e-4, atol=1e-5)
    assert summed.shape == (2, 3, 30)
    if not has_logits:
        again = flash_four.flash_four(query, key, value)
        assert torch.equal(again, ours)
        assert all(map(torch.equal, torch.autograd.grad(again, (query, key, value), toward), found))


def test_what_the_compiler_is_told_of_each_operator_is_true():
    bf16 = {"dtype": torch.bfloat16}
    wide, columns = torch.randn(6, 32, **bf16), torch.rand(1, 32)
    x, weight = torch.randn(2, 5, 32, **bf16), torch.rand(32)
    angle, factor = torch.rand(1, 5, 1, 8), torch.rand(2, 5)
    query, key, logits = torch.randn(2, 5, 2, 16, **bf16), torch.randn(2, 3, 2, 16, **bf16), torch.zeros(2, 1, 1, 3)
    summed = torch.rand(2, 2, 5)
    tests = "test_schema", "test_faketensor"
    for operator, given in (
        (gelu.gelu_quantized, (wide, wide)),
        (gelu.gelu_quantized_backward, (wide, wide, wide, columns)),
        (norms.norm_rotary, (x, weight, angle, angle, 2, 1e-6)),
        (norms.norm_rotary_backward, (query, x, weight, angle, angle, factor)),
        (text.text_attention, (query, key, key, logits)),
        (text.text_attention_backward, (query, query, key, key, logits, summed)),
        (flash_four.flash_attention, (query, key, key)),
        (flash_four.flash_attention_backward, (query, query, key, key, query, summed)),
    ):
        torch.library.opcheck(operator, given, test_utils=tests)
