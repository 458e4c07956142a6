"""The norms by block are those of the dense matrices."""

from pathlib import Path

import pytest
import torch

from wannb.wan.adapters import block_norms, lora, lora_file
from wannb.wan.adapters.adapter import Adapter, Layers
from wannb.wan.loading.tiny import NAMES, folder
from wannb.wan.loading.weights import load_expert

ADAPTERS = {
    "lora": Adapter("lora", rank=3, alpha=2),
    "some layers": Adapter("lora", rank=3, alpha=3, layers=Layers(ignore=("ffn",))),
    "lokr": Adapter("lokr", rank=2, alpha=1, full_rank=False, factor=4),
    "whole lokr": Adapter("lokr", rank=2, alpha=1, full_rank=True, factor=4),
}


def expert(adapter: Adapter):
    transformer = load_expert(folder(next(iter(NAMES.values()))), "high", torch.float32, "cpu")
    lora.attach(transformer, adapter, seed=0)
    torch.manual_seed(1)
    for parameter in lora.trainable(transformer):
        parameter.data.normal_()
    return transformer


def dense(transformer) -> tuple[dict[str, float], dict[str, float]]:
    """‖ΔW‖ and ‖W‖ by block from whole matrices."""
    sums: dict[str, list[float]] = {}
    for name, module in transformer.named_modules():
        if hasattr(module, "get_delta_weight") and "default" in getattr(module, "scaling", {}):
            own = sums.setdefault(name.split(".")[1], [0.0, 0.0])
            for which, matrix in enumerate((module.get_delta_weight("default"), module.get_base_layer().weight)):
                own[which] += matrix.detach().double().square().sum().item()
    return tuple({block: squares[which] ** 0.5 for block, squares in sums.items()} for which in (0, 1))


@pytest.mark.parametrize("name", ADAPTERS)
def test_they_are_those_of_the_dense_matrices(name: str, tmp_path: Path) -> None:
    transformer = expert(ADAPTERS[name])
    delta, weights = dense(transformer)
    assert len(delta) > 1
    assert block_norms.of_adapter(transformer) == pytest.approx(delta, rel=1e-5)
    assert block_norms.of_weights(transformer) == pytest.approx(weights, rel=1e-5)
    path = tmp_path / "lora.safetensors"
    lora_file.write(path, lora.state(transformer), ADAPTERS[name], torch.float32, header={})
    assert block_norms.of_file(path) == pytest.approx(delta, rel=1e-5)
    assert sum(value**2 for value in delta.values()) ** 0.5 == pytest.approx(lora.delta_norm(transformer).item())


def test_nothing_attached_has_no_norms() -> None:
    transformer = load_expert(folder(next(iter(NAMES.values()))), "high", torch.float32, "cpu")
    assert block_norms.of_adapter(transformer) == block_norms.of_weights(transformer) == {}


def test_large_matrices_in_low_precision_are_added_up_well() -> None:
    weight = torch.randn(4096, 5120, generator=torch.Generator().manual_seed(0)).bfloat16()
    assert block_norms.squared_norm(weight).item() == pytest.approx(weight.double().square().sum().item(), rel=1e-5)
