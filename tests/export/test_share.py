"""The folder for the hub: all facts, no path of this machine, a card that is whole; and nothing sent unasked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from safetensors import safe_open

from tests.export.test_pair_export import LOKR, NAME, make_run
from wannb.data import video_file
from wannb.export import hub, share
from wannb.export.model_card import OFFICIAL
from wannb.export.share import share as shared
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.previews import facts_of
from wannb.runs.run import Run


def give_clips(run, steps=(0, 600)):
    """Previews as training leaves them: the base grey, the LoRA's with a bar that moves."""
    frames = np.full((5, 32, 48, 3), 120, np.uint8)
    for i, sample in enumerate(Job.load(run / "config.yaml").samples):
        for step in steps:
            clip = frames.copy()
            for j in range(5 if step else 0):
                clip[j, :, 8 * j : 8 * j + 8] = 250
            path = Run(run).dir.preview(step, i, ".mp4")
            facts = {"step": step, "index": i, **facts_of(sample)}
            video_file.write_mp4(path, clip, 16, facts)
            video_file.write_poster(path.with_suffix(".jpg"), clip[0])
            path.with_suffix(".json").write_text(json.dumps(facts))
    return run


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    root = tmp_path_factory.mktemp("shared")
    run = give_clips(make_run(root, folders["i2v"], "i2v"))
    clips = root / "my private clips"
    clips.mkdir()
    for i in range(3):
        Image.new("RGB", (32, 32)).save(clips / f"{i}.png")
    job = Job.load(run / "config.yaml")
    job.trigger_word = "orb1t"
    job.put("wannb.kind", "motion")
    job.datasets = [type(job.datasets[0]).new(folder_path=str(clips)) if job.datasets else _dataset(clips)]
    job.save(run / "config.yaml")
    return run


def _dataset(clips):
    from wannb.job.dataset import Dataset

    return Dataset.new(folder_path=str(clips), num_frames=5, resolution=[64])


@pytest.fixture(scope="module")
def done(run, tmp_path_factory):
    return shared(run, tmp_path_factory.mktemp("out") / "share", license="apache-2.0")


def front(folder):
    _, facts, body = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(facts), body


def test_the_folder_holds_what_the_card_names(done):
    assert {path.relative_to(done.folder).as_posix() for path in done.files} == {
        *(f"{NAME}_{expert}_noise.safetensors" for expert in ("high", "low")),
        *(f"{NAME}{end}" for end in ("_workflow.json", "_diffusers.py", "_start.png")),
        "README.md",
        "pictures/0.webp",
    }
    assert all(path.is_file() for path in done.files) and done.url is None and not done.unseen
    facts, body = front(done.folder)
    assert facts["base_model"] == OFFICIAL["i2v"] and facts["base_model_relation"] == "adapter"
    assert facts["pipeline_tag"] == "image-to-video" and facts["license"] == "apache-2.0"
    assert facts["instance_prompt"] == "orb1t" and {"lora", "motion", "wan2.2"} <= set(facts["tags"])
    assert facts["widget"][0]["output"]["url"] == "pictures/0.webp"
    for name in (path.name for path in done.files if path.name not in ("README.md", f"{NAME}_start.png")):
        assert name in body, name
    assert "3 clips, 5 frames each at 64 px" in body and "`orb1t`" in body
    compile((done.folder / f"{NAME}_diffusers.py").read_text(), "script", "exec")


def test_no_path_of_this_machine_is_in_it(done, run):
    private = [str(run.parent), str(Path.home()), "my private clips", "first frame"]
    for path in done.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [one for one in private if one.encode() in content], path


def test_weights_are_the_runs_and_facts_are_added(done, run):
    for path in done.files[:2]:
        with safe_open(path, "np") as new, safe_open(run / "checkpoints" / path.name, "np") as old:
            assert set(new.keys()) == set(old.keys())
            assert all((new.get_tensor(key) == old.get_tensor(key)).all() for key in old.keys())
            facts = new.metadata()
            assert old.metadata().items() <= facts.items()
        assert facts["modelspec.hash_sha256"].startswith("0x") and len(facts["modelspec.hash_sha256"]) == 66
        assert facts["ss_num_train_images"] == "3" and facts["modelspec.resolution"] == "48x32"


def test_the_picture_moves_and_is_small(done):
    with Image.open(done.folder / "pictures/0.webp") as picture:
        picture.seek(4)
        picture.load()
        assert picture.n_frames == 5 and picture.info["duration"] == 62
        frame = np.asarray(picture.convert("RGB")).astype(int)
    left, right = frame[:, : frame.shape[1] // 2 - 4], frame[:, frame.shape[1] // 2 + 4 :]
    assert np.ptp(left) < 12 and np.ptp(right) > 90
    assert (done.folder / "pictures/0.webp").stat().st_size < 100_000


def test_clips_that_are_not_there_are_said(folders, tmp_path):
    run = give_clips(make_run(tmp_path, folders["t2v"], "t2v"), steps=(0,))
    done = shared(run)
    assert done.folder == run / "share" and len(done.unseen) == 1
    assert "widget" not in front(done.folder)[0]


def test_a_tiny_wans_card_promises_nothing(folders, tmp_path):
    run = give_clips(make_run(tmp_path, folders["t2v"], "t2v"))
    config = run / "config.yaml"
    config.write_text(config.read_text().replace(str(folders["t2v"]), "wannb/tiny-wan2.2-t2v"))
    done = shared(run)
    facts, body = front(done.folder)
    assert "base_model" not in facts and "no other model takes it" in body and "models/loras" not in body
    assert {path.suffix for path in done.files} == {".safetensors", ".webp", ".md"}


def test_a_lokr_and_one_expert_alone_get_their_card(folders, tmp_path):
    run = make_run(tmp_path, folders["t2v"], "t2v", stages=("low",), network=LOKR)
    body = front(shared(run).folder)[1]
    assert "LoKr" in body and "low-noise expert alone" in body and "load_lora_weights" not in body


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a push asks of it: `status` for new repositories, then keeps what is sent."""

    status = 200
    files: dict = {}  # noqa: RUF012

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/repos/create":
            name = json.loads(body)["organization"] + "/" + json.loads(body)["name"]
            return self.answer(type(self).status, {"url": f"http://{self.headers['Host']}/{name}"})
        if "/preupload/" in self.path:
            kind = {"uploadMode": "regular", "shouldIgnore": False}
            return self.answer(200, {"files": [{"path": one["path"], **kind} for one in json.loads(body)["files"]]})
        if "/commit/" in self.path:
            for line in body.splitlines():
                row = json.loads(line)
                if row["key"] == "file":
                    type(self).files[row["value"]["path"]] = row["value"]["content"]
            done = f"http://{self.headers['Host']}/owner/orbit/commit/1"
            return self.answer(200, {"commitUrl": done, "commitOid": "1", "pullRequestUrl": None})
        return self.answer(200, {"warnings": [], "errors": []})

    def do_GET(self):
        self.answer(200, {"name": "owner", "orgs": [], "siblings": [], "id": "owner/orbit"})

    def answer(self, status, data):
        data = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_standin")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Hub.status, Hub.files = 200, {}
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_push_sends_every_file(done, endpoint):
    url = hub.push(done.folder, "owner/orbit", endpoint=endpoint)
    assert "owner/orbit" in url
    sent = {path.relative_to(done.folder).as_posix() for path in done.folder.rglob("*") if path.is_file()}
    assert set(Hub.files) == sent


@pytest.mark.parametrize(
    ("status", "words"), [(401, "does not know the token"), (403, "forbids it"), (409, "has it already")]
)
def test_what_the_hub_refuses_is_a_sentence(done, endpoint, status, words):
    Hub.status = status
    with pytest.raises(Refusal, match=words):
        hub.push(done.folder, "owner/orbit", endpoint=endpoint)
    assert not Hub.files


def test_without_token_net_or_name_it_is_a_sentence(done, run, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_standin")
    with pytest.raises(Refusal, match="cannot be reached"):
        hub.push(done.folder, "owner/orbit", endpoint="http://127.0.0.1:9")
    with pytest.raises(Refusal, match="write owner/name"):
        shared(run, push="orbit")
    monkeypatch.setattr("huggingface_hub.utils.get_token", lambda: None)
    with pytest.raises(Refusal, match="there is no token"):
        hub.push(done.folder, "owner/orbit")


def test_nothing_is_sent_unasked(run, tmp_path, monkeypatch):
    monkeypatch.setattr(share.hub, "push", lambda *_: pytest.fail("sent"))
    assert shared(run, tmp_path / "quiet").url is None
