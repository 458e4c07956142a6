import pytest
import torch

from tests import tiny_pipeline
from wannb.wan.quantized import eight_bits

torch.set_num_threads(1)  # the models are so small that threads only wait for each other


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """task -> a random pipeline folder of it, written once."""
    root = tmp_path_factory.mktemp("pipelines")
    return {task: tiny_pipeline.write(root / task, task) for task in ("t2v", "i2v")}


@pytest.fixture
def pixels():
    """A clip, uint8 [9, 32, 48, 3]."""
    return torch.randint(0, 256, (9, 32, 48, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(3)).numpy()


def slow_product(left, right, left_scale, right_scale, bias):
    """`eight_bits.multiplied`, for the CPUs of torch 2.11 and 2.12, which have it with one scale a tensor alone."""
    out = (left.float() @ right.float()) * left_scale * right_scale
    return (out if bias is None else out + bias).bfloat16()


@pytest.fixture(autouse=True)
def products_by_rows(monkeypatch):
    """Products in 8 bits with a scale a row, on a CPU."""
    eight, scales = torch.ones(16, 16).to(torch.float8_e4m3fn), torch.ones(16, 1)
    try:
        eight_bits.multiplied(eight, eight.t(), scales, scales.t(), None)
    except RuntimeError:
        monkeypatch.setattr(eight_bits, "multiplied", slow_product)
