"""A watched run in a real browser, with its real Python side: it asks, draws, plays, and its buttons reach the run."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.data import numbered
from tests.ui.browser import mount, page
from tests.ui.conftest import CHROMIUM
from tests.ui.made_run import MadeRun
from wannb.runs import request
from wannb.ui.smoothing import smoothed
from wannb.ui.watch import Watch

TRAITS = ["_name", "_colours"]
OUT = os.environ.get("WANNB_SCREENSHOTS")
LONG = 60_000  # milliseconds: a machine that does much else
CLIP = Path(__file__).parents[2] / "datasets" / "orbit" / "orbit_04.mp4"


def watched(sheet: Page, made: MadeRun) -> Watch:
    watch = Watch(made.run)
    mount(sheet, watch, TRAITS, talks=True)
    return watch


def steps_are(sheet: Page, count: int) -> None:
    sheet.wait_for_function(f"document.querySelector('.wannb-watch').dataset.steps === '{count}'", timeout=LONG)


def line(sheet: Page) -> str:
    return sheet.locator(".wannb-watch-line").inner_text()


def said(sheet: Page) -> str:
    return sheet.locator(".wannb-watch-said").inner_text()


def test_it_follows_a_run_and_its_resume(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(120)
        watched(sheet, made)
        steps_are(sheet, 120)
        assert line(sheet) == "120 of 400 steps · low noise · 3.2 s a step · 15 min left"
        assert sheet.get_by_role("progressbar").get_attribute("aria-valuenow") == "30"
        made.train(150)
        steps_are(sheet, 150)
        made.back_to(40)
        made.train(44)
        steps_are(sheet, 44)
        assert sheet.locator(".wannb-watch-events li").first.inner_text().endswith("resumed")
        assert "high noise 0.1" in sheet.locator("canvas").get_attribute("aria-label")


def test_the_running_mean_is_the_one_of_the_static_plot(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(95)
        watched(sheet, made)
        steps_are(sheet, 95)
        words = sheet.locator(".wannb-watch-legend").inner_text()
        for expert in ("high", "low"):
            mean = smoothed(made.run.metrics().of(expert)["loss"].tolist())[-1]
            assert f"{expert} noise loss {mean:.3g}" in words


def test_the_plot_follows_the_theme(tmp_path: Path) -> None:
    drawn = "document.querySelector('canvas').toDataURL()"
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(95)
        watched(sheet, made)
        steps_are(sheet, 95)
        light = sheet.evaluate(drawn)
        sheet.emulate_media(color_scheme="dark")
        sheet.wait_for_function("(light) => document.querySelector('canvas').toDataURL() !== light", arg=light)


def test_the_newest_preview_plays_muted(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(10)
        watched(sheet, made)
        steps_are(sheet, 10)
        assert not sheet.locator(".wannb-watch-clip").is_visible()
        made.preview(0, numbered.write(tmp_path / "base.mp4", count=9), "the base")
        sheet.wait_for_function("document.querySelector('video')?.currentTime > 0", timeout=LONG)
        assert sheet.locator("video").evaluate("(video) => [video.muted, video.loop]") == [True, True]
        assert sheet.locator("figcaption").inner_text() == "before training · the base"
        made.preview(10, CLIP, "a vase", distilled="4 steps with light_high")
        sheet.wait_for_function("document.querySelector('figcaption').innerText.includes('step 10 · a vase')")
        expect(sheet.locator("figcaption .wannb-watch-distilled")).to_have_text("distilled: 4 steps with light_high")
        sheet.evaluate(
            """() => { window.freed = []; const revoke = URL.revokeObjectURL;
            URL.revokeObjectURL = (url) => { window.freed.push(url); revoke.call(URL, url); }; }"""
        )
        shown = sheet.locator("video").get_attribute("src")
        sheet.evaluate("wannb.clear()")
        assert sheet.evaluate("window.freed") == [shown]


def test_a_clip_keeps_still_for_those_who_want_it(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        sheet.emulate_media(reduced_motion="reduce")
        made.preview(0, CLIP)
        watched(sheet, made)
        sheet.wait_for_function("document.querySelector('video')?.readyState >= 2", timeout=LONG)
        assert sheet.locator("video").evaluate("(video) => [video.paused, video.controls]") == [True, True]


def test_buttons_ask_the_run_and_wait_for_its_answer(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(10)
        made.dir.control.mkdir()
        watched(sheet, made)
        steps_are(sheet, 10)
        sheet.get_by_role("button", name="Pause").click()
        sheet.wait_for_function("document.querySelector('.wannb-watch-said').innerText.startsWith('Asked to pause')")
        assert [request.read(one).kind for one in request.waiting(made.dir.control)] == ["pause"]
        made.answer("pause")
        sheet.get_by_role("button", name="Go on").wait_for(timeout=LONG)
        assert said(sheet) == "It is saved and waits, keeping its memory."
        sheet.get_by_role("button", name="Save").click()
        made.answer("save", refused="Before the first step there is nothing to save.")
        sheet.wait_for_function("document.querySelector('.wannb-watch-events').innerText.includes('save refused')")


def test_stop_is_asked_twice(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(10)
        made.dir.control.mkdir()
        watched(sheet, made)
        steps_are(sheet, 10)
        stop = sheet.get_by_role("button", name="Stop")
        stop.dblclick()
        assert not list(request.waiting(made.dir.control))
        sure = sheet.get_by_role("button", name="Save and stop?")
        sure.press("Escape")
        stop.press("Enter")
        sheet.wait_for_timeout(500)
        sure.press("Enter")
        sheet.wait_for_function("document.querySelector('.wannb-watch-said').innerText.startsWith('Asked to stop')")
        assert [request.read(one).kind for one in request.waiting(made.dir.control)] == ["stop"]
        made.event("stopped", reason="stop")
        sheet.wait_for_function("document.querySelector('.wannb-watch').dataset.state === 'stopped'", timeout=LONG)
        assert said(sheet).startswith("Stopped, all saved; go on with: wannb train")
        assert sheet.get_by_role("button").count() == 0


def test_a_refusal_is_said(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        made.train(10)
        watched(sheet, made)
        steps_are(sheet, 10)
        made.event("stopped", reason="stop")
        sheet.get_by_role("button", name="Preview").click()
        sheet.wait_for_function("document.querySelector('.wannb-watch-said').innerText.includes('is not training')")


def test_it_rests_while_hidden_or_ended_and_when_left(tmp_path: Path) -> None:
    asks = "wannb.sent.filter((one) => one.ask !== undefined).length"
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        sheet.clock.install()
        made.train(10)
        watched(sheet, made)
        steps_are(sheet, 10)
        sheet.evaluate("document.querySelector('.wannb-watch').parentNode.style.display = 'none'")
        sheet.wait_for_timeout(300)
        before = sheet.evaluate(asks)
        sheet.clock.run_for(2500)
        assert sheet.evaluate(asks) == before
        made.train(20)
        sheet.evaluate("document.querySelector('.wannb-watch').parentNode.style.display = ''")
        steps_are(sheet, 20)
        made.event("stopped", reason="done")
        sheet.wait_for_function("document.querySelector('.wannb-watch').dataset.state === 'done'", timeout=LONG)
        before = sheet.evaluate(asks)
        sheet.clock.run_for(2500)
        assert sheet.evaluate(asks) == before
        sheet.evaluate("wannb.clear()")
        assert sheet.evaluate(asks) == before


def test_a_kernel_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made, page(CHROMIUM) as sheet:
        sheet.clock.install()
        watch = Watch(made.run)
        mount(sheet, watch, TRAITS)
        sheet.wait_for_function("wannb.sent.length === 1")
        sheet.clock.run_for(5100)
        assert "has not answered for 5 s" in said(sheet)
        sheet.clock.run_for(60_000)
        assert 3 <= sheet.evaluate("wannb.sent.length") <= 6


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [900, 360])
@pytest.mark.parametrize("state", ["training", "starting", "died"])
def test_it_fits_and_looks_calm(state: str, dark: bool, width: int, tmp_path: Path) -> None:
    with MadeRun(tmp_path, total=2000, name="wan_i2v_orbit_v1") as made, page(CHROMIUM, dark) as sheet:
        sheet.set_viewport_size({"width": width, "height": 640})
        if state == "starting":
            made.dir.events.unlink()
            made.told("encoding clips", 3, 20)
        else:
            made.preview(0, CLIP)
            made.train(250)
            made.event("saved")
            made.preview(250, CLIP, "orbit 360 around a vase on a table, soft light")
            made.event("changed", setting="train.lr", before=1e-4, now=5e-5)
            made.train(640)
        if state == "died":
            made.event("died", reason="The disk is full: 12 MB are free. All up to step 500 is saved.")
            made.end()
        watched(sheet, made)
        sheet.wait_for_function(f"document.querySelector('.wannb-watch').dataset.state === '{state}'", timeout=LONG)
        if state != "starting":
            sheet.wait_for_function("document.querySelector('video')?.readyState >= 2")
        sheet.wait_for_timeout(300)
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        name = f"watch-{state}-{'dark' if dark else 'light'}-{width}.png"
        sheet.screenshot(path=Path(OUT or tmp_path) / name, full_page=True)
        sheet.set_viewport_size({"width": 300, "height": 640})
        sheet.wait_for_function("document.documentElement.scrollWidth <= 300")
