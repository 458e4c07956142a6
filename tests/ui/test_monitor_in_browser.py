"""The monitor in a real browser, with its real Python side: it follows, zooms, tells values, opens previews."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.runs import launched
from tests.train import small_job
from tests.train.conftest import models  # noqa: F401
from tests.ui.browser import mount, page
from tests.ui.conftest import CHROMIUM
from tests.ui.made_run import MadeRun
from tests.ui.monitored import measure, train, weigh
from wannb.runs import launching
from wannb.runs.run import Run
from wannb.ui.monitor.monitor import Monitor
from wannb.ui.monitor.norms import Norms

TRAITS = ["_names", "_colours", "_panels", "_series", "_bands"]
OUT = os.environ.get("WANNB_SCREENSHOTS")
CLIP = Path(__file__).parents[2] / "datasets" / "orbit" / "orbit_04.mp4"
LONG = 60_000  # milliseconds: a machine that does much else


def monitored(sheet: Page, *runs: Run) -> Monitor:
    monitor = Monitor(runs)
    mount(sheet, monitor, TRAITS, talks=True)
    return monitor


def until(sheet: Page, **data: object) -> None:
    """Wait until the monitor's root says so."""
    for name, value in data.items():
        wanted = f"document.querySelector('.wannb-monitor').dataset.{name} === '{value}'"
        sheet.wait_for_function(wanted, timeout=LONG)


def values(sheet: Page, panel: str) -> str:
    return sheet.locator(f"[data-panel={panel}] .wannb-monitor-values").inner_text()


def chart(sheet: Page, panel: str):
    return sheet.locator(f"[data-panel={panel}] .wannb-monitor-chart")


@pytest.fixture
def made(tmp_path: Path):
    with MadeRun(tmp_path, total=1000, name="orbit_v1") as run:
        train(run, 400)
        measure(run.dir.validation, [0, 200, 400])
        weigh(run.dir.norms, [0, 200, 400])
        yield run


def test_it_follows_resumes_and_outlives_its_kernel(made: MadeRun) -> None:
    with page(CHROMIUM) as sheet:
        monitored(sheet, made.run)
        until(sheet, steps=400, state="training")
        expect(sheet.locator(".wannb-watch-line")).to_contain_text("400 of 1,000 steps")
        train(made, 420)
        until(sheet, steps=420)
        made.back_to(300)
        train(made, 310, seed=9)
        until(sheet, steps=310)
        sheet.locator(".wannb-monitor-mark[data-kind=resumed]").wait_for(timeout=LONG)
        cells = sheet.evaluate("document.querySelector('.wannb-monitor').dataset.bins")
        fresh = Monitor(made.run)  # a new kernel: the page is drawn anew from the run directory
        sheet.evaluate("() => { wannb.clear(); document.querySelector('.wannb-monitor').remove(); }")
        mount(sheet, fresh, TRAITS, talks=True)
        until(sheet, steps=310, bins=cells)
        assert "high noise" in values(sheet, "loss")


def test_zoom_cross_hair_and_keys(made: MadeRun) -> None:
    with page(CHROMIUM) as sheet:
        sheet.set_viewport_size({"width": 900, "height": 1400})
        monitored(sheet, made.run)
        until(sheet, steps=400)
        sheet.wait_for_function("document.querySelector('[data-panel=norms] canvas')?.width > 300", timeout=LONG)
        box = chart(sheet, "loss").bounding_box()
        inner = box["width"] - 62

        def x(step: float) -> float:
            return box["x"] + 52 + (step - 0.5) / 400 * inner

        sheet.mouse.move(x(105), box["y"] + 40)
        where = sheet.locator(".wannb-monitor-where")
        expect(where).to_contain_text("step 105, high noise")
        own = {row["step"]: row for row in made.run.metrics()}
        assert f"high noise {own[105]['loss']:.3g}" in values(sheet, "loss")
        assert f"{own[105]['seconds']:.3g} s" in values(sheet, "seconds")
        assert "61 GiB (CUDA reserved)" in values(sheet, "memory_gib")
        sheet.locator("[data-panel=norms] canvas").hover(position={"x": x(300) - box["x"], "y": 4 + 180 - 12})
        expect(sheet.locator("[data-panel=norms] .wannb-monitor-values")).to_contain_text(
            "low noise, block 0, step 400: 4 % of ‖W‖"
        )
        sheet.mouse.move(x(101), box["y"] + 40)
        sheet.mouse.down()
        sheet.mouse.move(x(200), box["y"] + 60, steps=4)
        sheet.mouse.up()
        until(sheet, low=101, high=200)
        expect(sheet.get_by_role("button", name="Whole run")).to_be_visible()
        chart(sheet, "loss").dblclick()
        until(sheet, low=1, high=400)
        plots = sheet.get_by_role("group", name="Plots over the steps")
        plots.focus()
        sheet.keyboard.press("End")
        expect(where).to_have_text("step 400, low noise")
        sheet.keyboard.press("ArrowLeft")
        expect(where).to_have_text("step 399, low noise")
        sheet.keyboard.press("+")
        until(sheet, high=400, low=200)
        sheet.keyboard.press("0")
        until(sheet, low=1)
        sheet.get_by_role("slider").fill("20")
        expect(sheet.locator("output")).to_have_text("100 steps")
        sheet.wait_for_function("wannb.sent.at(-1).ask?.view.keep === 0.99", timeout=LONG)
        sheet.get_by_role("button", name="Loss", exact=True).click()
        expect(sheet.locator("[data-panel=timesteps] .wannb-monitor-key")).to_contain_text("mean squared error")


def test_marks_open_their_words_and_previews(made: MadeRun) -> None:
    made.preview(400, CLIP, "orbit around a vase", distilled="4 steps with light_high")
    made.event("changed", setting="train.lr", before=1e-4, now=5e-5)
    with page(CHROMIUM) as sheet:
        monitored(sheet, made.run)
        until(sheet, steps=400)
        sheet.evaluate(
            """() => { window.freed = []; const revoke = URL.revokeObjectURL;
            URL.revokeObjectURL = (url) => { window.freed.push(url); revoke.call(URL, url); }; }"""
        )
        mark = sheet.locator(".wannb-monitor-mark").last
        mark.focus()
        sheet.keyboard.press("Enter")
        sheet.wait_for_function("document.querySelector('.wannb-monitor-open video')?.currentTime > 0", timeout=LONG)
        said = sheet.locator(".wannb-monitor-open")
        assert "train.lr: 0.0001 → 5e-05" in said.inner_text() and "orbit around a vase" in said.inner_text()
        expect(said.locator(".wannb-watch-distilled")).to_have_text("distilled: 4 steps with light_high")
        shown = sheet.locator("video").get_attribute("src")
        sheet.keyboard.press("Escape")
        expect(said).to_be_hidden()
        assert sheet.evaluate("window.freed") == [shown]
        expect(mark).to_be_focused()


def test_two_runs_lie_over_each_other(made: MadeRun, tmp_path: Path) -> None:
    with MadeRun(tmp_path / "other", total=1000, name="orbit_v2") as other, page(CHROMIUM) as sheet:
        train(other, 250, seed=3)
        measure(other.dir.validation, [0, 100, 200])
        monitored(sheet, made.run, other.run)
        until(sheet, steps=400)
        expect(sheet.locator("[data-panel=loss] .wannb-monitor-values")).to_contain_text("orbit_v2 high smoothed")
        expect(sheet.locator("[data-panel=validation] .wannb-monitor-values")).to_contain_text("orbit_v2 high −0.08")
        sheet.get_by_role("button", name="orbit_v2").click()
        until(sheet, steps=250)
        expect(sheet.locator(".wannb-watch-line")).to_contain_text("250 of 1,000 steps")
        expect(sheet.locator("[data-panel=norms]")).to_be_hidden()
        sheet.get_by_label("Show orbit_v1").uncheck()
        until(sheet, steps=250)
        expect(sheet.locator("[data-panel=loss] .wannb-monitor-values")).not_to_contain_text("orbit_v1")


def test_memory_stays_flat(made: MadeRun) -> None:
    """The page holds as much after many looks and zooms as after few."""
    with page(CHROMIUM) as sheet:
        monitored(sheet, made.run)
        until(sheet, steps=400)
        tools = sheet.context.new_cdp_session(sheet)

        def held() -> tuple[float, float]:
            tools.send("HeapProfiler.collectGarbage")
            counts = tools.send("Memory.getDOMCounters")
            return tools.send("Runtime.getHeapUsage")["usedSize"] / 2**20, counts["nodes"]

        def turns(count: int) -> None:
            plots = sheet.get_by_role("group", name="Plots over the steps")
            plots.focus()
            for _ in range(count):
                for key in ("+", "ArrowLeft", "0", "ArrowRight"):
                    sheet.keyboard.press(key)
                until(sheet, low=1)

        turns(3)
        before, nodes = held()
        turns(9)
        after, now = held()
        assert after < before + 3 and now < nodes + 200


def test_it_follows_a_real_run_to_its_end(
    tmp_path: Path,
    models: dict,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launching, "_started", launched.forked)
    small_job.clips(tmp_path / "clips")
    job = small_job.job(tmp_path, models["t2v"], steps=4)
    with page(CHROMIUM) as sheet:
        run = launching.launch(job)
        monitored(sheet, run)
        until(sheet, steps=4, state="done")
        sheet.wait_for_function("document.querySelector('[data-panel=norms]').hidden === false", timeout=LONG)
        assert "GiB (process RSS)" in values(sheet, "memory_gib")
        assert "done" in sheet.locator(".wannb-monitor-mark").last.get_attribute("aria-label")
    _, told = Norms(run).look()
    run.dir.norms.unlink()  # as in runs of before it was written
    norms = Norms(run)
    for _ in run.checkpoints * 2:
        _, read = norms.look()
    for expert in ("high", "low"):
        assert told[expert]["steps"] == [0, 3, 4] and read[expert]["steps"] == [3, 4]
        assert told[expert]["weights"] and read[expert]["weights"] is None
        for row, same in zip(told[expert]["delta"][1:], read[expert]["delta"], strict=True):
            assert row == pytest.approx(same, rel=0.02) and min(row) > 0  # the files are bf16


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits(made: MadeRun, dark: bool, tmp_path: Path) -> None:
    with page(CHROMIUM, dark) as sheet:
        monitored(sheet, made.run)
        until(sheet, steps=400)
        for width in (900, 420):
            sheet.set_viewport_size({"width": width, "height": 900})
            drawn = f"""(() => {{ const canvas = document.querySelector('[data-panel=memory_gib] canvas');
                return canvas.width > 200 && canvas.width === canvas.clientWidth && innerWidth === {width}; }})()"""
            sheet.wait_for_function(drawn, timeout=LONG)
            assert sheet.evaluate("document.documentElement.scrollWidth") <= width
            name = f"monitor-{'dark' if dark else 'light'}-{width}.png"
            sheet.screenshot(path=Path(OUT or tmp_path) / name, full_page=True)
