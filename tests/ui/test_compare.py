"""What the grid of a run's clips holds, what it asks for, and what is noted on it."""

import base64
import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.ui.compared_run import PROMPTS, STEPS, compared_run, lora_pair, preview
from wannb.refusal import Refusal
from wannb.runs.choosing.notes import Notes
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.ui.compare.compare import Compare
from wannb.ui.compare.sheet import compare_sheet
from wannb.ui.compare.views import Views

NO_PINS: dict = {}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two prompts × base and three checkpoints; tests that change it copy it first."""
    return compared_run(tmp_path_factory.mktemp("compared"), prompts=2, frames=9)


@pytest.fixture
def run(made: Run, tmp_path: Path) -> Run:
    return Run(shutil.copytree(made.path, tmp_path / made.path.name))


def cells(view: dict) -> list[list[dict]]:
    return [row["cells"] for row in view["rows"]]


def test_prompts_by_checkpoints_with_the_base_first(made: Run) -> None:
    view = Views(made).view({"kind": "steps"}, NO_PINS, [])
    assert [one["label"] for one in view["columns"]] == ["base", "step 100", "step 200", "step 300"]
    assert [one["label"] for one in view["rows"]] == list(PROMPTS[:2])
    for line, sample in zip(cells(view), made.config.samples, strict=True):
        for cell, step in zip(line, (0, *STEPS), strict=True):
            assert (cell["state"], cell["high"], cell["low"]) == ("ready", step, step)
            assert cell["key"] == Wish.of(sample, step, step).key


def test_a_pair_of_two_steps_is_a_column_of_its_own(made: Run) -> None:
    view = Views(made).view({"kind": "steps"}, NO_PINS, [(300, 100), (100, 100)])
    assert [one["label"] for one in view["columns"]][4:] == ["high 300 · low 100"]
    assert {line[4]["state"] for line in cells(view)} == {"missing"}


def test_prompts_of_before_stay_below_the_jobs_own(run: Run) -> None:
    old = replace(run.config.samples[0], prompt="an older prompt", seed=7)
    preview(run.dir, run.config, old, 100, 9)
    view = Views(run).view({"kind": "steps"}, NO_PINS, [])
    assert [one["label"] for one in view["rows"]] == [*PROMPTS[:2], "an older prompt"]
    assert [cell["state"] for cell in cells(view)[2]] == ["missing", "ready", "missing", "missing"]


def test_equal_words_are_told_apart_by_what_differs(run: Run) -> None:
    preview(run.dir, run.config, replace(run.config.samples[0], seed=7), 0, 9)
    rows = Views(run).view({"kind": "steps"}, NO_PINS, [])["rows"]
    assert [one["detail"] for one in rows] == ["seed 42", "", "seed 7"]


def test_what_cannot_be_made_any_more_says_why(run: Run) -> None:
    for name in ("0.json", "1.json"):
        (run.dir.previews / f"{100:09d}" / name).unlink()
    run.dir.checkpoint("low", 100).unlink()
    preview(run.dir, run.config, run.config.samples[1], 100, 1)
    line = cells(Views(run).view({"kind": "steps"}, NO_PINS, []))[0]
    assert (line[1]["state"], line[1]["words"]) == ("gone", "The low-noise file of step 100 is not kept.")


def test_every_high_step_with_every_low_step(made: Run) -> None:
    views = Views(made)
    views.view({"kind": "steps"}, NO_PINS, [])
    row = views.prompts()[1]["id"]
    view = views.view({"kind": "pairs", "row": row}, NO_PINS, [])
    steps = [0, *STEPS]
    assert [[(one["high"], one["low"]) for one in line] for line in cells(view)] == [
        [(high, low) for low in steps] for high in steps
    ]
    ready = {(one["high"], one["low"]) for line in cells(view) for one in line if one["state"] == "ready"}
    assert ready == {(step, step) for step in steps}
    assert view["rows"][0]["label"] == "high base" and view["columns"][3]["label"] == "low 300"


def test_strengths_of_both_and_of_each(made: Run) -> None:
    views = Views(made)
    views.view({"kind": "steps"}, NO_PINS, [])
    sample = made.config.samples[0]
    row = views.prompts()[0]["id"]
    view = views.view({"kind": "strengths", "row": row, "high": 300, "low": 200}, NO_PINS, [])
    assert [one["label"] for one in view["columns"]] == [
        f"× {x}" for x in ("0", "0.25", "0.5", "0.75", "1", "1.25", "1.5")
    ]
    both, high, low = cells(view)
    assert both[0]["key"] == Wish.of(sample, 0, 0).key and both[0]["state"] == "ready"
    assert high[0]["key"] == Wish.of(sample, 0, 200).key and low[0]["key"] == Wish.of(sample, 300, 0).key
    assert len({line[4]["key"] for line in (both, high, low)}) == 1
    assert (high[6]["high_strength"], high[6]["low_strength"]) == (1.5, 1.0)
    with pytest.raises(Refusal, match="no such prompt"):
        views.view({"kind": "pairs", "row": "nothing"}, NO_PINS, [])


def test_the_line_that_exports_names_a_step_only_where_the_file_does(run: Run) -> None:
    lora_pair(run.dir, None, header=400)
    views = Views(run)
    view = views.view({"kind": "steps"}, NO_PINS, [])
    steps = {"100": "--high 100", "200": "--high 200", "300": "--high 300", "400": ""}
    assert view["export"]["flags"]["high"] == {"0": "--high-strength 0", **steps}
    assert [one["label"] for one in view["columns"]][-1] == "step 400"  # no clip of it yet, but files


def test_notes_outlive_who_made_them_and_are_not_written_over(run: Run) -> None:
    first, second = Compare(run), Notes(run.path)
    first._heard(first, {"do": "rate", "clip": "ab", "stars": 4}, None)
    first._heard(first, {"do": "note", "name": "chosen", "value": {"high": 300, "low": 100}}, None)
    second.rate("cd", 0)
    assert Compare(run).notes["ratings"] == {"ab": 4, "cd": 0} and Compare(run).chosen == {"high": 300, "low": 100}
    second.rate("ab", None)
    assert first.notes["ratings"] == {"cd": 0}
    for name, value in (
        ("ratings", {"ab": 6}),
        ("pins", []),
        ("nothing", 1),
        ("blind", {"columns": [1], "prefers": {}}),
    ):
        with pytest.raises(Refusal, match="takes no"):
            second.put(name, value)
    second.path.write_text("{ by hand")
    with pytest.raises(Refusal, match="is no JSON"):
        second.rate("ab", 1)
    assert second.path.read_text() == "{ by hand"


def test_missing_clips_are_ordered_and_taken_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shelf, "go_on", lambda shelf: None)  # the renderer has tests of its own
    compare, sent = Compare(run), []
    compare.send = lambda content, buffers=(): sent.append(content)
    ask = {
        "do": "view",
        "view": {"kind": "pairs", "row": Views(run).view({"kind": "steps"}, {}, [])["prompts"][0]["id"]},
    }
    compare._heard(compare, ask, None)
    wanted = sent[-1]["view"]["rows"][1]["cells"][2]
    assert (wanted["high"], wanted["low"], wanted["state"]) == (100, 200, "missing")
    compare._heard(compare, {"do": "order", "keys": [wanted["key"]]}, None)
    compare._heard(compare, ask, None)
    assert sent[-1]["view"]["rows"][1]["cells"][2]["state"] == "waiting" and sent[-1]["again"] == "soon"
    compare._heard(compare, {"do": "cancel", "keys": [wanted["key"]]}, None)
    compare._heard(compare, ask, None)
    assert sent[-1]["view"]["rows"][1]["cells"][2]["state"] == "missing"
    compare._heard(compare, {"do": "order", "keys": ["unknown"]}, None)
    assert "not one of those shown" in sent[-1]["trouble"]


def test_a_pair_without_files_is_not_exported(run: Run) -> None:
    compare, sent = Compare(run), []
    compare.send = lambda content, buffers=(): sent.append(content)
    compare._heard(compare, {"do": "view", "view": {"kind": "steps"}}, None)
    compare._heard(compare, {"do": "export", "high": 100, "low": 250}, None)
    assert "no low-noise file of step 250" in sent[-1]["trouble"] and not (run.path / "export").exists()


def test_a_page_that_knows_all_is_told_nothing_twice(made: Run) -> None:
    compare, sent = Compare(made), []
    compare.send = lambda content, buffers=(): sent.append(content)
    compare._heard(compare, {"do": "view", "view": {"kind": "steps"}}, None)
    compare._thoughts.wait(60)
    compare._heard(compare, {"do": "view", "view": {"kind": "steps"}}, None)
    known = sent[-1]["view"]["version"]
    compare._heard(compare, {"do": "view", "view": {"kind": "steps"}, "known": known}, None)
    assert sent[-1] == {"again": "later"}


def test_the_widget_has_a_picture_for_hosts_that_show_none(made: Run) -> None:
    data, _ = Compare(made)._repr_mimebundle_()
    with Image.open(io.BytesIO(base64.b64decode(data["image/jpeg"]))) as picture:
        assert picture.size == compare_sheet(made).size
