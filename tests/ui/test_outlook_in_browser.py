"""The outlook in a real browser: drawn as wide as there is room, told to those who do not see it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.ui import estimated
from tests.ui.browser import mount, page, refresh
from tests.ui.conftest import CHROMIUM
from tests.ui.contrasts import contrast
from wannb.data.outlook import estimate as estimated_here
from wannb.job import Job
from wannb.machine import Machine
from wannb.ui.outlook import Outlook

TRAITS = ["view", "_colours"]
OUT = os.environ.get("WANNB_SCREENSHOTS")
ORBIT = Path(__file__).parents[2] / "datasets" / "orbit"
CARD = Machine("NVIDIA GeForce RTX 4090", 24.0, 64.0)
LOW = {
    "train.timestep_type": "sigmoid",
    "train.content_or_style": "style",
    "model.model_kwargs.train_high_noise": False,
}


def changed(values: dict, *recipe: object) -> Job:
    job = Job.recipe(*recipe)
    for key, value in values.items():
        job.put(key, value)
    return job


CASES = {
    "low": (lambda: changed(LOW, "character"), None),
    "weighted": (lambda: changed({"train.timestep_type": "weighted"}, "character"), estimated.FULL),
    "motion": (lambda: Job.recipe("motion"), estimated.FULL),
    "bundled": (lambda: Job.recipe("motion", data=ORBIT), None),
    "style": (lambda: Job.recipe("style", "t2v", 48), estimated.TOO_MUCH),
}


def shown(sheet: Page, case: str, *pictures: str) -> Outlook:
    made, estimate = CASES[case]
    job, outlook = made(), Outlook(*pictures)
    outlook.show(job, estimate or estimated_here(job, machine=CARD))
    mount(sheet, outlook, TRAITS)
    sheet.wait_for_function("document.querySelectorAll('.wannb-outlook-card').length > 0")
    return outlook


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [900, 360])
def test_it_fits_and_looks_calm(case: str, dark: bool, width: int, tmp_path: Path) -> None:
    with page(CHROMIUM, dark) as sheet:
        sheet.set_viewport_size({"width": width, "height": 640})
        shown(sheet, case)
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        name = f"outlook-{case}-{'dark' if dark else 'light'}-{width}.png"
        sheet.screenshot(path=Path(OUT or tmp_path) / name, full_page=True)
        sheet.set_viewport_size({"width": 300, "height": 640})
        sheet.wait_for_function("document.documentElement.scrollWidth <= 300")


def test_each_picture_is_told_to_those_who_do_not_see_it() -> None:
    with page(CHROMIUM) as sheet:
        outlook = shown(sheet, "motion")
        pictures = sheet.locator("[role=img]").all()
        assert [one.get_attribute("aria-label") for one in pictures] == [view["alt"] for view in outlook.view.values()]
        assert sheet.locator("rect title", has_text="activations 5.7 GB").count() == 1


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, "motion", "memory")
        widths = sheet.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("rect title")]
            .map((title) => [title.textContent, title.parentNode.getBoundingClientRect().width]))"""
        )
        pixels = widths["weights 13.6 GB"] / 13.6
        for words, gib in (("activations 5.7 GB", 5.7), ("previews 18.9 GB", 18.9), ("caching 9.4 GB", 9.4)):
            assert widths[words] == pytest.approx(gib * pixels, abs=0.6)
        left = sheet.evaluate("document.querySelector('rect title').parentNode.getBoundingClientRect().x")
        edge = sheet.evaluate("document.querySelector('.wannb-outlook-limit').getBoundingClientRect().x")
        assert edge - left == pytest.approx(24 * pixels, abs=1.5)


def test_it_is_drawn_anew_where_there_is_another_width() -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, "motion", "timesteps", "time")
        for width in (300, 700, 420):
            sheet.set_viewport_size({"width": width, "height": 600})
            sheet.wait_for_function(
                f"Math.abs(document.querySelector('svg').getBoundingClientRect().width - {width - 16}) < 2"
            )
            assert sheet.evaluate("document.documentElement.scrollWidth") <= width


def test_only_what_changed_is_drawn_anew() -> None:
    with page(CHROMIUM) as sheet:
        outlook = shown(sheet, "motion")
        sheet.evaluate("document.querySelectorAll('figure').forEach((one) => { one.dataset.old = 'yes'; })")
        outlook.show(changed({"train.timestep_type": "sigmoid"}, "motion"), estimated.FULL)
        refresh(sheet, outlook, ["view"])
        old = sheet.evaluate("[...document.querySelectorAll('figure')].map((one) => one.dataset.old || 'new')")
        assert old == ["new", "yes", "yes", "yes", "yes", "yes"]


def test_what_is_gone_is_taken_away_and_leaving_is_clean() -> None:
    with page(CHROMIUM) as sheet:
        outlook = shown(sheet, "motion")
        outlook.show(Job.recipe("motion"), None)
        refresh(sheet, outlook, ["view"])
        assert sheet.locator("figure").count() == 1
        neither = {"model.model_kwargs.train_high_noise": False, "model.model_kwargs.train_low_noise": False}
        outlook.show(changed(neither, "motion"))
        refresh(sheet, outlook, ["view"])
        assert "switch one of them on" in sheet.locator("figure p").inner_text()
        sheet.evaluate("wannb.clear()")
        outlook.show(Job.recipe("motion"), estimated.FULL)
        refresh(sheet, outlook, ["view"])
        assert sheet.locator("figure").count() == 1


@pytest.mark.parametrize("dark", [False, True])
def test_its_letters_can_be_read(dark: bool) -> None:
    with page(CHROMIUM, dark) as sheet:
        shown(sheet, "style")
        ground = (17, 17, 17) if dark else (255, 255, 255)
        for part, of in (
            (".wannb-outlook-title", "color"), (".wannb-outlook-faint", "color"), ("svg text", "fill"),
            ("[data-mood=bad]", "color"), ("[data-mood=warn]", "color"), (".wannb-outlook-experts span", "color"),
        ):  # fmt: skip
            ink = sheet.locator(part).first.evaluate("(node, of) => getComputedStyle(node)[of]", of)
            assert contrast(ink, ground) > (4 if "experts" in part else 4.5)
