"""The list of findings in a real browser: it folds, jumps and fixes by keyboard, and throws nobody out."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.ui.browser import mount, page, refresh
from tests.ui.conftest import CHROMIUM
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.ui.findings_list import FindingsList

TOUCHED = """() => {
  let count = 0;
  const watching = new MutationObserver((found) => { count += found.length; });
  watching.observe(document.querySelector(".wannb-findings"), { subtree: true, childList: true, characterData: true });
  window.touched = () => count + watching.takeRecords().length;
}"""
TRAITS = ["findings", "busy", "said", "_share"]
PLACES = {
    "sample.samples[0].ctrl_img": "SAMPLE · Control Image",
    "datasets[0].num_frames": "DATASETS · Num Frames",
    "train.switch_boundary_every": "MULTISTAGE · Switch Every",
    "datasets[0].cache_latents_to_disk": "DATASETS · Cache Latents",
    "model.quantize": "QUANTIZATION · Transformer",
}
IMAGE = Finding(
    "i2v-no-image",
    "error",
    "sample.samples[0].ctrl_img",
    "Prompt 1 has no control image: the run dies at step 250.",
    "Take the first frame of orbit_03.mp4.",
    Put({}),
)
FRAMES = Finding(
    "frames-4n1", "error", "datasets[0].num_frames", "40 frames are no 4n+1.", "Take 41, the nearest.", Put({})
)
SWITCH = Finding(
    "switch-slow",
    "warning",
    "train.switch_boundary_every",
    "Switch Every 1 with Low VRAM swaps 14 GB at every step: about 9 s of each.",
    "Set it to 10.",
    Put({}),
)
CLIPS = [
    Finding(
        "letterbox",
        "warning",
        f"/data/orbit/clip_{n:02}.mp4",
        f"clip_{n:02}.mp4 has black bars of {n + 9} %.",
        "Crop them off.",
    )
    for n in range(14)
]
NOTES = [
    Finding(
        "always-cached", "info", "datasets[0].cache_latents_to_disk", "Latents are cached whatever Cache Latents says."
    ),
    Finding("default", "info", "model.quantize", "The transformers stay in bf16, as nothing else is built yet."),
]
ALL = [*NOTES, *CLIPS, SWITCH, FRAMES, IMAGE]
OUT = os.environ.get("WANNB_SCREENSHOTS")


def mounted(sheet: Page, findings: list[Finding], busy: str = "", talks: bool = False) -> FindingsList:
    shown = FindingsList()
    shown.show(findings, PLACES, busy)
    mount(sheet, shown, TRAITS, talks)
    return shown


def texts(sheet: Page, selector: str) -> list[str]:
    return sheet.locator(selector).all_inner_texts()


def focused(sheet: Page) -> str:
    return sheet.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")


def test_it_says_what_is_wrong_and_folds_the_rest() -> None:
    with page(CHROMIUM) as sheet:
        mounted(sheet, ALL)
        assert sheet.locator(".wannb-findings-sum").inner_text() == "2 errors, 15 warnings"
        severities = [row.get_attribute("data-severity") for row in sheet.locator(".wannb-findings-row").all()]
        assert severities == ["error", "error", "warning", "warning"]
        sheet.get_by_role("button", name="and 13 more").click()
        assert len(texts(sheet, ".wannb-findings-item")) == 14
        sheet.get_by_role("button", name="2 notes").click()
        assert sheet.locator(".wannb-findings-row").count() == 6
        sheet.get_by_role("button", name="2 notes").click()
        assert sheet.locator(".wannb-findings-row").count() == 4


def test_presses_are_sent() -> None:
    with page(CHROMIUM) as sheet:
        mounted(sheet, ALL)
        sheet.get_by_role("button", name="SAMPLE · Control Image", exact=True).click()
        sheet.get_by_role("button", name="Fix: Prompt 1").dblclick()
        sheet.get_by_role("button", name="Fix all 3").click()
        assert sheet.evaluate("wannb.sent") == [
            {"do": "go", "where": "sample.samples[0].ctrl_img"},
            {"do": "fix", "code": "i2v-no-image", "where": "sample.samples[0].ctrl_img"},
            {"do": "fix all"},
        ]


def test_fix_reaches_python_and_focus_goes_to_the_next_fix() -> None:
    with page(CHROMIUM) as sheet:
        shown = mounted(sheet, ALL, talks=True)
        left = list(ALL)

        def fix(code: str, where: str | None) -> None:
            left[:] = [one for one in left if one.code != code]
            shown.show(left, PLACES)

        shown.on_fix(fix)
        sheet.get_by_role("button", name="Fix: 40 frames").focus()
        sheet.keyboard.press("Enter")
        sheet.wait_for_function("document.querySelectorAll('.wannb-findings-row').length === 3")
        assert focused(sheet).startswith("Fix: Prompt 1")


def test_focus_and_open_rows_survive_an_update() -> None:
    with page(CHROMIUM) as sheet:
        shown = mounted(sheet, ALL)
        sheet.get_by_role("button", name="and 13 more").click()
        sheet.get_by_role("button", name="clip_05.mp4", exact=True).focus()
        for findings in ([*NOTES, *CLIPS, IMAGE], [*CLIPS, FRAMES, SWITCH, IMAGE], [*CLIPS[3:9], SWITCH]):
            shown.show(findings, PLACES, "looking at clips, 3 of 14")
            refresh(sheet, shown, TRAITS)
            assert focused(sheet) == "clip_05.mp4"
        shown.show([], PLACES)
        refresh(sheet, shown, TRAITS)
        assert sheet.evaluate("document.activeElement.className").endswith("wannb-findings")


def test_every_control_is_reached_by_tab() -> None:
    with page(CHROMIUM) as sheet:
        mounted(sheet, ALL)
        reached = []
        for _ in range(sheet.locator("button").count()):
            sheet.keyboard.press("Tab")
            reached.append(focused(sheet))
            outline = sheet.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid"
        assert len(set(reached)) == sheet.locator("button").count()


def test_nothing_to_mend_is_a_calm_line() -> None:
    with page(CHROMIUM) as sheet:
        shown = mounted(sheet, [], "looking at clips, 34 of 200")
        assert sheet.locator(".wannb-findings-sum").inner_text() == "Nothing found so far"
        assert sheet.get_by_role("progressbar").get_attribute("aria-valuenow") == "17"
        shown.show([])
        refresh(sheet, shown, TRAITS)
        assert sheet.locator(".wannb-findings-sum").inner_text() == "Nothing to mend"
        assert sheet.locator("button").count() == 0 and not sheet.get_by_role("progressbar").count()


def test_an_update_of_two_hundred_clips_makes_no_node_anew_that_stays() -> None:
    with page(CHROMIUM) as sheet:
        many = [
            Finding(f"code{n % 20}", "warning", f"/data/clip_{n}.mp4", f"clip_{n}.mp4 has a fault.", "Mend.")
            for n in range(400)
        ]
        shown = mounted(sheet, many)
        rows = sheet.locator(".wannb-findings-row")
        assert len(shown.findings) == rows.count() == 20
        sheet.evaluate(TOUCHED)
        shown.show(many, PLACES)
        refresh(sheet, shown, TRAITS)
        assert sheet.evaluate("window.touched()") == 0
        shown.show(many[:-20], PLACES)  # one fewer of each
        refresh(sheet, shown, TRAITS)
        assert rows.count() == 20 and sheet.evaluate("window.touched()") > 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [900, 360])
def test_it_fits_and_looks_calm(dark: bool, width: int, tmp_path: Path) -> None:
    with page(CHROMIUM, dark) as sheet:
        sheet.set_viewport_size({"width": width, "height": 640})
        mounted(sheet, ALL, "looking at clips, 34 of 200")
        sheet.get_by_role("button", name="and 13 more").click()
        sheet.get_by_role("button", name="2 notes").click()
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        name = f"findings-{'dark' if dark else 'light'}-{width}.png"
        sheet.screenshot(path=Path(OUT or tmp_path) / name, full_page=True)
        sheet.set_viewport_size({"width": 300, "height": 640})
        sheet.wait_for_function("document.documentElement.scrollWidth <= 300")
