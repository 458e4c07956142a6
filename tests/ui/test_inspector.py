"""What the Inspector answers, without a browser."""

import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wannb import ClipFolder, Inspector, Job, Refusal
from wannb.data.edits import Edits
from wannb.data.items import folder_of, items_of
from wannb.data.pieces import Piece
from wannb.data.pixels import load
from wannb.ui.inspector.source import source_of


def job_of(folder: Path, resolution: int = 64, **settings) -> Job:
    job = Job.recipe("motion", task="i2v", vram_gb=24, data=str(folder), name="inspected")
    job.datasets[0].resolution = [resolution]
    for name, value in settings.items():
        setattr(job.datasets[0], name, value)
    return job


class Page:
    """What a browser would do: it asks, and keeps what is sent."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector, self.sent = inspector, []
        inspector.send = lambda content, buffers=(): self.sent.append((content, list(buffers)))

    def say(self, **content) -> dict:
        self.sent.clear()
        self.inspector._handle_custom_msg(content, [])
        return self.sent[-1][0] if self.sent else {}

    def rows(self) -> dict[str, dict]:
        self.inspector.wait(30)
        return {row["name"]: row for row in self.say(do="rows", fresh=True)["news"]["rows"]}

    def picture(self, *order) -> tuple[dict, bytes]:
        for _ in range(400):
            answer = self.say(do="pictures", wanted=[list(order)])
            if answer["pictures"]:
                return answer["pictures"][0][1], self.sent[-1][1][0]
            time.sleep(0.02)
        raise AssertionError(f"{order} never came")

    def opened(self, name: str) -> dict:
        return self.say(do="open", name=name)["opened"]


@pytest.fixture
def page(folder: Path) -> Page:
    return Page(Inspector(folder).wait(30))


def test_it_takes_a_folder_its_report_and_a_job(folder: Path) -> None:
    job = job_of(folder, num_frames=17, shrink_video_to_frames=False)
    for what in (folder, str(folder), ClipFolder(folder, num_frames=21), job):
        inspector = Inspector(what)
        assert inspector.path == folder and len(inspector.folder.all_clips) == 4
    assert Inspector(ClipFolder(folder, num_frames=21, trigger="frung")).folder.trigger == "frung"
    mode = Inspector(job).folder.mode
    assert (mode.num_frames, mode.shrink) == (17, False)


def test_a_job_s_settings_are_those_of_its_own_report(folder: Path) -> None:
    job = job_of(folder, num_frames=17, auto_frame_count=True, default_caption="x", is_reg=True)
    made, own = source_of(job).look(), folder_of(job.datasets[0], job.trigger_word, job.wannb.windows)
    again = source_of(own).look()
    assert made.mode == own.mode == again.mode and made.is_reg and made.default_caption == again.default_caption == "x"
    assert [clip.windows for clip in made.clips] == [clip.windows for clip in own.clips]
    assert {one.code for one in own.findings} <= {one.code for one in made.findings}


@pytest.mark.parametrize("what", ["nowhere/at/all", 3, None, ["a.mp4"]])
def test_nonsense_is_refused(what: object) -> None:
    with pytest.raises(Refusal, match="Inspector"):
        Inspector(what)


def test_a_file_and_a_job_without_a_folder_are_refused(folder: Path) -> None:
    with pytest.raises(Refusal, match="is a file"):
        Inspector(folder / "plain.mp4")
    job = job_of(folder)
    job.datasets[0].folder_path = None
    with pytest.raises(Refusal, match="no data set with a folder"):
        Inspector(job)


def test_every_clip_is_a_row_with_what_is_known(page: Page) -> None:
    rows = page.rows()
    assert list(rows) == ["bars.mp4", "dead.mp4", "plain.mp4", "scenes.mp4"]
    plain = rows["plain.mp4"]
    assert (plain["frames"], plain["fps"], plain["width"], plain["height"]) == (41, 16, 96, 64)
    assert plain["caption"] == "a red ball, rolling" and plain["words"] == 4 and plain["picked"] == 41
    assert plain["speed"] == pytest.approx(1.0) and plain["energy"] > 0
    assert rows["scenes.mp4"]["worst"] == "warning" and "no-caption" in rows["scenes.mp4"]["codes"]


def test_only_what_changed_is_sent_again(page: Page, folder: Path) -> None:
    page.rows()
    page.inspector.wait(60)
    page.say(do="rows")
    assert "rows" not in page.say(do="rows")["news"]
    page.say(do="leave out", name="plain.mp4")
    page.inspector.wait(30)
    news = page.say(do="rows")["news"]
    assert [row["name"] for row in news["rows"]] == ["plain.mp4"] and news["rows"][0]["out"]
    (folder / "dead.mp4").unlink()
    page.inspector.refresh()
    page.inspector.wait(30)
    assert page.say(do="rows")["news"]["gone"] == ["dead.mp4"]


@pytest.mark.parametrize("how", ["uniform", "rate", "auto"])
@pytest.mark.parametrize("edited", [False, True])
def test_the_frames_shown_are_those_that_training_loads(folder: Path, how: str, edited: bool) -> None:
    if edited:
        Edits.of(folder).set("dead.mp4", [Piece(0.5, 3.0, (8, 0, 72, 64)), Piece(1.0, None)])
    job = job_of(folder, num_frames=17, shrink_video_to_frames=how == "uniform", auto_frame_count=how == "auto")
    items = [item for item in items_of(job)[0] if item.source == "dead.mp4"]
    page = Page(Inspector(job).wait(30))
    for piece, item in enumerate(items):
        known, _ = page.picture("strip", "dead.mp4", piece, 0, 17, how, 64, "mark")
        assert tuple(known["frames"]) == item.frames and tuple(known["size"]) == item.size
        assert known["times"] == pytest.approx([frame / 16 for frame in item.frames], abs=1e-3)
        trained = load(item)
        for index in (0, len(item.frames) // 2, len(item.frames) - 1):
            _, png = page.picture("frame", "dead.mp4", item.frames[index], piece, list(item.size), "mark")
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), trained[index])


def test_the_curve_shows_dead_time_cuts_and_bars(page: Page) -> None:
    dead, _ = page.picture("look", "dead.mp4")
    (start, end) = dead["still"]
    assert start == [0, pytest.approx(12 / 16, abs=2 / 16)]
    assert end == [pytest.approx(52 / 16, abs=2 / 16), pytest.approx(60 / 16)]
    scenes, _ = page.picture("look", "scenes.mp4")
    assert scenes["cuts"] == [pytest.approx(30 / 16, abs=1 / 16)]
    bars, _ = page.picture("look", "bars.mp4")
    assert bars["box"] == pytest.approx([0, 16, 96, 80], abs=2)


def test_pictures_are_small_and_fit(page: Page) -> None:
    _, poster = page.picture("poster", "plain.mp4", "")
    assert Image.open(io.BytesIO(poster)).size == (96, 64)
    known, sprite = page.picture("sprite", "plain.mp4", "")
    assert Image.open(io.BytesIO(sprite)).size == (96 * known["count"], 64)
    known, film = page.picture("film", "plain.mp4")
    assert known["mime"] == "video/mp4" and known["frames"] == 41 and film


def test_what_is_asked_for_last_is_made_and_nothing_else(page: Page) -> None:
    room, made = page.inspector._room, []
    develop = room._develop
    room._develop = lambda order: (time.sleep(0.05), made.append(order[1]), develop(order))[-1]
    names = ["bars.mp4", "dead.mp4", "plain.mp4"]
    page.say(do="pictures", wanted=[["poster", name, "a"] for name in names])
    page.picture("poster", "scenes.mp4", "b")
    assert made[-1] == "scenes.mp4" and len(made) <= 3


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (["poster", "../plain.mp4", ""], "leaves the folder"),
        (["poster", "none.mp4", ""], "cannot be opened"),
        (["strip", "plain.mp4", 0, 0, 4000, "uniform", 64, ""], "cannot be shown"),
        (["wild", "plain.mp4"], "no picture of kind"),
    ],
)
def test_a_picture_that_cannot_be_is_refused_in_a_sentence(page: Page, order: list, words: str) -> None:
    known, data = page.picture(*order)
    assert words in known["refused"] and not data


def test_edits_are_saved_at_once_and_undone(page: Page, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.mp4")}
    page.say(do="trim", name="dead.mp4", piece=0, start=0.75, end=3.25)
    assert page.inspector.edits.pieces("dead.mp4") == (Piece(0.75, 3.25),)
    page.say(do="crop", name="dead.mp4", piece=0, box=[8, 0, 72, 64])
    page.say(do="split", name="dead.mp4", at=[2.0])
    assert [one.crop for one in page.inspector.edits.pieces("dead.mp4")] == [(8, 0, 72, 64)] * 2
    page.say(do="drop", name="dead.mp4", piece=0)
    assert page.inspector.edits.pieces("dead.mp4") == (Piece(2.0, 3.25, (8, 0, 72, 64)),)
    for _ in range(4):
        page.say(do="undo")
    assert page.inspector.edits.pieces("dead.mp4") is None
    page.say(do="redo")
    assert page.inspector.edits.pieces("dead.mp4") == (Piece(0.75, 3.25),)
    assert {path: path.read_bytes() for path in folder.glob("*.mp4")} == before
    assert json.loads((folder / ".wannb-edits.json").read_text())["clips"]["dead.mp4"]


def test_suggestions_for_one_clip_and_for_all(page: Page) -> None:
    page.say(do="suggest", names=["dead.mp4"])
    edits = page.inspector.edits
    (piece,) = edits.pieces("dead.mp4")
    assert piece.start == pytest.approx(0.75, abs=0.13) and piece.end == pytest.approx(3.25, abs=0.13)
    assert edits.pieces("scenes.mp4") is None
    assert page.say(do="suggest")["said"] == "2 clips edited as their findings say."
    edits = page.inspector.edits
    assert len(edits.pieces("scenes.mp4")) == 2 and edits.pieces("bars.mp4")[0].crop
    assert "nothing" not in page.say(do="undo")["said"] and page.inspector.edits.pieces("scenes.mp4") is None


def test_a_refused_deed_changes_nothing_and_says_why(page: Page) -> None:
    assert "cannot be trimmed" in page.say(do="trim", name="plain.mp4", piece=0, start=2.0, end=1.0)["refused"]
    assert "leaves the folder" in page.say(do="trim", name="../x.mp4", piece=0, start=0, end=1.0)["refused"]
    assert page.inspector.edits.names == []
    assert page.say(do="undo")["said"] == "There is nothing to undo."


def test_an_opened_clip_has_its_caption_as_trained(folder: Path) -> None:
    job = job_of(folder, trigger_word="frung")
    caption = Page(Inspector(job).wait(30)).opened("plain.mp4")["caption"]
    assert caption["text"] == "a red ball, rolling" and caption["final"] == "frung a red ball, rolling"
    assert 5 <= caption["tokens"] < 12 and caption["most"] == 512


def test_it_reads_as_text_and_a_picture_too(folder: Path) -> None:
    inspector = Inspector(folder).wait(30)
    data = inspector._repr_mimebundle_()[0]
    assert "4 clips" in data["text/plain"] and "dead.mp4" in data["text/plain"] and data["image/jpeg"]
    inspector.selected = "dead.mp4"
    assert repr(inspector) == f"Inspector({str(folder)!r}, 4 clips, 'dead.mp4' opened)"


def test_an_empty_folder_and_broken_clips_are_no_trouble(tmp_path: Path) -> None:
    empty = Inspector(tmp_path)
    assert empty.folder.clips == [] and "text/plain" in empty._repr_mimebundle_()[0]
    (tmp_path / "broken.mp4").write_bytes(b"no video at all")
    page = Page(Inspector(tmp_path).wait(30))
    assert page.rows()["broken.mp4"]["ok"] is False
    assert "is text, not video" in page.opened("broken.mp4")["refused"]


def test_captions_are_written_at_once_and_undone(page: Page, folder: Path) -> None:
    page.say(do="caption", name="scenes.mp4", text="two\nscenes")
    assert (folder / "scenes.txt").read_text().strip() == "two scenes"
    assert page.say(do="replace", find="red ball", **{"with": "green ball"})["said"] == "3 captions changed."
    assert "green ball" in (folder / "dead.txt").read_text()
    names = ["dead.mp4", "bars.mp4"]
    page.say(do="prefix", text="frung,", names=names)
    page.say(do="suffix", text=", soft light", names=names)
    assert (folder / "dead.txt").read_text() == "frung, a green ball rolls to the right, soft light"
    page.say(do="template", template="orbit 360 around the subject, {caption}", names=["plain.mp4"])
    assert (folder / "plain.txt").read_text() == "orbit 360 around the subject, a green ball, rolling"
    for _ in range(5):
        page.say(do="undo caption")
    assert (folder / "dead.txt").read_text() == "a red ball rolls to the right" and not (folder / "scenes.txt").exists()
    assert page.rows()["scenes.mp4"]["caption"] == ""
    page.say(do="redo caption")
    assert page.rows()["scenes.mp4"]["caption"] == "two scenes"
    assert "nothing to find" in page.say(do="replace", find="")["refused"]


def test_templates_are_those_of_the_kind(folder: Path) -> None:
    news = Page(Inspector(job_of(folder)).wait(30)).say(do="rows", fresh=True)["news"]
    assert all("orbit" in template for template in news["templates"]) and news["wishes"]["task"] == "i2v"


def test_findings_are_shown_at_their_clip_and_mended_by_fix(page: Page) -> None:
    rows = page.rows()
    assert "scene-cut" in rows["scenes.mp4"]["codes"] and "bars" in rows["bars.mp4"]["codes"]
    said = {one["code"]: one for one in page.opened("dead.mp4")["findings"]}
    assert said["static-start"]["curable"] and not said.get("time-warp", {"curable": False})["curable"]
    page.say(do="fix", name="dead.mp4", code="static-start", where="dead.mp4")
    (piece,) = page.inspector.edits.pieces("dead.mp4")
    assert piece.start > 0.5 and piece.end is None
    assert "static-start" not in page.rows()["dead.mp4"]["codes"]


def test_trimmed_copies_are_written_aside(page: Page, folder: Path, tmp_path: Path) -> None:
    page.say(do="trim", name="dead.mp4", piece=0, start=0.75, end=3.25)
    page.say(do="leave out", name="bars.mp4")
    assert "writing copies" in page.say(do="copies", to=str(tmp_path / "copies"))["news"]["busy"]
    page.inspector._copying.wait(60)
    assert page.say(do="rows")["news"]["said"] == f"3 copies written to {tmp_path / 'copies'}."
    assert not page.say(do="rows")["news"]["said"]
    names = {path.name for path in (tmp_path / "copies").iterdir()}
    assert {"dead.mp4", "dead.txt", "plain.mp4", "scenes.mp4"} <= names and "bars.mp4" not in names
    at_once = page.say(do="copies", to=str(folder / "inside"))["news"]["said"]
    page.inspector._copying.wait(60)
    assert "lies among the clips" in at_once + page.say(do="rows")["news"]["said"]
    assert "Name the folder" in page.say(do="copies", to=" ")["refused"]


def test_what_is_said_of_several_pieces_is_one_line(page: Page) -> None:
    page.say(do="split", name="plain.mp4", at=[1.0])
    page.rows()
    said = {one["code"]: one["pieces"] for one in page.opened("plain.mp4")["findings"]}
    assert said["low-resolution"] == [1, 2]


def test_shapes_to_crop_to_have_the_buckets_that_such_a_crop_gets(page: Page) -> None:
    shapes = {one["name"]: one["size"] for one in page.opened("plain.mp4")["aspects"]["512"]}
    assert shapes["its own"] == [96, 64] and shapes["1:1"] == [64, 64] and shapes["16:9"] == [96, 48]
