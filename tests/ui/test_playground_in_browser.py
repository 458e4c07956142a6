"""The Playground in a real browser, with a real renderer behind it: ask for a pair, watch it come, go back to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.runs.clips import forked
from tests.runs.clips.conftest import at_end, material, small_run  # noqa: F401
from tests.train.conftest import models  # noqa: F401
from tests.ui.browser import mount, page
from tests.ui.conftest import CHROMIUM
from wannb.runs import launching
from wannb.runs.clips.shelf import Shelf
from wannb.runs.run import Run
from wannb.ui.playground.playground import Playground

TRAITS = ["_name", "_about"]
PATIENT = 90_000  # milliseconds: others use this machine, too
COUNT = """() => { window.open_ = 0; const make = URL.createObjectURL, drop = URL.revokeObjectURL;
  URL.createObjectURL = (blob) => { window.open_ += 1; return make.call(URL, blob); };
  URL.revokeObjectURL = (url) => { window.open_ -= 1; drop.call(URL, url); }; }"""


@pytest.fixture(scope="module")
def made(material: Path, models: dict) -> Run:  # noqa: F811
    return small_run(material, models["i2v"], "played", "i2v")


@pytest.fixture
def run(made: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_end: list) -> Run:  # noqa: F811
    monkeypatch.setattr(launching, "start_detached", forked.start_detached)
    copy = Run(shutil.copytree(made.path, tmp_path / "played", ignore=shutil.ignore_patterns("clips")))
    at_end.append(copy)
    return copy


@pytest.fixture
def sheet() -> Iterator[Page]:
    with page(CHROMIUM) as opened:
        opened.set_default_timeout(PATIENT)
        yield opened


def field(sheet: Page, name: str):
    return sheet.locator(f".wannb-pg-{name} .wannb-pg-field").first


def shows(sheet: Page, clips: int) -> None:
    sheet.wait_for_function(
        "(n) => document.querySelector('.wannb-pg-stage').dataset.clips === String(n)"
        " && [...document.querySelectorAll('video')].every((video) => video.readyState >= 2)",
        arg=clips,
    )


def opened(sheet: Page, run: Run) -> None:
    mount(sheet, Playground(run), TRAITS, talks=True)
    sheet.wait_for_function("document.querySelectorAll('.wannb-pg-high option').length === 4")  # base and three steps


def test_a_pair_is_asked_for_comes_and_can_be_gone_back_to(sheet: Page, run: Run) -> None:
    sheet.evaluate(COUNT)
    opened(sheet, run)
    field(sheet, "high").select_option("2")
    field(sheet, "low_strength").fill("0.5")
    field(sheet, "prompt").fill("a blue square")
    field(sheet, "prompt").press("Control+Enter")
    shows(sheet, 2)
    captions = sheet.locator(".wannb-pg-caption").all_inner_texts()
    assert captions == ["Base", "high 2, low 3\u00a0×\u00a00.5"]
    clip = Shelf(run).rendered()[0]
    (mine,) = [one for one in Shelf(run).rendered() if one.wish.high]
    assert (mine.wish.prompt, mine.wish.low_strength, mine.wish.image.name) == ("a blue square", 0.5, "still.png")
    stage = sheet.locator(".wannb-pg-stage")
    stage.focus()
    for key, frame in (("Home", 0), ("ArrowRight", 1), ("End", clip.wish.num_frames - 1)):
        stage.press(key)
        sheet.wait_for_function(
            "(n) => document.querySelector('.wannb-pg-stage').dataset.frame === String(n)", arg=frame
        )
        sheet.wait_for_function("[...document.querySelectorAll('video')].every((video) => !video.seeking)")
        times = sheet.evaluate("[...document.querySelectorAll('video')].map((video) => video.currentTime)")
        assert times[0] == times[1]

    field(sheet, "seed").fill("7")
    sheet.get_by_role("button", name="Render").click()
    sheet.wait_for_function("document.querySelectorAll('.wannb-pg-entry').length === 2")
    shows(sheet, 2)
    entries = sheet.locator(".wannb-pg-entry")
    assert "seed 7" in entries.nth(0).inner_text() and entries.nth(0).get_attribute("aria-current") == "true"
    sheet.wait_for_function("[...document.querySelectorAll('.wannb-pg-thumb')].every((one) => one.naturalWidth > 0)")
    field(sheet, "prompt").fill("something else")
    entries.nth(1).click()
    sheet.wait_for_function("document.querySelectorAll('.wannb-pg-entry')[1].getAttribute('aria-current') === 'true'")
    assert field(sheet, "prompt").input_value() == "a blue square" and field(sheet, "seed").input_value() == "0"
    shows(sheet, 2)
    sheet.evaluate("wannb.clear()")
    assert sheet.evaluate("window.open_") == 1  # the test's own module


def test_what_is_wrong_is_said_by_its_field(sheet: Page, run: Run) -> None:
    opened(sheet, run)
    field(sheet, "width").fill("40")
    field(sheet, "num_frames").fill("6")
    sheet.get_by_role("button", name="Render").click()
    fault = sheet.locator(".wannb-pg-width .wannb-pg-fault")
    fault.wait_for()
    assert fault.inner_text() == "The width is a multiple of 16 pixels: 32 or 48."
    assert "5 or 9" in sheet.locator(".wannb-pg-num_frames .wannb-pg-fault").inner_text()
    assert field(sheet, "width").get_attribute("aria-invalid") == "true"
    assert sheet.evaluate("document.activeElement === document.querySelector('.wannb-pg-width input')")
    assert Shelf(run).progress() == []
    field(sheet, "width").fill("32")
    field(sheet, "num_frames").fill("5")
    field(sheet, "image").select_option("path")
    sheet.get_by_label("Path of the first frame").fill("/nowhere/at.png")
    sheet.get_by_role("button", name="Render").click()
    sheet.wait_for_function(
        "document.querySelector('.wannb-pg-image .wannb-pg-fault').textContent.includes('no image at')"
    )
    assert sheet.locator(".wannb-pg-width .wannb-pg-fault").is_hidden()


def test_a_clip_that_takes_long_tells_its_step_and_can_be_cancelled(sheet: Page, run: Run) -> None:
    opened(sheet, run)
    field(sheet, "image").select_option("clip:0")
    sheet.wait_for_function("document.querySelector('.wannb-pg-first').naturalWidth > 0")
    field(sheet, "steps").fill("1000")
    field(sheet, "high_strength").fill("0.25")
    assert sheet.get_by_label("High noise: LoRA strength").input_value() == "0.25"
    sheet.get_by_role("button", name="Render").click()
    lora = sheet.locator("[data-place=lora]")
    sheet.wait_for_function(
        "document.querySelector('[data-place=lora] .wannb-pg-words').textContent.includes('of 1000')"
    )
    assert lora.get_by_role("progressbar").get_attribute("aria-valuemax") == "1000"
    sheet.get_by_role("button", name="Cancel").click()
    sheet.wait_for_function("document.querySelector('.wannb-playground').dataset.making === 'false'")
    assert Shelf(run).progress() == [] and sheet.locator(".wannb-pg-entry").count() == 0
    assert sheet.get_by_role("button", name="Cancel").is_hidden()
