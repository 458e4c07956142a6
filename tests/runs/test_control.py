"""What a reader asks of a run is done between two steps, answered with the step, and nothing odd harms the run."""

import json
import os

import pytest

from tests.train import small_job
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs import request
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.runs.trainer import train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return root


def named(folder, models, name, **train_settings) -> Job:
    job = small_job.job(folder, models["t2v"], **train_settings)
    job.name = name
    return job


def asking(job: Job, **wishes):
    """A progress that writes requests: `step3=[("lr", {...}), …]` after step 3, `paused=[…]` while paused."""
    control, left = RunDir(job.run_dir).control, dict(wishes)

    def progress(phase, done, total, **facts):
        key = phase if phase != "training" else f"step{done}"
        for kind, values in left.pop(key, ()):
            request.write(control, kind, **values)

    return progress


def answers(run: Run) -> list[tuple]:
    return [(row["kind"], row["step"]) for row in run.events() if row["event"] == "control" and "refused" not in row]


def refusals(run: Run) -> list[str]:
    return [row["refused"] for row in run.events() if row["event"] == "control" and "refused" in row]


def losses(run: Run) -> list[tuple]:
    return [(row["step"], row["stage"], row["lr"], row["loss"], row["delta_norm"]) for row in run.metrics()]


def test_each_kind_is_done_after_the_step_and_answered_with_it(folder, models):
    job = named(folder, models, "kinds", disable_sampling=False, skip_first_sample=True, steps=9)
    new = ["a green square", {"prompt": "red", "width": 48}]
    progress = asking(
        job,
        step1=[("save", {}), ("preview", {}), ("lr", {"both": 5e-3, "low": 1e-3})],
        step2=[("prompts", {"prompts": new}), ("pause", {})],
        paused=[("preview", {}), ("steps", {"steps": 7}), ("go on", {})],
        step5=[("stop", {}), ("save", {})],
    )
    result = train(job, progress=progress)
    run = Run(job.run_dir)
    kinds = [("save", 1), ("preview", 1), ("lr", 1), ("prompts", 2), ("pause", 2)]
    assert answers(run) == [*kinds, ("preview", 2), ("steps", 2), ("go on", 2), ("stop", 5)]
    assert (result.state, result.step, run.state) == ("stopped", 5, "stopped")
    assert {(one.step, one.index): one.facts["prompt"] for one in run.previews} == {
        (1, 0): "fast red circle", (2, 0): "a green square", (2, 1): "red",
        (4, 0): "a green square", (4, 1): "red",
    }  # fmt: skip
    assert [row["step"] for row in run.events() if row["event"] == "saved"] == [1, 2, 3, 5]
    kept = run.config
    assert (kept.train.lr, kept.lr("high"), kept.lr("low"), kept.train.steps) == (5e-3, 5e-3, 1e-3, 7)
    assert [one.width for one in kept.samples] == [32, 48]
    assert len(list(run.dir.control.glob("*.json"))) == 1  # what came after the stop
    assert train(kept, resume=True).step == 7
    assert not list(run.dir.control.glob("*.json")) and answers(run)[-1] == ("stop", 5)  # of nobody any more
    told = {row["setting"]: (row["before"], row["now"], row["step"]) for row in run.events() if "setting" in row}
    assert told["train.lr"] == (1e-2, 5e-3, 1) and told["train.steps"] == (9, 7, 2)


@pytest.mark.parametrize(
    ("kind", "values", "edit"),
    [
        ("lr", {"both": 3e-3}, lambda job: setattr(job.train, "lr", 3e-3)),
        ("lr", {"low": 3e-3}, lambda job: setattr(job.wannb.low, "lr", 3e-3)),
        ("steps", {"steps": 9}, lambda job: setattr(job.train, "steps", 9)),
    ],
)
def test_a_change_on_the_way_is_the_edited_job_resumed_there(folder, models, kind, values, edit):
    made = [named(folder, models, f"{way}-{kind}-{[*values]}", lr_scheduler="cosine") for way in ("set", "edited")]
    train(made[0], progress=asking(made[0], step3=[(kind, values)], step5=[("stop", {})]))
    train(Run(made[0].run_dir).config, resume=True)  # what was set outlives the process
    train(made[1], progress=asking(made[1], step3=[("stop", {})]))
    edit(made[1])
    train(made[1], resume=True)
    runs = [Run(job.run_dir) for job in made]
    assert losses(runs[0]) == losses(runs[1])
    assert runs[0].metrics()[-1]["step"] == values.get("steps", 8)


def test_the_last_step_can_be_this_one(folder, models):
    job = named(folder, models, "short", disable_sampling=False)
    assert train(job, progress=asking(job, step5=[("steps", {"steps": 5})])).state == "done"
    run = Run(job.run_dir)
    assert run.checkpoint().step is None and run.previews[-1].step == 5 and run.state == "done"


def test_wrong_wishes_are_answered_and_change_nothing(folder, models):
    job = named(folder, models, "wrong")
    job.model.model_kwargs.train_low_noise = False
    wrong = [
        ("lr", {"both": -1}), ("lr", {"both": "x"}), ("lr", {"low": 1e-3}), ("lr", {}), ("steps", {"steps": 1}),
        ("steps", {"steps": 2.5}), ("prompts", {"prompts": "x"}), ("prompts", {"prompts": [{"width": "x"}]}),
        ("preview", {}),
    ]  # fmt: skip
    train(job, progress=asking(job, step2=wrong, step4=[("stop", {})]))
    run = Run(job.run_dir)
    assert len(refusals(run)) == len(wrong) and answers(run) == [("stop", 4)]
    assert run.config.to_dict() == job.anchored().to_dict()
    assert set(losses(run)[-1][2:3]) == {1e-2}


def test_odd_files_are_answered_and_set_aside(folder, models):
    job, odd = named(folder, models, "odd"), 8
    control = RunDir(job.run_dir).control

    def progress(phase, done, total, **facts):
        if phase != "training" or done != 2:
            return
        name = "00000000000000000001-{:08x}.json".format
        (control / "hello.txt").write_text("stop")
        (control / name(1)).write_text("{")
        (control / name(2)).write_text('["stop"]')
        (control / name(3)).write_text('{"id": "00000003", "kind": "rm -rf"}')
        (control / name(4)).write_text('{"id": "../../x", "kind": "stop"}')
        (control / name(5)).mkdir()
        os.mkfifo(control / name(6))
        (control / name(7)).symlink_to(job.run_dir / "config.yaml")
        (control / ".half.________.json").write_text("{")

    assert train(job, progress=progress).state == "done"
    run = Run(job.run_dir)
    assert len(refusals(run)) == odd and len(list((control / "refused").iterdir())) == odd
    assert [path.name for path in control.iterdir() if path.name[0] != "."] == ["refused"]
    assert all(row["step"] == 2 for row in run.events() if row["event"] == "control")


def test_a_link_in_place_of_a_folder_leads_nowhere(folder, models, tmp_path):
    job = named(folder, models, "link")
    job.run_dir.mkdir(parents=True)
    RunDir(job.run_dir).control.symlink_to(tmp_path)
    (tmp_path / "mine.json").write_text("{}")
    with pytest.raises(Refusal, match="is a link"):
        train(job)
    RunDir(job.run_dir).control.unlink()
    RunDir(job.run_dir).control.mkdir()
    (RunDir(job.run_dir).control / "refused").symlink_to(tmp_path)
    (RunDir(job.run_dir).control / "theirs.json").write_text("{}")
    assert train(job).state == "done"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]
    assert len(refusals(Run(job.run_dir))) == 1


def test_stop_is_heard_while_clips_are_encoded(folder, models):
    job = named(folder, models, "early")
    job.wannb.cache_folder = str(folder / "new-cache")
    result = train(job, progress=asking(job, **{"encoding clips": [("stop", {})]}))
    run = Run(job.run_dir)
    assert (result.state, result.step, run.state, answers(run)) == ("stopped", 0, "stopped", [("stop", 0)])
    assert not run.dir.begun and train(job).state == "done"


def test_stop_is_heard_in_the_middle_of_a_preview(folder, models):
    job = named(folder, models, "unfinished", disable_sampling=False)
    result = train(job, progress=asking(job, preview=[("stop", {})]))
    run = Run(job.run_dir)
    assert (result.state, result.step, answers(run), run.previews) == ("stopped", 0, [("stop", 0)], [])
    assert train(job, resume=True).step == 8 and run.previews[0].step == 0


def test_nobody_is_asked_where_nobody_trains(folder, models):
    job = named(folder, models, "over")
    train(job)
    run = Run(job.run_dir)
    for ask in (run.stop, run.pause, run.go_on, run.save, run.preview, lambda: run.set(lr=1e-3)):
        with pytest.raises(Refusal, match="not training.*--resume"):
            ask()
    assert not [path for path in run.dir.control.iterdir() if path.is_file()]
    with pytest.raises(Refusal, match="more than 0"):
        run.set(lr=-1)
    with pytest.raises(Refusal, match="nothing to change"):
        run.set()
    assert json.loads(run.dir.process.read_text())["pid"] == os.getpid()


def test_what_changes_no_setting_of_training_changes_no_number(folder, models):
    made = [named(folder, models, way, disable_sampling=False) for way in ("left-alone", "disturbed")]
    for job in made:
        job.network.dropout = 0.3
    wishes = [("save", {}), ("preview", {}), ("prompts", {"prompts": ["a blue circle fast"]}), ("pause", {})]
    train(made[0])
    train(made[1], progress=asking(made[1], step2=wishes, paused=[("go on", {})], step5=wishes[:3]))
    runs = [Run(job.run_dir) for job in made]
    assert losses(runs[0]) == losses(runs[1]) and len(answers(runs[1])) == 8
    weights = [(run.path / "state/000000008/high.safetensors").read_bytes() for run in runs]
    assert weights[0] == weights[1]
