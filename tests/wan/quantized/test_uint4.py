"""4 bits in AI Toolkit's format, against the description followed a number at a time."""

import pytest
import torch
from torch import nn

from wannb.wan.quantized import uint4
from wannb.wan.quantized.uint4 import Uint4Linear


def slow(row: torch.Tensor) -> tuple[list[int], list[int], list[torch.Tensor], list[torch.Tensor]]:
    """Codes, zero points, scales and the weights that they stand for, of one row, each operation in its precision."""
    codes, zeros, scales, weights = [], [], [], []
    one, nothing = torch.ones((), dtype=row.dtype), torch.zeros((), dtype=row.dtype)
    for start in range(0, len(row), 64):
        group = row[start : start + 64]
        lowest, highest = min(min(group), nothing), max(max(group), nothing)
        scale = max((highest - lowest) / 15.0, torch.tensor(torch.finfo(torch.float32).eps, dtype=row.dtype))
        zero = min(max(int(0 - torch.round(lowest / scale)), 0), 15)
        for weight in group:
            code = min(max(int(torch.round(weight * (one / scale)) + zero), 0), 15)
            codes.append(code)
            weights.append(torch.tensor(code - zero, dtype=row.dtype) * scale)
        zeros.append(zero)
        scales.append(scale)
    return codes, zeros, scales, weights


@pytest.fixture(params=[torch.bfloat16, torch.float32], ids=str)
def linear(request):
    torch.manual_seed(0)
    made = nn.Linear(192, 6).to(request.param)
    made.weight.data[1] *= 1000
    made.weight.data[2] = 0
    made.weight.data[3] = made.weight.data[3].abs()  # zero is the end of its range
    made.weight.data[4] = -made.weight.data[4].abs()
    made.weight.data[5, 64:128] = 0.25
    return made


def test_codes_zero_points_scales_and_weights_are_to_the_last_bit_those_of_the_description(linear):
    codes, zeros, scales = uint4.quantized(linear.weight.detach())
    held = Uint4Linear.of(linear)
    for number, row in enumerate(linear.weight.detach()):
        expected = slow(row)
        assert codes[number].tolist() == expected[0] and zeros[number].tolist() == expected[1]
        assert torch.equal(scales[number], torch.stack(expected[2]))
        assert torch.equal(held.dequantized()[number], torch.stack(expected[3]))


def test_two_codes_share_a_byte_and_come_back():
    codes = torch.randint(0, 16, (5, 64), dtype=torch.uint8)
    pairs = uint4.packed(codes)
    assert pairs.nbytes == codes.numel() // 2 and pairs[2, 3] == codes[2, 6] + 16 * codes[2, 7]
    assert torch.equal(uint4.unpacked(pairs), codes)


def test_zero_is_exact_and_no_weight_is_further_off_than_a_step_of_its_group(linear):
    exact, held = linear.weight.detach(), Uint4Linear.of(linear).dequantized()
    assert (held[exact == 0] == 0).all()
    groups = exact.float().unflatten(1, (-1, 64))
    step = (groups.amax(2).clamp(min=0) - groups.amin(2).clamp(max=0)) / 15
    assert ((held.float() - exact.float()).unflatten(1, (-1, 64)).abs() <= 1.02 * step[..., None]).all()


def test_a_width_that_64_does_not_divide_stays_as_it_is():
    plain = nn.Linear(96, 8)
    assert Uint4Linear.of(plain) is plain


def test_for_products_in_8_bits_the_same_weights_are_rounded_once_more(linear):
    held = Uint4Linear.of(linear)
    codes, scales = held.codes_of(*held.held)
    exact = held.dequantized().double()
    assert codes.dtype == torch.float8_e4m3fn and scales.shape == (6, 1)
    assert codes[1].float().abs().max() == 448 and (codes[2].float() == 0).all()
    # half a step of three bits of mantissa; below 2⁻⁶ of 448 steps are even
    off = (codes.double() * scales.double() - exact).abs()
    assert (off <= exact.abs() * 2**-4 + exact.abs().amax(1, keepdim=True) / 448 * 2**-10 + 1e-12).all()
