"""Faults that only the clips give away, planted into a good set: each is found, and cured where a button can."""

import json
import shutil

import good_sets
import numbered
import pytest

from wannb.data.items import folders_of
from wannb.data.preflight import check, findings_on
from wannb.job.dataset import Dataset
from wannb.machine import Machine
from wannb.refusal import Refusal

BIG = Machine("NVIDIA H100", 80.0, 256.0)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return good_sets.clips(tmp_path_factory.mktemp("source") / "clips")


@pytest.fixture
def home(source, tmp_path, monkeypatch):
    shutil.copytree(source, tmp_path / "clips")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def look(job, machine=BIG):
    return findings_on(job, folders_of(job), machine)


def said(job, code):
    """The findings of `job` with this code."""
    return [one for one in look(job) if one.code == code]


def cure(job, finding):
    """Cure and check that it did, and that no error came of it."""
    before = errors(look(job))
    finding.cure(job)
    after = look(job)
    assert (finding.code, finding.where) not in {(one.code, one.where) for one in after}
    assert errors(after) <= before


def errors(found):
    return {(one.code, one.where) for one in found if one.severity == "error"}


@pytest.mark.parametrize("kind", ["motion", "style", "character"])
@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_nothing_is_said_of_a_good_set(home, kind, task):
    assert [one for one in look(good_sets.job(home, kind, task)) if one.severity != "info"] == []


def captions(home, text):
    """Write `text(number)` into every caption."""
    for number, path in enumerate(sorted((home / "clips").glob("*.txt"))):
        path.write_text(text(number))


def keep(home, count):
    for path in sorted((home / "clips").iterdir()):
        if int(path.stem[-2:]) >= count:
            path.unlink()


def test_few_clips_and_steps_for_them(home):
    keep(home, 4)
    job = good_sets.job(home)
    (few,) = said(job, "few-clips")
    assert few.severity == "warning" and few.where == "datasets[0].folder_path" and "4 clips" in few.message
    (many,) = said(job, "many-steps-per-clip")
    assert many.severity == "warning" and "500 times" in many.message
    cure(job, many)
    assert job.train.steps == 1200
    job.wannb.kind = None
    assert not said(job, "few-clips") and not said(job, "many-steps-per-clip")


def test_few_steps_for_many_clips(home):
    for number in range(12, 45):
        shutil.copy(home / "clips" / "clip_00.mp4", home / "clips" / f"more_{number}.mp4")
        (home / "clips" / f"more_{number}.txt").write_text(f"orbit 360 around {number}")
    job = good_sets.job(home)
    job.train.steps = 1500
    (few,) = said(job, "few-steps-per-clip")
    assert "45 clips 33 times" in few.message
    cure(job, few)
    assert job.train.steps == 1600 and said(job, "many-clips")[0].severity == "info"
    job.train.steps, job.train.batch_size = 1500, 2
    assert not said(job, "few-steps-per-clip")


def test_regularization_clips_are_not_counted_and_take_half_the_draws(home):
    job = good_sets.job(home)
    shutil.copytree(home / "clips", home / "others")
    job.datasets = [*job.datasets, Dataset.new(folder_path=str(home / "others"), num_frames=17, is_reg=True)]
    job.train.steps = 800
    (few,) = said(job, "few-steps-per-clip")
    assert "12 clips 33 times" in few.message
    cure(job, few)


def test_a_motion_that_no_caption_names(home):
    captions(home, lambda number: f"a video of the {good_sets.WORDS[number]} and another")
    job = good_sets.job(home)
    (found,) = said(job, "motion-not-named")
    assert found.severity == "warning" and "12 captions" in found.message
    job.wannb.kind = "style"
    assert not said(job, "motion-not-named")
    captions(home, lambda number: f"镜头环绕{good_sets.WORDS[number]}旋转")
    job.wannb.kind = "motion"
    assert not said(job, "motion-not-named")


def test_captions_without_the_trigger_are_written_and_logged(home):
    (home / "clips" / "clip_03.txt").write_text("drovu walks")
    (home / "clips" / "clip_04.txt").write_text("[trigger] walks")
    (home / "clips" / "clip_05.txt").write_bytes("ein Fräulein geht".encode("cp1252"))
    (home / "clips" / "clip_06.txt").unlink()
    job = good_sets.job(home, "character")
    job.datasets[0].default_caption = "someone walks"
    (found,) = said(job, "trigger-in-front")
    assert found.severity == "info" and "10 of 12" in found.message and "drovu" in found.message
    trained = [clip.caption for clip in folders_of(job)[0].clips]
    cure(job, found)
    assert [clip.caption for clip in folders_of(job)[0].clips] == trained
    assert (home / "clips" / "clip_00.txt").read_text() == "drovu orbit 360 around the vase number 0\n"
    assert (home / "clips" / "clip_05.txt").read_text() == "drovu ein Fräulein geht"
    assert (home / "clips" / "clip_03.txt").read_text() == "drovu walks"
    assert job.datasets[0].default_caption == "[trigger] someone walks"
    log = json.loads((home / "clips" / ".wannb-captions.json").read_text())
    assert len([name for name in log if name.endswith(".txt")]) == 9
    assert log["clip_00.txt"] == ["orbit 360 around the vase number 0\n"]
    job.trigger_word = "velmo"
    said(job, "trigger-in-front")[0].cure(job)
    log = json.loads((home / "clips" / ".wannb-captions.json").read_text())
    assert log["clip_00.txt"][1] == "drovu orbit 360 around the vase number 0\n" and len(log["/steps"]) == 2


def test_a_log_that_is_none_is_not_written_over(home):
    job = good_sets.job(home, "character")
    (home / "clips" / ".wannb-captions.json").write_text("mine")
    with pytest.raises(Refusal, match="no log"):
        said(job, "trigger-in-front")[0].cure(job)
    assert (home / "clips" / ".wannb-captions.json").read_text() == "mine"
    assert (home / "clips" / "clip_00.txt").read_text().startswith("orbit")


def test_regularization_captions_with_the_trigger(home):
    shutil.copytree(home / "clips", home / "others")
    job = good_sets.job(home, "character")
    job.datasets = [
        *job.datasets,
        Dataset.new(folder_path=str(home / "others"), num_frames=17, resolution=[96], is_reg=True),
    ]
    assert not said(job, "reg-has-trigger")
    (home / "others" / "clip_01.txt").write_text("drovu and others")
    (found,) = said(job, "reg-has-trigger")
    assert found.severity == "warning" and found.where == "datasets[1].folder_path" and "clip_01.mp4" in found.message


def test_a_caption_beyond_the_text_encoder(home):
    job = good_sets.job(home)
    (home / "clips" / "clip_02.txt").write_text("orbit 360, " + "a very long description of many things, " * 80)
    (home / "clips" / "clip_03.txt").write_text("orbit 360 " + "around the fountain " * 30)
    (home / "clips" / "clip_04.txt").write_text("orbit 360 " + "环绕喷泉旋转" * 100)
    assert [one.where for one in said(job, "caption-too-long")] == ["clip_02.mp4", "clip_04.mp4"]
    assert all(one.severity == "warning" and "about" in one.message for one in said(job, "caption-too-long"))
    job.train.unload_text_encoder = True
    assert not said(job, "caption-too-long")


def test_a_tokenizer_that_is_here_counts_exactly(home):
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "orbit": 1}
    own = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    own.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    own.enable_truncation(8)
    (home / "wan" / "tokenizer").mkdir(parents=True)
    own.save(str(home / "wan" / "tokenizer" / "tokenizer.json"))
    job = good_sets.job(home)
    job.model.name_or_path = str(home / "wan")
    (home / "clips" / "clip_02.txt").write_text("orbit " * 600)
    (home / "clips" / "clip_03.txt").write_text("orbit " * 500)
    (found,) = said(job, "caption-too-long")
    assert found.where == "clip_02.mp4" and "600 tokens" in found.message


def test_previews_without_first_frames_get_them(home):
    job = good_sets.job(home)
    job.sample.samples[0].ctrl_img = None
    job.sample.samples[1].ctrl_img = str(home / "gone.png")
    (home / "text.png").write_text("no picture")
    job.sample.samples[2].ctrl_img = str(home / "text.png")
    kept = job.sample.samples[3].ctrl_img
    codes = {"sample-no-control-image", "control-image-missing", "control-image-unreadable"}
    assert codes <= {one.code for one in look(job) if one.severity == "error"}
    cure(job, said(job, "control-image-missing")[0])
    assert not codes & {one.code for one in look(job)} and job.sample.samples[3].ctrl_img == kept


def test_first_frames_need_clips(home):
    job = good_sets.job(home)
    job.sample.samples[0].ctrl_img = None
    shutil.rmtree(home / "clips")
    (home / "clips").mkdir()
    assert said(job, "sample-no-control-image")[0].cure is None


def test_a_first_frame_of_another_shape(home):
    job = good_sets.job(home)
    job.sample.samples[1].ctrl_img = good_sets.picture(home / "tall.png", 90, 200)
    (found,) = said(job, "control-image-aspect")
    assert found.severity == "info" and "90x200" in found.message and "68%" in found.message
    cure(job, found)
    first, second = job.samples[:2]
    assert (first.width, first.height) == (112, 80) and (second.width, second.height) == (64, 144)
    job.sample.samples, job.sample.prompts = [], [f"a cat --ctrl_img {home / 'tall.png'}"]
    cure(job, said(job, "control-image-aspect")[0])
    assert (job.samples[0].width, job.samples[0].height) == (64, 144)


@pytest.mark.parametrize("task", ["t2v", "i2v"])
def test_a_job_without_previews_gets_some_from_the_captions(home, task):
    job = good_sets.job(home, "character", task)
    captions(home, lambda number: f"drovu walks {number}")
    job.sample.samples = []
    (found,) = said(job, "no-samples")
    cure(job, found)
    assert [one.prompt for one in job.sample.samples] == [f"[trigger] walks {i}" for i in range(4)]
    assert all((one.image is not None) == (task == "i2v") for one in job.samples)


def test_clips_shorter_than_asked_lower_the_frames_where_most_are(home):
    job = good_sets.job(home)
    job.datasets[0].num_frames = job.sample.num_frames = 41
    found = said(job, "repeats-frames")
    assert len(found) == 12 and all(one.severity == "warning" for one in found)
    cure(job, found[0])
    assert job.datasets[0].num_frames == 17 and not said(job, "repeats-frames")
    numbered.write(home / "clips" / "clip_00.mp4", count=9)
    (short,) = said(job, "repeats-frames")
    assert short.where == "clip_00.mp4" and short.cure is None


def test_one_frame_is_cured_by_as_many_as_the_clips_hold(home):
    job = good_sets.job(home)
    job.datasets[0].num_frames = job.sample.num_frames = 1
    (found,) = said(job, "i2v-one-frame")
    assert not said(job, "one-frame-i2v")
    cure(job, found)
    assert job.datasets[0].num_frames == 17
    job = good_sets.job(home, task="t2v")
    job.datasets[0].num_frames = 1
    cure(job, said(job, "first-frame-only")[0])
    assert job.datasets[0].num_frames == 17


def test_a_set_of_images_takes_one_frame(home):
    shutil.rmtree(home / "clips")
    (home / "clips").mkdir()
    for number in range(12):
        good_sets.picture(home / "clips" / f"still_{number}.png", 128, 96)
        (home / "clips" / f"still_{number}.txt").write_text("velmo look")
    job = good_sets.job(home, "style", "t2v")
    (found,) = said(job, "images")
    cure(job, found)
    assert job.datasets[0].num_frames == 1


def test_a_rate_that_is_not_wans(home):
    job = good_sets.job(home)
    job.datasets[0].shrink_video_to_frames, job.datasets[0].fps, job.datasets[0].num_frames = False, 8, 5
    (found,) = said(job, "rate-not-wans")
    assert found.where == "datasets[0].fps"
    cure(job, found)


def test_one_size_at_several_resolutions(home):
    job = good_sets.job(home)
    job.datasets[0].resolution = [1024, 512, 64]
    (found,) = said(job, "same-size-twice")
    assert found.where == "datasets[0].resolution"
    cure(job, found)
    assert job.datasets[0].resolution == [64, 512]


def test_a_slot_in_a_caption_for_no_trigger(home):
    job = good_sets.job(home)
    (home / "clips" / "clip_00.txt").write_text("[trigger] orbit 360")
    (found,) = said(job, "no-trigger")
    assert found.where == "clip_00.mp4" and found.severity == "warning"
    cure(job, found)
    assert job.trigger_word == "velmo"


def test_a_run_that_is_there_and_a_folder_nobody_may_read(home, monkeypatch):
    job = good_sets.job(home)
    (job.run_dir).mkdir(parents=True)
    (job.run_dir / "config.yaml").touch()
    (job.run_dir.parent / "wan_i2v_motion_v2").mkdir()
    (found,) = said(job, "run-exists")
    assert found.severity == "info" and found.where == "name"
    cure(job, found)
    assert job.name == "wan_i2v_motion_v3"
    monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(home / "clips"))
    (found,) = said(job, "folder-unreadable")
    assert found.severity == "error" and found.where == "datasets[0].folder_path"
    monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(job.training_folder))
    (found,) = said(job, "output-not-writable")
    assert found.severity == "error" and found.where == "training_folder"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("save.dtype", "x"), ("train.dtype", ""), ("datasets", []), ("datasets[0].folder_path", None),
        ("sample.prompts", ["a --w wide"]), ("datasets[0].resolution", [16]), ("train.steps", 1), ("device", "cpu"),
        ("model.name_or_path", ""), ("datasets[0].num_frames", 2), ("datasets[0].auto_frame_count", True),
        ("sample.samples", []), ("wannb.vram_gb", 1), ("train.optimizer", "zzz"), ("sample.width", 17),
        ("datasets[0].caption_ext", "json"),
    ],
)  # fmt: skip
def test_preflight_has_findings_for_odd_jobs_and_no_accident(home, key, value):
    job = good_sets.job(home)
    if key == "sample.prompts":
        job.sample.samples = []
    job.put(key, value)
    for machine in (BIG, None):
        look(job, machine)


def test_clip_findings_keep_the_name_of_their_file(home):
    (home / "clips" / "clip_07.txt").unlink()
    job = good_sets.job(home)
    (found,) = said(job, "no-caption")
    assert found.where == "clip_07.mp4"
    assert found in check(job)
