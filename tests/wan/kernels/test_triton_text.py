"""Attention to a text: Triton's form is the plain one."""

import pytest
import torch

from tests.wan.kernels import interpreted  # noqa: F401
from wannb.wan.kernels import text, triton_text

CASES = [(24, 2, True), (5, 1, False), (128, 1, True), (100, 2, True)]


@pytest.mark.parametrize(("keys", "batch", "has_logits"), CASES)
def test_forward_and_backward(keys, batch, has_logits):
    torch.manual_seed(0)
    # fp16: the interpreter multiplies no bf16
    query, toward = torch.randn(2, batch, 150, 2, 32).to(torch.float16)
    key, value = torch.randn(2, batch, keys, 2, 32).to(torch.float16)
    logits = torch.randn(batch, 1, 1, keys).to(torch.float16) if has_logits else None
    if has_logits:
        logits[..., -3:] = -torch.inf  # short_text's where fewer slots hold all of the padding
    toward = toward.transpose(1, 2).contiguous().transpose(1, 2)  # head by head
    ours, plain = (f(query, key, value, logits) for f in (triton_text.forward, text.plain))
    near(ours, plain)
    near(triton_text.backward(toward, query, key, value, logits, ours[1]),
         text.plain_backward(toward, query, key, value, logits, plain[1]))  # fmt: skip


def near(ours, plain):
    for one, two in zip(ours, plain, strict=True):
        assert one.dtype == two.dtype and one.shape == two.shape
        assert (one.float() - two.float()).norm() <= 1e-3 * two.float().norm()
