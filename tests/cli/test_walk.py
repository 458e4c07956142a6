"""One walk through the shell on a random tiny pipeline: cache, train, resume, sample, export."""

from pathlib import Path

import pytest

from tests import tiny_pipeline
from tests.train import small_job
from wannb.cli.progress import ShellProgress


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with clips, a model and `job.yaml`."""
    folder = tmp_path_factory.mktemp("walk")
    model = tiny_pipeline.write(folder / "model", "t2v")
    small_job.clips(folder / "clips")
    job = small_job.job(folder, model, steps=3)
    job.save(folder / "job.yaml")
    return folder


def test_cache_then_train_then_use(shell, walk: Path) -> None:
    cached = shell("cache", walk / "job.yaml", "--json")
    assert (cached.code, cached.json["items"], cached.json["encoded"], cached.json["reused"]) == (0, 3, 3, 0)
    assert cached.json["refused"] == []
    again = shell("cache", walk / "job.yaml", "--json")
    assert (again.json["encoded"], again.json["reused"]) == (0, 3)

    trained = shell("train", walk / "job.yaml", "--json")
    assert (trained.code, trained.json["step"], trained.json["state"]) == (0, 3, "done")
    run = Path(trained.json["run"])
    assert (run / "metrics.jsonl").exists()
    assert all(Path(file).exists() for file in trained.json["checkpoints"])
    assert "training 3/3" in trained.err

    twice = shell("train", walk / "job.yaml", "--json")
    assert twice.code == 1 and "--resume" in twice.json["error"]
    resumed = shell("train", walk / "job.yaml", "--resume", "--json")
    assert (resumed.code, resumed.json["step"]) == (0, 3)

    clip = shell("sample", run, "--high", 0, "--prompt", "a red circle", "-o", walk / "clip.mp4", "--json")
    assert clip.json == {"clip": str(walk / "clip.mp4")}
    assert (walk / "clip.mp4").read_bytes()[4:8] == b"ftyp"

    exported = shell("export", run, "--to", "diffusers", "-o", walk / "out", "--json")
    assert exported.code == 0
    assert [Path(file).name for file in exported.json["files"]] == [
        f"small_{expert}_noise.safetensors" for expert in ("high", "low")
    ]
    assert Path(exported.json["workflow"]).parent == walk / "out"
    missing = shell("export", run, "--high", 77, "--json")
    assert missing.code == 1 and "77" in missing.json["error"]


def test_unknown_keys_are_named_before_training(shell, walk: Path, tmp_path: Path) -> None:
    text = (walk / "job.yaml").read_text().replace("trigger_word:", "sparkle: 7\n    trigger_word:")
    (tmp_path / "job.yaml").write_text(text.replace(str(walk / "runs"), str(tmp_path / "runs")))
    told = shell("cache", tmp_path / "job.yaml", "--json")
    assert told.code == 0
    assert "sparkle" in told.err


class Paper:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


def test_a_log_is_not_flooded_but_ends_each_phase() -> None:
    paper = Paper()
    progress = ShellProgress(paper)
    for step in range(1, 1001):
        progress("training", step, 1000, row={"stage": "high", "loss": 0.5})
    progress("preview", 0, 2)
    progress("preview", 2, 2)
    lines = paper.text.splitlines()
    assert "training 1000/1000 · high noise, loss 0.5000" in lines
    assert lines[-1] == "preview 2/2"
    assert len(lines) < 6
