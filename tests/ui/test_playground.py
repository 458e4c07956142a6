"""The Playground's Python side: the wish that its fields make, what is said of wrong ones, what other hosts see."""

import base64
import io

import pytest
from PIL import Image

from tests.runs.clips.written import made, rendered
from tests.train import small_job
from tests.ui.made_run import MadeRun
from wannb.runs import launching
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.ui.playground.form import Faults, begun, form_of, wish_of
from wannb.ui.playground.images import FirstFrames
from wannb.ui.playground.playground import Playground


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "start_detached", lambda log, command: (0, 0.0))
    return made(tmp_path, {"high": (1, 2, 3), "low": (1, 2, 3)})


def heard(playground, **content):
    said = []
    playground.send = lambda answer, buffers=(): said.append((answer, list(buffers or ())))
    playground._handle_custom_msg(content, [])
    return said[0] if said else None


def test_fields_begin_as_the_samples_with_the_newest_pair(run):
    (form,) = begun(run.config, {"high": [1, 2, 3], "low": [1, 2]})
    assert (form["high"], form["low"], form["prompt"], form["image"]) == (3, 2, "fast red circle", "")
    assert wish_of(form, run, None) == Wish.of(run.config.samples[0], 3, 2)


def test_what_a_page_sends_as_text_is_the_same_wish(run):
    wish = Wish.of(run.config.samples[0], 1, 3, high_strength=0.5, guidance_scale=4.5)
    typed = {name: str(value) for name, value in form_of(wish).items()}
    assert wish_of(typed, run, None) == wish and wish_of(typed, run, None).key == wish.key


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("width", "40", "multiple of 16 pixels: 32 or 48"),
        ("height", "", "Give a number for the height"),
        ("num_frames", "8", "4n+1 frames: 5 or 9"),
        ("seed", "1.5", "whole number from 0"),
        ("steps", "0", "whole number from 1"),
        ("guidance_scale_2", "-1", "from 0 up"),
        ("low_strength", "nan", "from 0 up"),
        ("high", "7", "step 7 is not there any more"),
    ],
)
def test_a_wrong_field_is_named(run, name, value, words):
    form = begun(run.config, {"high": [3], "low": [3]})[0]
    with pytest.raises(Faults) as refused:
        wish_of(form | {name: value}, run, None)
    assert list(refused.value.said) == [name] and words in refused.value.said[name]


def test_image_to_video_takes_images_of_samples_clips_and_paths(tmp_path):
    small_job.clips(tmp_path / "clips", image=True)
    with MadeRun(tmp_path) as pictured:
        job = small_job.job(tmp_path, tmp_path, "i2v")
        job.name = pictured.job.name
        job.sample.samples[0].ctrl_img = str(tmp_path / "clips/still.png")
        job.anchored().save(pictured.dir.config)
        frames = FirstFrames(pictured.run)
        assert [one["label"] for one in frames.offered()] == ["still.png", "clip0.mp4", "clip1.mp4", "clip2.mp4"]
        image = frames.at("clip:1")
        assert image.is_relative_to(pictured.dir.path / "clips") and Image.open(image).size == (32, 32)
        form = form_of(Wish.of(job.samples[0], 0, 0))
        assert wish_of(form | {"image": "clip:1"}, pictured.run, frames.at).image == image
        for bad, words in (
            ("", "starts from a first frame"),
            ("/nowhere.png", "no image at"),
            ("clip:9", "choose another"),
        ):
            with pytest.raises(Faults, match=words):
                wish_of(form | {"image": bad}, pictured.run, frames.at)


def test_rendering_orders_the_clip_and_its_base(run):
    playground, shelf = Playground(run), Shelf(run)
    rendered(run, Wish.of(run.config.samples[0], 0, 0))
    form = begun(run.config, {"high": [2], "low": [3]})[0]
    answer, _ = heard(playground, do="render", form=form)
    wish = wish_of(form, run, None)
    assert answer["shown"] == {"lora": wish.key, "base": wish.base.key} and answer["words"] == "high 2, low 3"
    assert [row["key"] for row in shelf.progress()] == [wish.key]  # the base is there already
    news, buffers = heard(playground, do="ask", shown=answer["shown"], has=[], history="")
    clips = news["news"]["clips"]
    assert clips["lora"]["state"] == "waiting" and clips["base"]["state"] == "ready"
    assert buffers == [shelf.find(wish.base).video.read_bytes()]
    news, buffers = heard(playground, do="ask", shown=answer["shown"], has=[wish.base.key], history="")
    assert buffers == []
    heard(playground, do="cancel", keys=[wish.key])
    assert shelf.progress() == []
    answer, _ = heard(playground, do="render", form=form | {"width": 40, "seed": ""})
    assert answer["faults"].keys() == {"width", "seed"}
    answer, _ = heard(playground, do="open", key="0" * 32)
    assert "not there any more" in answer["trouble"]


def test_hosts_without_widgets_see_the_newest_clip_and_the_base(run):
    playground = Playground(run)
    assert "image/jpeg" not in playground._repr_mimebundle_()[0]
    wish = Wish.of(run.config.samples[0], 1, 3)
    rendered(run, wish)
    rendered(run, wish.base)
    data, _ = playground._repr_mimebundle_()
    sheet = Image.open(io.BytesIO(base64.b64decode(data["image/jpeg"])))
    assert sheet.height == 2 * (16 + 88 + 4) and data["text/plain"] == f"Playground({str(run.path)!r})"
    news, _ = heard(playground, do="ask", shown={}, has=[], history="")
    assert [one["pair"] for one in news["news"]["history"]] == ["high 1, low 3"]
    again, _ = heard(playground, do="ask", shown={}, has=[], history=news["news"]["version"])
    assert "history" not in again["news"]
    thumbs, buffers = heard(playground, do="thumbs", keys=[wish.key])
    assert thumbs["thumbs"] == [wish.key] and Image.open(io.BytesIO(buffers[0])).size == (32, 32)
