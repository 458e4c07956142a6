import pytest
import torch

from tests import tiny_pipeline


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folder of a random tiny pipeline for each task."""
    root = tmp_path_factory.mktemp("models")
    return {task: tiny_pipeline.write(root / task, task) for task in ("t2v", "i2v")}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
