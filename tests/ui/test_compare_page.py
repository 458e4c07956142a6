"""A run's clips as a picture, as a page, and as `wannb compare` tells them."""

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.data.numbered import number_of, painted
from tests.ui.compared_run import compared_run, preview
from wannb.cli import main
from wannb.data.video import probe, read_frames
from wannb.data.video_file import write_mp4
from wannb.refusal import Refusal
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.ui.compare.compare import Compare
from wannb.ui.compare.gathered import gathered
from wannb.ui.compare.page import smaller, write_compare_page
from wannb.ui.compare.sheet import compare_sheet
from wannb.ui.compare.views import Views


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two prompts × base and three checkpoints; tests that change it copy it first."""
    return compared_run(tmp_path_factory.mktemp("compared"), prompts=2, frames=9)


@pytest.fixture
def run(made: Run, tmp_path: Path) -> Run:
    return Run(shutil.copytree(made.path, tmp_path / made.path.name))


def test_figures_and_the_proposal_are_those_of_the_layers_below(made: Run) -> None:
    from wannb.runs.choosing import Measures, propose

    told = gathered(made).to_dict()
    by_place = {(one["row"], one["high"], one["low"]): one for one in told["clips"]}
    assert len(by_place) == len(told["clips"]) == 8
    assert told["proposal"] == json.loads(json.dumps(propose(made).to_dict()))
    wish = Wish.of(made.config.samples[1], 200, 200)
    found = by_place[wish.base.key, 200, 200]
    assert found["figures"] == Measures(made).of(wish).to_dict() and found["figures"]["drift"] > 1
    assert Path(found["video"]).is_file() and told["figures"]["motion"]["unit"]
    assert by_place[wish.base.key, 0, 0]["figures"]["drift"] is None


def test_the_sheet_shows_a_frame_of_each_clip_in_its_place(made: Run) -> None:
    sheet = np.asarray(compare_sheet(made).still)
    wide, tall, side, head, gap = 139, 104, 150, 20, 6
    for row in range(2):
        for column in range(4):
            top, left = head + row * (tall + gap), side + column * (wide + gap)
            tile = sheet[top : top + tall, left : left + wide]
            assert number_of(tile) == 4  # of nine frames the middle one
            red, green, _ = tile[6, wide // 2].astype(int)
            assert abs(red - (200 - 50 * column)) < 12 and abs(green - (40 + 50 * column)) < 12


def test_without_clips_it_says_when_they_come(run: Run) -> None:
    shutil.rmtree(run.dir.previews)
    for act in (compare_sheet, gathered):
        with pytest.raises(Refusal, match="no preview clips yet"):
            act(run)
    assert "no preview clips yet" in Compare(run)._repr_mimebundle_()[0]["text/plain"]


def test_the_page_has_all_in_it_and_words_stay_words(run: Run, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror=alert(1)> & <b>"
    preview(run.dir, run.config, replace(run.config.samples[0], prompt=evil), 0, 9)
    page = write_compare_page(tmp_path / "page.html", gathered(run))
    text = page.path.read_text()
    assert page.bytes == page.path.stat().st_size and page.width is None
    assert evil not in text and str(run.path) not in text
    assert text.count("<script") == text.count("</script") and not re.search(
        r"<(img|link|iframe)[^>]+(src|href)=(?!.data:)", text
    )
    assert not re.search(r"https?://", text)
    data = json.loads(re.search(r'id="wannb-data">(.*?)</script>', text, re.DOTALL)[1])
    inline = dict(re.findall(r'id="(clip-\d+)">([^<]*)</script>', text))
    assert len(inline) == len(data["clips"]) == 9
    for line in data["views"][0]["rows"]:
        for cell in filter(lambda cell: cell["clip"], line["cells"]):
            clip = base64.b64decode(inline[f"clip-{data['clips'][cell['clip']]['at']}"])
            assert (
                clip
                == Views(run)
                .shelf.find(Wish.of(sample_of(run, line, evil), cell["high"], cell["low"]))
                .video.read_bytes()
            )


def sample_of(run: Run, line: dict, evil: str):
    samples = [*run.config.samples, replace(run.config.samples[0], prompt=evil)]
    return next(one for one in samples if one.prompt == line["label"])


def test_a_page_that_would_be_too_large_takes_smaller_copies(made: Run, tmp_path: Path) -> None:
    shown = gathered(made)
    shown = replace(shown, videos=dict.fromkeys(shown.videos, noisy(tmp_path / "noisy.mp4")))
    assert write_compare_page(tmp_path / "whole.html", shown).width is None
    page = write_compare_page(tmp_path / "small.html", shown, most_mb=0.45)
    assert page.bytes <= 0.45e6 < (tmp_path / "whole.html").stat().st_size
    (clip,) = set(re.findall(r'id="clip-\d+">([^<]*)</script>', page.path.read_text()))
    (tmp_path / "copy.mp4").write_bytes(base64.b64decode(clip))
    assert probe(tmp_path / "copy.mp4").width == page.width < 256
    with pytest.raises(Refusal, match="--most-mb"):
        write_compare_page(tmp_path / "none.html", shown, most_mb=0.01)
    assert not (tmp_path / "none.html").exists()


def test_a_smaller_copy_keeps_every_frame(tmp_path: Path) -> None:
    video, target = noisy(tmp_path / "noisy.mp4"), tmp_path / "copy.mp4"
    target.write_bytes(smaller(video, 128).data)
    facts = probe(target)
    assert (facts.width, facts.height, facts.frames, facts.fps) == (128, 96, 5, 16)
    assert [number_of(frame) for frame in read_frames(target, range(5))] == list(range(5))
    assert smaller(video, 480).data == video.read_bytes()


def noisy(path: Path) -> Path:
    """A clip of 256×192 that no codec makes small, with the frames' numbers on it."""
    frames = np.stack([painted(number, 256, 192) for number in range(5)])
    frames[:, :48] = np.random.default_rng(0).integers(0, 255, frames[:, :48].shape)
    write_mp4(path, frames)
    return path


def test_the_verb_writes_the_page_and_tells_it_in_json(run: Run, capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert main(["compare", str(run.path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"rows", "columns", "clips", "proposal", "page"} <= set(told) and Path(
        told["page"]
    ) == run.path / "compare.html"
    assert {one["state"] for one in told["clips"]} == {"ready"} and len(told["clips"]) == len(told["rows"]) * len(
        told["columns"]
    )
    assert main(["compare", str(run.path), "-o", str(tmp_path)]) == 1
    assert "ends in .html" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "nothing")]) == 1
