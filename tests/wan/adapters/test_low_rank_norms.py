"""The norms of many thin products at once are those of the products."""

import pytest
import torch

from wannb.wan.adapters import low_rank


@pytest.mark.parametrize("most", [low_rank.MOST, 100])
def test_norms_of_products_of_several_shapes_and_scales(most, monkeypatch):
    monkeypatch.setattr(low_rank, "MOST", most)  # a few at a time, or one
    numbers = torch.Generator().manual_seed(0)
    products = {
        f"{scale} {out} {number}": (scale, *(torch.randn(size, generator=numbers) for size in ((out, 4), (4, 12))))
        for scale in (1.0, 0.25)
        for out in (12, 40)
        for number in range(3)
    }
    found = low_rank.squared_norms(products)
    assert found.keys() == products.keys()
    for name, (scale, left, right) in products.items():
        exact = (scale * left.double() @ right.double()).square().sum()
        torch.testing.assert_close(found[name].double(), exact, rtol=1e-5, atol=0)
