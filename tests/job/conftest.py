import pytest


@pytest.fixture
def mapping(tmp_path):
    """A job that nothing is wrong with."""
    (tmp_path / "first.png").write_bytes(b"")
    process = {
        "type": "sd_trainer",
        "datasets": [{"folder_path": str(tmp_path), "num_frames": 33, "cache_latents": True}],
        "train": {"timestep_type": "linear", "cache_text_embeddings": True},
        "model": {"arch": "wan22_14b_i2v", "name_or_path": "x/y"},
        "sample": {"samples": [{"prompt": "a cat", "ctrl_img": str(tmp_path / "first.png")}], "num_frames": 33},
    }
    return {"job": "extension", "config": {"name": "a", "process": [process]}}
