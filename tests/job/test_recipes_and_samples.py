"""Recipes are whole jobs that pass preflight; samples come out resolved; each setting stands once."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from wannb.job import Job
from wannb.job.preflight import findings
from wannb.job.recipes import KINDS
from wannb.job.settings import SETTINGS
from wannb.refusal import Refusal

PANELS = {"JOB", "MODEL", "QUANTIZATION", "MULTISTAGE", "TARGET", "SAVE", "TRAINING", "ADVANCED", "DATASETS", "SAMPLE"}


@pytest.fixture
def data(tmp_path):
    for i in range(6):
        (tmp_path / f"{i}.txt").write_text(f"caption {i}\n")
        (tmp_path / f"{i}.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("vram", [12, 24, 48, 80])
@pytest.mark.parametrize("task", ["t2v", "i2v"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_recipe_passes_preflight_and_survives_the_file(kind, task, vram, data, tmp_path):
    job = Job.recipe(kind, task=task, vram_gb=vram, data=data, trigger="frung")
    assert [one for one in findings(job) if one.severity != "info"] == []
    assert job.task == task and task.upper() in job.model.name_or_path and job.unknown == []
    assert job.train.lr == 1e-4 and job.saving.save_every == 250 and job.alpha("high") == job.rank("high")
    assert job.datasets[0].num_frames == job.sample.num_frames and job.model.low_vram == (vram < 48)
    assert [one.prompt for one in job.samples] == [f"frung caption {i}" for i in range(4)]
    job.save(tmp_path / "job.yaml")
    assert Job.load(tmp_path / "job.yaml").to_dict() == job.to_dict()


def test_recipes_turn_on_what_the_guides_advise_for_a_kind():
    motion, style, character = (Job.recipe(kind, "t2v") for kind in ("motion", "style", "character"))
    assert [one.train.diff_output_preservation for one in (motion, style, character)] == [False, True, True]
    assert [one.train.diff_output_preservation_class for one in (style, character)] == ["scene", "person"]
    assert [one.wannb.high_noise_share for one in (motion, style, character)] == [0.7, 0.5, 0.5]
    assert [one.train.timestep_type for one in (motion, style, character)] == ["linear", "linear", "sigmoid"]
    assert [one.train.content_or_style for one in (motion, style, character)] == ["balanced", "content", "balanced"]
    assert {one.train.optimizer for one in (motion, style, character)} == {"adamw8bit"}


def test_a_kind_that_needs_a_trigger_word_makes_one_up_and_says_so(data):
    assert Job.recipe("motion", "t2v", data=data).trigger_word is None
    job = Job.recipe("character", "t2v", data=data)
    assert [one.code for one in findings(job) if one.where == "trigger_word"] == ["made-up-trigger"]
    assert job.trigger_word and job.sample.samples[0].prompt == "[trigger] caption 0"
    assert job.samples[0].prompt == f"{job.trigger_word} caption 0"
    (data / "0.txt").write_text("a photo of frung")
    job = Job.recipe("character", "t2v", data=data, trigger="frung")
    assert [one.prompt for one in job.samples[:2]] == ["a photo of frung", "frung caption 1"]
    assert "made-up-trigger" not in [one.code for one in findings(job)]


def test_an_expert_has_its_own_rate_or_the_jobs():
    job = Job.recipe("motion")
    job.wannb.high.lr = 3e-5
    assert (job.lr("high"), job.lr("low")) == (3e-5, 1e-4)
    with pytest.raises(Refusal, match="high and low"):
        job.lr("middle")


def test_a_new_file_says_every_setting_that_matters():
    """AI Toolkit's defaults differ from ours, so nothing essential or important may be left to them."""
    written = Job.recipe("motion").to_dict()["config"]["process"][0]
    for one in SETTINGS:
        if one.importance in ("essential", "important") and "wannb" not in one.key and one.key != "name":
            place = written
            for part in one.key.split("."):
                assert part.removesuffix("[]") in place or one.key.endswith("]"), one.key
                place = place[part.removesuffix("[]")]
                place = place[0] if part.endswith("[]") else place


def test_what_a_new_file_leaves_out_means_the_same_when_read():
    job = Job.recipe("style", "t2v", 80)
    again = Job.from_dict(job.to_dict())
    assert again.process.model_dump() == job.process.model_dump()


def test_unknown_recipes_are_refused():
    with pytest.raises(Refusal, match="motion, style, character"):
        Job.recipe("dance")
    with pytest.raises(Refusal, match="t2v and i2v"):
        Job.recipe("motion", task="v2v")
    with pytest.raises(Refusal, match="nan GB"):
        Job.recipe("motion", vram_gb=float("nan"))
    with pytest.raises(Refusal, match="6 GB"):
        Job.recipe("motion", vram_gb=6)


def test_an_i2v_recipe_without_images_says_that_it_needs_first_frames():
    assert "sample-no-control-image" in [one.code for one in findings(Job.recipe("motion", task="i2v"))]


def job_with(sample, **process):
    process = {"type": "sd_trainer", "model": {"arch": "wan22_14b"}, "sample": sample, **process}
    return Job.from_dict({"config": {"name": "a", "process": [process]}})


def test_samples_inherit_walk_and_override():
    sample = {"width": 64, "seed": 5, "walk_seed": True, "guidance_scale": 3, "neg": False, "sample_steps": 9}
    items = [{"prompt": "x"}, {"prompt": "[trigger] y", "width": 32, "seed": 99}, {"prompt": "z", "neg": "[trigger]"}]
    first, second, third = job_with({**sample, "samples": items}, trigger_word="frung").samples
    assert (first.width, first.seed, first.guidance_scale, first.negative, first.steps) == (64, 5, 3.0, "", 9)
    assert (second.prompt, second.width, second.seed) == ("frung y", 32, 99)
    assert (third.seed, third.negative, third.image) == (7, "frung", None)


def test_flags_in_prompts_are_settings():
    prompt = "a cat, sitting --w 512 --h 320 --d 7 --cfg 4.5 --steps 11 --frames 17 --fps 8 --m 0.5 --n blur, noise"
    (sample,) = job_with({"prompts": [prompt + " --ctrl_img /x/y z.png --gr 0.7"]}).samples
    assert (sample.prompt, sample.negative) == ("a cat, sitting", "blur, noise")
    assert (sample.width, sample.height, sample.seed, sample.num_frames, sample.fps) == (512, 320, 7, 17, 8)
    assert (sample.guidance_scale, sample.guidance_scale_2, sample.steps) == (4.5, 4.5, 11)
    assert sample.network_multiplier == 0.5 and sample.image == Path("/x/y z.png")


def test_every_setting_stands_once_and_explains_itself():
    assert [key for key, count in Counter(one.key for one in SETTINGS).items() if count > 1] == []
    assert {one.panel for one in SETTINGS} == PANELS | {"VALIDATION"}
    for one in SETTINGS:
        assert one.help and one.label and one.importance in ("essential", "important", "advanced", "experimental")
        if one.of:
            assert one.of in {other.key for other in SETTINGS}, one.key


LABELS = """Training Name|GPU ID|Output Directory|Trigger Word|Model Architecture|Name or Path|Low VRAM|Layer Offloading
Transformer|Text Encoder|High Noise|Low Noise|Switch Every|Target Type|Linear Rank|Data Type|Save Every
Max Step Saves to Keep|Batch Size|Gradient Accumulation|Steps|Optimizer|Learning Rate|Weight Decay|Loss Type
Timestep Type|Timestep Bias|Use EMA|Unload TE|Cache Text Embeddings|Differential Output Preservation
DOP Loss Multiplier|DOP Preservation Class|Do Differential Guidance|Differential Guidance Scale|Target Dataset
Default Caption|Caption Dropout Rate|LoRA Weight|Cache Latents|Is Regularization|Flip X|Flip Y|Resolutions|Num Frames
Sample Every|Sampler|Width|Height|Guidance Scale|Sample Steps|Seed|Walk Seed|FPS|Negative Prompt"""


def test_the_guides_labels_are_all_there():
    assert set(LABELS.replace("\n", "|").split("|")) - {one.label for one in SETTINGS} == set()


def test_importing_is_free_of_torch_and_numpy():
    code = "import sys, wannb.job.preflight, wannb.job.settings; print({'torch', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
