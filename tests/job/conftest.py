import pytest


@pytest.fixture
def mapping(tmp_path):
    return good_job(tmp_path)


def good_job(tmp_path):
    """A job for a card of 48 GB that nothing is wrong with, as a mapping; its files are in the empty `tmp_path`."""
    (tmp_path / "clips").mkdir()
    (tmp_path / "first.png").write_bytes(b"")
    process = {
        "type": "sd_trainer",
        "training_folder": str(tmp_path / "runs"),
        "save": {"save_every": 250},
        "datasets": [{"folder_path": str(tmp_path / "clips"), "num_frames": 33, "cache_latents": True}],
        "train": {"timestep_type": "linear", "cache_text_embeddings": True, "lr": 1e-4, "dtype": "bf16"},
        "model": {"arch": "wan22_14b_i2v", "name_or_path": "x/y"},
        "sample": {
            "samples": [{"prompt": "a frung cat", "ctrl_img": str(tmp_path / "first.png")}],
            "num_frames": 33,
            "sample_every": 250,
            "guidance_scale": 3.5,
        },
        "wannb": {"vram_gb": 48},
    }
    return {"job": "extension", "config": {"name": "a", "process": [process]}}
