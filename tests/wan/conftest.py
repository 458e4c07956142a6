import pytest
import torch

from tests import tiny_pipeline

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
