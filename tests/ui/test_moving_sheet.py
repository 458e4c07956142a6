"""Clips on a sheet that moves: each in its place, in step, small enough; the grids of Compare as such sheets."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wannb
from tests.data import numbered
from tests.data.numbered import number_of
from tests.ui.compared_run import compared_run
from wannb.refusal import Refusal
from wannb.runs.clips import orders
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.ui import moving_sheet
from wannb.ui.moving_sheet import GAP, LINE, TALL


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two prompts × base and three checkpoints."""
    return compared_run(tmp_path_factory.mktemp("compared"), prompts=2, frames=9)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Clips of 9, 9 and 5 frames with their numbers painted on."""
    folder = tmp_path_factory.mktemp("clips")
    return [numbered.write(folder / f"{i}.mp4", count=count) for i, count in enumerate((9, 9, 5))]


def frames_of(data: bytes) -> list[np.ndarray]:
    picture, found = Image.open(io.BytesIO(data)), []
    for number in range(picture.n_frames):
        picture.seek(number)
        found.append(np.asarray(picture.convert("RGB")))
    return found


def test_clips_move_in_step_and_a_shorter_one_waits_on_its_last_frame(clips: list[Path]) -> None:
    sheet = wannb.moving(clips, ["a", "b", "c"], columns=2)
    wide = sheet.places[0].width
    assert sheet.size == (2 * wide + GAP, 2 * (LINE + TALL) + GAP)
    pictures = frames_of(sheet.moving())
    assert len(pictures) == 9
    for number, picture in enumerate(pictures):
        tiles = [picture[one.top : one.top + one.height, one.left : one.left + one.width] for one in sheet.places]
        assert [number_of(tile) for tile in tiles] == [number, number, min(number, 4)]
    assert number_of(np.asarray(sheet.still)[LINE : LINE + TALL, :wide]) == 4


def test_it_is_as_large_as_may_be_and_says_what_it_is(clips: list[Path], tmp_path: Path) -> None:
    sheet = wannb.moving(clips)
    whole = sheet.moving()
    smaller = sheet.moving(most_bytes=len(whole) - 1)
    assert len(smaller) < len(whole) and len(frames_of(smaller)) == 5
    data = sheet._repr_mimebundle_()
    assert data["text/plain"] == "Sheet(0.mp4 · 1.mp4 · 2.mp4, 3 clips)"
    assert base64.b64decode(data["text/html"].split("base64,")[1].split('"')[0]) == whole
    assert data["text/html"].startswith('<img alt="Sheet(0.mp4')
    assert f'width="{round(moving_sheet.SHOWN * sheet.size[0])}"' in data["text/html"], "smaller, it is shown alike"
    sheet.save(tmp_path / "sheet.webp")
    assert (tmp_path / "sheet.webp").read_bytes() == whole
    sheet.save(tmp_path / "sheet.png")
    assert Image.open(tmp_path / "sheet.png").size == sheet.size


def test_words_of_a_prompt_stay_words(clips: list[Path]) -> None:
    data = wannb.moving(clips[:1], ['"><script>x</script>'])._repr_mimebundle_()
    assert "<script" not in data["text/html"] and data["text/html"].count(">") == 1


def test_a_long_caption_takes_as_many_lines_as_it_needs(clips: list[Path]) -> None:
    font, wide = moving_sheet.font(), moving_sheet.fitted(clips[0], 0, 0).width
    caption = "a big teal circle orbits on a orange background"
    assert moving_sheet.lines("", wide, font) == [""] and moving_sheet.lines("× 1", wide, font) == ["x 1"]
    own = moving_sheet.lines(caption, wide, font)
    told = moving_sheet.lines(3 * caption, wide, font)
    assert len(own) > 1 and " ".join(own) == caption
    assert len(told) == moving_sheet.MOST_LINES and told[-1].endswith("…")
    assert all(font.getlength(line) <= wide for line in told)
    sheet = wannb.moving(clips, [caption, "b", "c"], columns=2)
    assert [place.top % (sheet.size[1] // 2) for place in sheet.places[:2]] == [len(own) * LINE] * 2


def test_what_cannot_be_shown_is_refused(clips: list[Path]) -> None:
    with pytest.raises(Refusal, match="no clips"):
        wannb.moving([])
    with pytest.raises(Refusal, match="3 clips and 1 caption"):
        wannb.moving(clips, ["a"])


def test_checkpoints_can_be_chosen_and_the_base_stays(made: Run) -> None:
    assert len(wannb.compare_sheet(made).places) == 8
    sheet = wannb.compare_sheet(made, steps=[100, 300])
    names = [place.video.parent.name for place in sheet.places[:3]]
    assert names == ["000000000", "000000100", "000000300"] and len(sheet.places) == 6


def test_pairs_and_strengths_are_grids_of_one_prompt(made: Run) -> None:
    pairs = wannb.pair_sheet(made, steps=[100, 300], sample=1)
    assert [place.video.parent.name for place in pairs.places] == ["000000000", "000000100", "000000300"], "a diagonal"
    assert len({(place.left, place.top) for place in pairs.places}) == 3
    strengths = wannb.strength_sheet(made, 200, 200, strengths=(0, 1))
    assert [place.video.parent.name for place in strengths.places] == ["000000000", "000000200", *["000000200"] * 2]
    with pytest.raises(Refusal, match="no sample 2: it has 2"):
        wannb.pair_sheet(made, sample=2)


def test_what_is_lacking_is_rendered_when_asked(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer that makes all at once stands in for the process."""
    ordered: list[Wish] = []

    def order(self: Shelf, wishes: list[Wish]) -> None:
        ordered.extend(wishes)

    found = Shelf.find
    rendered = found(Shelf(made), Wish.of(made.config.samples[0], 0, 0))
    monkeypatch.setattr(Shelf, "order", order)
    monkeypatch.setattr(Shelf, "find", lambda self, wish: found(self, wish) or (rendered if wish in ordered else None))
    heard: list[tuple] = []
    sheet = wannb.pair_sheet(made, steps=[100], make=True, progress=lambda *told: heard.append(told))
    assert len(sheet.places) == 4 and {(wish.high, wish.low) for wish in ordered} == {(0, 100), (100, 0)}
    assert heard[-1] == ("rendering clips", 2, 2)


def test_where_nothing_can_be_rendered_the_reason_is_said(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def order(self: Shelf, wishes: list[Wish]) -> None:
        for wish in wishes:
            orders.refuse(self.dir, wish.key, "The model is gone.")

    monkeypatch.setattr(Shelf, "order", order)
    with pytest.raises(Refusal, match="The model is gone"):
        wannb.pair_sheet(made, steps=[200], make=True, progress=lambda *told: None)


def test_a_sheet_reads_nothing_before_it_is_shown(clips: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_sheet, "iter_frames", lambda *_: pytest.fail("a clip was read"))
    repr(wannb.moving(clips))


def test_a_sign_that_the_font_lacks_is_written_otherwise() -> None:
    font = moving_sheet.font()
    assert moving_sheet.fitting("× 0.5", 100, font) == "x 0.5"
    assert moving_sheet.fitting("a long word", 30, font).endswith("…")
