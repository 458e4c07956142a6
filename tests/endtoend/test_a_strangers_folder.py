"""What a stranger brings: an AI Toolkit job, clips of all sorts, some of them no clips; the tiny Wan trains on it."""

import json
from pathlib import Path

import pytest
from PIL import Image
from safetensors import safe_open

from tests.train import small_job
from wannb.data.video import probe
from wannb.job import Job
from wannb.runs.run import Run

EXAMPLE = Path(__file__).parents[1] / "job" / "files" / "wan22_t2v_24gb.yaml"


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = small_job.clips(tmp_path / "my clips ü")
    whole = (folder / "clip0.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "text.mp4").write_text("not a video")
    (folder / "empty.mp4").touch()
    Image.new("RGB", (32, 32)).save(folder / "moving.mp4", format="GIF", save_all=True)
    return folder


def small(job: Job, clips: Path, out: Path) -> Job:
    """The job on the tiny Wan, with what takes long cut down."""
    job.model.name_or_path, job.device, job.training_folder = f"wannb/tiny-wan2.2-{job.task}", "cpu", str(out)
    job.datasets[0].folder_path = str(clips)
    job.train.steps, job.train.switch_boundary_every = 2, 1
    job.sample.width = job.sample.height = 32
    job.sample.sample_steps = 1
    return job


def test_ai_toolkits_example_trains_on_whatever_in_the_folder_is_a_clip(shell, clips: Path, tmp_path: Path) -> None:
    job = small(Job.load(EXAMPLE), clips, tmp_path / "out")
    job.model.quantize = job.model.quantize_te = False
    job.train.optimizer = "adamw"
    job.network.linear_alpha, job.trigger_word = 8, "p3r5on"
    job.sample.prompts = ["[trigger] by a lake"]
    job.save(tmp_path / "job.yaml")
    trained = shell("train", tmp_path / "job.yaml", "--json")
    assert (trained.code, trained.json["state"]) == (0, "done")
    run = Run(trained.json["run"])
    events = [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines()]
    warned = " ".join(event["message"] for event in events if event["event"] == "warned")
    assert all(name in warned for name in ("cut.mp4", "text.mp4", "empty.mp4", "moving.mp4"))
    assert [(one.step, probe(one.video).frames) for one in run.previews] == [(0, 1), (2, 1)]
    assert json.loads((run.path / "previews/000000002/0.json").read_text())["prompt"] == "p3r5on by a lake"
    for file in trained.json["checkpoints"]:
        with safe_open(file, "pt") as lora:
            assert {str(lora.get_tensor(key).dtype) for key in lora.keys()} == {"torch.float16"}  # noqa: SIM118


def test_a_new_image_to_video_job_previews_from_its_own_clips(shell, clips: Path, tmp_path: Path) -> None:
    made = shell("new", "motion", "--data", clips, "-o", tmp_path / "a b" / "job.yaml", "--json")
    assert made.code == 0
    job = small(Job.load(made.json["job"]), clips, tmp_path / "out")
    job.datasets[0].num_frames = job.sample.num_frames = 5
    job.sample.samples = job.sample.samples[:1]
    job.save(made.json["job"])
    trained = shell("train", made.json["job"], "--json")
    assert trained.code == 0
    assert [(one.step, probe(one.video).frames) for one in Run(trained.json["run"]).previews] == [(0, 5), (2, 5)]
    exported = shell("export", trained.json["run"], "--to", "diffusers", "-o", tmp_path / "pair", "--json")
    assert exported.code == 0 and len(exported.json["files"]) == 2
