"""Reading and writing job files: nothing is lost, only what is changed changes."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from wannb.job import Job
from wannb.refusal import Refusal

EXAMPLE = Path(__file__).parent / "files" / "wan22_t2v_24gb.yaml"


def job_of(**process):
    process = {"type": "sd_trainer", "model": {"arch": "wan22_14b", "name_or_path": "x/y"}, **process}
    return {"job": "extension", "config": {"name": "a", "process": [process]}}


def differences(one, other, at=""):
    """The dotted places where two plain structures differ: written apart from the code it judges."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(k for k in other if k not in one)]:
            yield from differences(one.get(key, "absent"), other.get(key, "absent"), f"{at}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{at}[{i}]")
    elif one != other or isinstance(one, bool) != isinstance(other, bool):
        yield at


def test_example_round_trips_for_every_yaml_reader_and_in_order(tmp_path):
    Job.load(EXAMPLE).save(tmp_path / "copy.yaml")
    before, after = (path.read_text() for path in (EXAMPLE, tmp_path / "copy.yaml"))
    assert yaml.safe_load(after) == yaml.safe_load(before)
    assert json.dumps(yaml.safe_load(after)) == json.dumps(yaml.safe_load(before))
    assert Job.load(tmp_path / "copy.yaml").to_yaml() == after


def test_example_means_what_it_says():
    job = Job.load(EXAMPLE)
    assert (job.name, job.task, job.stages, job.device) == ("first_wan22_lora", "t2v", ["high", "low"], "cuda:0")
    assert job.train.lr == job.train.optimizer_params.weight_decay == 1e-4
    assert (job.saving.dtype, job.train.dtype) == ("fp16", "bf16")
    assert job.datasets[0].resolution == [512, 768, 1024] and job.datasets[0].caption_ext == "txt"
    assert (job.rank("high"), job.alpha("low")) == (32, 32.0)
    assert job.run_dir == Path("output/first_wan22_lora") and job.unknown == []


CHANGES = {
    "process[0].train.lr": lambda job: setattr(job.train, "lr", 5e-5),
    "process[0].datasets[0].num_frames": lambda job: setattr(job.datasets[0], "num_frames", 41),
    "process[0].save.save_every": lambda job: setattr(job.saving, "save_every", 10),
    "process[0].model.model_kwargs.train_low_noise": lambda job: setattr(
        job.model.model_kwargs, "train_low_noise", False
    ),
    "process[0].trigger_word": lambda job: setattr(job, "trigger_word", "frung"),
    "process[0].wannb": lambda job: setattr(job.wannb, "boundary", 0.9),
    "name": lambda job: setattr(job, "name", "b"),
}


@pytest.mark.parametrize("place", CHANGES)
def test_a_changed_value_changes_only_itself(place):
    job = Job.load(EXAMPLE)
    before = copy.deepcopy(job.to_dict())
    CHANGES[place](job)
    assert list(differences(before, job.to_dict())) == [f".config.{place}"]
    assert Job.from_dict(yaml.safe_load(job.to_yaml())).to_dict() == yaml.safe_load(job.to_yaml())


def test_data_sets_carry_their_keys_along_when_moved():
    job = Job.from_dict(job_of(datasets=[{"folder_path": "a", "mine": 1}, {"folder_path": "b", "mine": 2}]))
    job.datasets = job.datasets[::-1]
    assert job.to_dict()["config"]["process"][0]["datasets"] == [
        {"folder_path": "b", "mine": 2},
        {"folder_path": "a", "mine": 1},
    ]


def test_unknown_keys_stay_and_are_named():
    mapping = job_of(colour="red", train={"lr": 1e-4, "warp": {"deep": [1, None]}}, datasets=[{"odd": True}])
    mapping["extra"] = {"x": 1}
    mapping["config"]["more"] = "y"
    mapping["config"]["process"].append({"type": "second"})
    job = Job.from_dict(mapping)
    assert job.to_dict() == mapping
    expected = {"extra", "config.more", "colour", "train.warp", "datasets[0].odd"}
    assert set(job.unknown) == expected and job.processes == 2


def test_exponents_are_numbers_and_keep_their_spelling(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(EXAMPLE.read_text().replace("lr: 1e-4", "lr: 2E-5").replace("'linear'", '"1e-4"'))
    job = Job.load(path)
    assert job.train.lr == 2e-5 and job.train.timestep_type == "1e-4"
    assert "lr: 2E-5" in job.to_yaml() and yaml.safe_load(job.to_yaml()) == yaml.safe_load(path.read_text())


def test_older_spellings_are_read_and_written_back():
    old = job_of(
        type="ui_trainer",
        network={"rank": 8, "alpha": 4},
        train={"gradient_accumulation_steps": 2},
        datasets=[{"folder_path": "a", "caption_type": ".caption", "resolution": 256}],
        model={"arch": "wan22_14b_i2v:i2v", "name_or_path": "x/y", "auto_memory": True},
        log_dir="[name]_logs",
    )
    job = Job.from_dict(old)
    assert (job.rank("high"), job.alpha("high"), job.train.gradient_accumulation) == (8, 4.0, 2)
    assert (job.datasets[0].caption_ext, job.datasets[0].resolution) == ("caption", [256])
    assert (job.task, job.model.arch, job.model.layer_offloading) == ("i2v", "wan22_14b_i2v", True)
    assert job.process.log_dir == "a_logs" and job.to_dict() == old and job.unknown == []
    job.network.linear = 16
    assert job.to_dict()["config"]["process"][0]["network"] == {"rank": 16, "alpha": 4}


def test_missing_keys_mean_what_ai_toolkit_means():
    job = Job.from_dict(job_of(datasets=[{"folder_path": "a"}]))
    assert (job.train.lr, job.train.steps, job.train.timestep_type) == (1e-6, 1000, "sigmoid")
    assert (job.saving.save_every, job.saving.dtype, job.saving.max_step_saves_to_keep) == (1000, "fp16", 5)
    assert (job.datasets[0].num_frames, job.datasets[0].fps, job.datasets[0].resolution) == (1, 24, [512])
    assert (job.network.linear, job.alpha("high"), job.seed) == (4, 4.0, 42)
    assert (job.sample.sample_every, job.sample.guidance_scale, job.sample.neg) == (100, 7.0, "")


def test_json_files_are_job_files_too(tmp_path):
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job_of(train={"lr": 3e-5}), indent="\t"))
    job = Job.load(path)
    job.save(path)
    assert json.loads(path.read_text()) == job_of(train={"lr": 3e-5})


def test_paths_are_found_beside_the_file_and_stay_as_written(tmp_path, monkeypatch):
    (tmp_path / "clips").mkdir()
    (tmp_path / "first.png").write_bytes(b"")
    monkeypatch.setenv("WANNB_HERE", "clips")
    mapping = job_of(
        datasets=[{"folder_path": "${WANNB_HERE}"}, {"folder_path": "elsewhere"}],
        sample={"samples": [{"prompt": "a ${WANNB_HERE}", "ctrl_img": "first.png"}]},
    )
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(mapping))
    job = Job.load(tmp_path / "job.yaml")
    assert [one.folder_path for one in job.datasets] == [str((tmp_path / "clips").resolve()), "elsewhere"]
    assert job.samples[0].image == (tmp_path / "first.png").resolve()
    assert job.samples[0].prompt == "a ${WANNB_HERE}" and job.to_dict() == mapping


def test_an_anchored_job_means_the_same_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "one" / "clips").mkdir(parents=True)
    (tmp_path / "one" / "first.png").write_bytes(b"")
    mapping = job_of(
        datasets=[{"folder_path": "clips", "odd": 1}], sample={"prompts": ["a cat --ctrl_img first.png --w 64"]}
    )
    (tmp_path / "one" / "job.yaml").write_text(yaml.safe_dump(mapping))
    monkeypatch.chdir(tmp_path)
    job = Job.load("one/job.yaml")
    job.anchored().save(tmp_path / "two" / "config.yaml")
    monkeypatch.chdir("/")
    again = Job.load(tmp_path / "two" / "config.yaml")
    assert again.datasets[0].folder_path == str((tmp_path / "one" / "clips").resolve())
    assert again.samples[0].image == (tmp_path / "one" / "first.png").resolve() and again.samples[0].width == 64
    assert again.run_dir == tmp_path.resolve() / "output" / "a" and again.unknown == ["datasets[0].odd"]


REFUSED = {
    "wan22_14b and wan22_14b_i2v|wan22_14b .*wan22_14b_i2v": job_of(model={"arch": "flux"}),
    "model.arch is ''": job_of(model={}),
    "type is 'concept_slider'": job_of(type="concept_slider"),
    "train.steps is 'many'": job_of(train={"steps": "many"}),
    "train.batch_size is 0": job_of(train={"batch_size": 0}),
    r"datasets\[1\].caption_dropout_rate is 2": job_of(datasets=[{}, {"caption_dropout_rate": 2}]),
    "train must be a mapping": job_of(train=[1]),
    "datasets must be a list": job_of(datasets={"folder_path": "a"}),
    "config.process must be a list": {"job": "extension", "config": {"name": "a"}},
    "keys job and config": {"x": 1},
    "only job: extension": {**job_of(), "job": "generate"},
    "config.name": {"job": "extension", "config": {"name": "../up", "process": [{}]}},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_bad_files_are_refused_with_a_sentence(sentence):
    with pytest.raises(Refusal, match=sentence):
        Job.from_dict(REFUSED[sentence])


@pytest.mark.parametrize(
    "text", ["a: [1", "- 1", "", "x: !!python/object/apply:os.getcwd []", "a: &a [*a]", "job: \x00", "{a: 1"]
)
def test_text_that_is_no_job_file_is_refused(tmp_path, text):
    (tmp_path / "job.yaml").write_text(text)
    with pytest.raises(Refusal):
        Job.load(tmp_path / "job.yaml")


def test_aliases_that_multiply_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    (tmp_path / "job.yaml").write_text("\n".join(lines))
    with pytest.raises(Refusal, match="aliases"):
        Job.load(tmp_path / "job.yaml")


def test_assignments_are_checked():
    job = Job.load(EXAMPLE)
    with pytest.raises(Refusal, match="more than 0"):
        job.train.lr = -1
    with pytest.raises(Refusal, match="did you mean 'steps'"):
        job.train.step = 5
    with pytest.raises(Refusal, match="no setting"):
        job.colour = "red"
    with pytest.raises(Refusal, match="config.name"):
        job.name = "a/b"
    with pytest.raises(Refusal, match="high and low"):
        job.rank("middle")
