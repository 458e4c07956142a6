"""The grid in a real browser with its real Python side: in step, by keys alone, clean, and as a page from the disk."""

import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.data.numbered import number_of
from tests.ui.browser import mount, page
from tests.ui.compared_run import PROMPTS, compared_run
from tests.ui.conftest import CHROMIUM
from tests.ui.contrasts import contrast
from tests.ui.in_step import in_step
from wannb.runs.clips.shelf import Shelf
from wannb.runs.run import Run
from wannb.ui.compare.compare import Compare
from wannb.ui.compare.gathered import gathered
from wannb.ui.compare.page import write_compare_page

TRAITS = ["_name", "_can"]
OUT = os.environ.get("WANNB_SCREENSHOTS")
FRAMES = 33
COUNT_BLOBS = """() => {
  window.blobs = new Set();
  const make = URL.createObjectURL, revoke = URL.revokeObjectURL;
  URL.createObjectURL = (blob) => { const url = make.call(URL, blob); window.blobs.add(url); return url; };
  URL.revokeObjectURL = (url) => { window.blobs.delete(url); revoke.call(URL, url); };
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Five prompts × base and three checkpoints: twenty clips."""
    return compared_run(tmp_path_factory.mktemp("compared"), prompts=5, frames=FRAMES)


@pytest.fixture
def run(made: Run, tmp_path: Path) -> Run:
    return Run(shutil.copytree(made.path, tmp_path / made.path.name))


@pytest.fixture(scope="module")
def opened() -> Iterator[Page]:
    with page(CHROMIUM) as sheet:
        yield sheet


@pytest.fixture
def sheet(opened: Page) -> Iterator[Page]:
    """The page without a widget on it."""
    opened.set_viewport_size({"width": 1100, "height": 1700})
    opened.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    yield opened
    taken_away(opened)
    opened.emulate_media(reduced_motion="no-preference")


@contextmanager
def another(opened: Page, **settings: str) -> Iterator[Page]:
    """A page of its own in the same browser, without errors in its console."""
    sheet, troubles = opened.context.browser.new_page(**settings), []
    sheet.on("pageerror", lambda error: troubles.append(str(error)))
    sheet.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield sheet
    sheet.context.close()
    assert not troubles, troubles


def taken_away(sheet: Page) -> None:
    sheet.evaluate(
        "() => { window.wannb?.clear(); window.wannb = null; document.body.replaceChildren(); scrollTo(0, 0); }"
    )


def compared(sheet: Page, run: Run, still: bool = True) -> Compare:
    """Mount the grid; `still`: it does not begin to play by itself."""
    if still:
        sheet.emulate_media(reduced_motion="reduce")
    compare = Compare(run)
    mount(sheet, compare, TRAITS, talks=True)
    shown(sheet)
    return compare


def shown(sheet: Page, kind: str = "steps") -> None:
    sheet.wait_for_function(f"""() => {{
      const root = document.querySelector(".wannb-cmp"), videos = [...document.querySelectorAll("video")];
      return root.dataset.state === "shown" && root.dataset.kind === "{kind}" && videos.length
        && videos.every((video) => video.readyState >= 3 && !video.seeking); }}""")


APART = """(() => { const times = [...document.querySelectorAll("video")].map((one) => one.currentTime);
  return Math.max(...times) - Math.min(...times); })()"""


def cell(sheet: Page, row: int, column: int):
    return sheet.locator(".wannb-cmp-scroll").last.get_by_role("row").nth(row + 1).get_by_role("gridcell").nth(column)


def press(sheet: Page, *keys: str) -> None:
    for key in keys:
        sheet.keyboard.press(key)


def until(sheet: Page, condition: str) -> None:
    """As wait_for_function, on a page that lets nobody evaluate strings."""
    deadline = time.monotonic() + 60
    while not sheet.evaluate(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


def pictures(sheet: Page, *nodes) -> list[np.ndarray]:
    return [np.asarray(Image.open(io.BytesIO(node.screenshot())))[..., :3] for node in nodes]


def test_twenty_clips_play_in_step_at_any_speed(sheet: Page, made: Run) -> None:
    compared(sheet, made, still=False)
    sheet.wait_for_function("[...document.querySelectorAll('video')].filter((video) => !video.paused).length === 20")
    until(sheet, APART + " < 0.5 / 16")  # twenty that begin while their neighbours are still read come together first
    seen = in_step(sheet, loops=1, least=11)
    assert seen.clips == 20 and seen.loops >= 1 and len(seen.apart) > 10
    # Half a frame at 16 fps; a browser that shares its cores stumbles now and then: `make bench` tells the most.
    assert np.median(seen.apart) < 0.5 / 16
    speed = sheet.get_by_label("Speed", exact=True)
    speed.select_option("2")
    sheet.wait_for_function("Math.abs(document.querySelector('video').playbackRate - 2) < 0.01")
    cell(sheet, 0, 0).focus()
    press(sheet, "[", "[", "[", " ")
    assert speed.input_value() == "0.5"
    sheet.wait_for_function("[...document.querySelectorAll('video')].every((video) => video.paused && !video.seeking)")
    assert (
        len(
            {
                round(time, 2)
                for time in sheet.evaluate("[...document.querySelectorAll('video')].map((v) => v.currentTime)")
            }
        )
        == 1
    )


def test_frames_by_key_are_the_same_in_all(sheet: Page, made: Run) -> None:
    compared(sheet, made)
    cell(sheet, 0, 0).focus()
    press(sheet, ".", ".", ".", ",")
    sheet.get_by_label("Frame", exact=True).fill("21")
    cell(sheet, 0, 0).focus()
    press(sheet, ".")
    expect(sheet.locator(".wannb-cmp-readout")).to_have_text("frame 23 of 33 · 1.38 s")
    shown(sheet)
    sheet.wait_for_timeout(100)  # a sought frame is painted a little after `seeked`
    media = [cell(sheet, row, column).locator("video") for row, column in ((0, 0), (2, 3), (4, 1))]
    assert [number_of(one) for one in pictures(sheet, *media)] == [22] * 3


def test_all_by_keyboard_and_kept_for_the_next_kernel(sheet: Page, run: Run) -> None:
    compare = compared(sheet, run)
    root = sheet.locator(".wannb-cmp")
    cell(sheet, 0, 0).focus()
    press(sheet, "ArrowRight", "a", "4", "ArrowRight", "ArrowRight", "b", "p", "Shift+P", "ArrowDown", "c")
    stage = sheet.locator(".wannb-cmp-stage")
    expect(stage).to_have_attribute("data-both", "true")
    heads = sheet.locator(".wannb-cmp-scroll").last.locator(".wannb-cmp-head")
    expect(heads.nth(1)).to_contain_text("step 300")  # a pinned column stands beside the base
    expect(heads.nth(1)).to_contain_text("pinned")
    expect(cell(sheet, 0, 2).locator(".wannb-cmp-stars")).to_have_text("★★★★☆")
    expect(sheet.locator(".wannb-cmp-pins").get_by_role("gridcell")).to_have_count(1)
    press(sheet, "w", "ArrowRight", "ArrowRight", "Shift+ArrowRight")
    line = sheet.get_by_role("slider", name="Wipe line")
    expect(line).to_be_focused()
    expect(line).to_have_attribute("aria-valuenow", "62")
    shown(sheet)
    box = sheet.locator(".wannb-cmp-box")
    (picture,) = pictures(sheet, box)
    reds, greens = picture[12, :, 0].astype(int), picture[12, :, 1].astype(int)
    share = float(np.mean(reds > greens))  # A, step 100, is the redder one, on the left
    assert abs(share - 0.62) < 0.02 and reds[10] > greens[10] and reds[-10] < greens[-10]
    press(sheet, "d")
    (picture,) = pictures(sheet, box)
    assert picture[-40:-8, 8:-8].max() < 40 < picture[12].max()  # the same bars, another top
    press(sheet, "o", "ArrowLeft")
    assert float(sheet.locator(".wannb-cmp-layer-b").evaluate("(node) => getComputedStyle(node).opacity")) == 0.48
    press(sheet, "Escape")
    expect(stage).to_be_hidden()
    assert root.evaluate("(node) => node.contains(document.activeElement)")
    command = sheet.locator(".wannb-cmp-command")
    expect(command).to_have_text(f"wannb export {run.path} --high 300 --low 300")
    assert compare.chosen == {"high": 300, "low": 300}
    taken_away(sheet)
    compared(sheet, run)
    sheet.locator(".wannb-cmp-pins").get_by_role("gridcell").focus()
    press(sheet, "p")  # where it was unpinned it is gone, and focus is with the others
    expect(sheet.locator(".wannb-cmp-pins")).to_be_hidden()
    expect(sheet.locator(".wannb-cmp-scroll").last.locator("[tabindex='0']")).to_be_focused()
    expect(cell(sheet, 0, 2).locator(".wannb-cmp-stars")).to_have_text("★★★★☆")
    expect(sheet.locator(".wannb-cmp-scroll").last.locator(".wannb-cmp-head").nth(1)).to_contain_text("pinned")


def test_what_was_marked_since_outlasts_a_late_answer(sheet: Page, run: Run) -> None:
    compared(sheet, run)
    sheet.evaluate("() => { window.marks = []; wannb.model.send = async (one) => one.id && marks.push(one); }")
    cell(sheet, 0, 2).focus()
    press(sheet, "4", "p", "5")
    sheet.evaluate("wannb.tell({ notes: { ratings: { [marks[0].clip]: 4 } }, answered: marks[0].id })")
    expect(cell(sheet, 0, 2).locator(".wannb-cmp-stars")).to_have_text("★★★★★")
    press(sheet, "Shift+P")
    _, pinned, _, both = sheet.evaluate("marks.map(({ value }) => value ?? null)")
    assert both["clips"] == pinned["clips"] and len(both["clips"]) == len(both["columns"]) == 1
    sheet.evaluate("wannb.tell({ notes: {}, answered: marks.at(-1).id })")  # meanwhile another page took all back
    expect(cell(sheet, 0, 2).locator(".wannb-cmp-stars")).not_to_contain_text("★")


def test_a_drag_moves_the_wipe(sheet: Page, made: Run) -> None:
    compared(sheet, made)
    cell(sheet, 1, 0).focus()
    press(sheet, "a", "ArrowRight", "b")
    box = sheet.locator(".wannb-cmp-box")
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    sheet.mouse.move(place["x"] + place["width"] * 0.5, place["y"] + 30)
    sheet.mouse.down()
    sheet.mouse.move(place["x"] + place["width"] * 0.25, place["y"] + 30)
    sheet.mouse.up()
    expect(sheet.get_by_role("slider", name="Wipe line")).to_have_attribute("aria-valuenow", "25")
    sheet.get_by_role("button", name="Swap").click()
    expect(sheet.locator(".wannb-cmp-label-a")).to_contain_text("step 100")


def test_a_blind_round_hides_what_is_what_and_counts(sheet: Page, run: Run) -> None:
    compare = compared(sheet, run)
    cell(sheet, 0, 0).focus()
    press(sheet, "5", "c", "n")
    root = sheet.locator(".wannb-cmp")
    expect(root).to_have_attribute("data-blind", "true")
    heads = sheet.locator(".wannb-cmp-scroll").last.locator(".wannb-cmp-head")
    assert heads.all_inner_texts() == ["A", "B", "C", "D"]
    words = sheet.locator(".wannb-cmp-scroll").last.inner_text() + root.evaluate(
        "(node) => [...node.querySelectorAll('[aria-label]')].map((one) => one.ariaLabel).join()"
    )
    assert not any(word in words for word in ("step 1", "step 2", "step 3", "base", "★", "Motion"))
    order = compare.notes["blind"]["columns"]
    assert sorted(order) == ["0/0", "100/100", "200/200", "300/300"]
    press(sheet, "v", "ArrowDown", "v", "ArrowDown", "ArrowRight", "v")
    expect(sheet.locator(".wannb-cmp-blind")).to_contain_text("3 of 5 rows done")
    taken_away(sheet)
    compared(sheet, run)  # the round goes on
    expect(sheet.locator(".wannb-cmp-blind")).to_contain_text("3 of 5 rows done")
    sheet.get_by_role("button", name="Reveal").press("Enter")
    tally = sheet.locator(".wannb-cmp-tally li")
    names = {"0/0": "base", "100/100": "step 100", "200/200": "step 200", "300/300": "step 300"}
    assert tally.all_inner_texts()[:2] == [
        f"{names[order[0]]} preferred in 2 of 3 rows", f"{names[order[1]]} preferred in 1 of 3 rows"
    ]  # fmt: skip
    assert len(compare.notes["rounds"]) == 1


def test_missing_clips_are_made_on_demand_with_progress(sheet: Page, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shelf, "go_on", lambda shelf: None)  # the renderer has tests of its own
    compare = compared(sheet, run)
    cell(sheet, 1, 1).focus()
    press(sheet, "h")
    shown(sheet, "pairs")
    expect(sheet.locator(".wannb-cmp-title")).to_have_text(PROMPTS[1])
    cell(sheet, 2, 1).focus()
    press(sheet, "m")
    expect(cell(sheet, 2, 1)).to_have_attribute("data-state", "waiting")
    (order,) = compare._views.shelf.progress()
    rendering = [{**order, "state": "rendering", "step": 1, "steps": 4, "sentence": ""}]
    monkeypatch.setattr(Shelf, "progress", lambda shelf: rendering)
    expect(cell(sheet, 2, 1).get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
    monkeypatch.undo()
    monkeypatch.setattr(Shelf, "go_on", lambda shelf: None)
    cell(sheet, 2, 1).focus()
    press(sheet, "x")
    expect(cell(sheet, 2, 1)).to_have_attribute("data-state", "missing")
    press(sheet, "ArrowUp", "t")
    shown(sheet, "strengths")
    assert sheet.get_by_role("gridcell").count() == 21
    press(sheet, "g")
    shown(sheet)


def test_only_clips_in_sight_hold_bytes(sheet: Page, made: Run) -> None:
    sheet.set_viewport_size({"width": 420, "height": 420})
    sheet.evaluate(COUNT_BLOBS)
    compare = Compare(made)
    compare._esm = str(compare._esm).replace("KEPT_BYTES = 96e6", "KEPT_BYTES = 0")
    sheet.emulate_media(reduced_motion="reduce")
    mount(sheet, compare, TRAITS, talks=True)
    shown(sheet)
    few = (
        "document.querySelectorAll('video').length < 18 && blobs.size - 1 === document.querySelectorAll('video').length"
    )
    sheet.wait_for_function(few)  # one Blob is the widget's own module
    before = set(sheet.evaluate("[...blobs]"))
    sheet.locator("[role=gridcell][tabindex='0']").focus()
    press(sheet, "End", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown")
    sheet.wait_for_function(
        f"{few} && [...document.querySelectorAll('.wannb-cmp-row')].at(-1).lastChild.querySelector('video')"
    )
    assert len(before - set(sheet.evaluate("[...blobs]"))) > 1
    heads = "[...document.querySelectorAll('.wannb-cmp-rowhead')].at(-1).getBoundingClientRect()"
    assert 0 <= sheet.evaluate(f"{heads}.x") < 40  # the prompt stays while the columns scroll
    sheet.evaluate("wannb.clear()")
    assert sheet.evaluate("blobs.size") == 1


def test_two_hundred_scrubs_leave_memory_as_it_was(sheet: Page, made: Run) -> None:
    sheet.evaluate(COUNT_BLOBS)
    compare = compared(sheet, made)
    compare._thoughts.wait(60)
    devtools = sheet.context.new_cdp_session(sheet)
    scrub = """async (times) => {
      const bar = document.querySelector(".wannb-cmp-scrub");
      for (let i = 0; i < times; i += 1) {
        bar.value = (7 * i) % 33;
        bar.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
    }"""

    def held() -> tuple[float, int, int, int]:
        shown(sheet)
        devtools.send("HeapProfiler.collectGarbage")
        heap = devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        counts = devtools.send("Memory.getDOMCounters")
        blobs, videos = sheet.evaluate("[blobs.size, document.querySelectorAll('video').length]")
        return heap, counts["nodes"], blobs, videos

    sheet.evaluate(scrub, 40)
    before = held()
    sheet.evaluate(scrub, 200)
    after = held()
    assert after[2:] == before[2:] == (21, 20)
    assert after[0] - before[0] < 1.0, "MB of the JavaScript heap"
    assert after[1] - before[1] < 50, "nodes"


def test_the_page_plays_from_the_disk_without_net(opened: Page, made: Run, tmp_path: Path) -> None:
    file, asked = write_compare_page(tmp_path / "page.html", gathered(made)).path, []
    with another(opened) as sheet:
        sheet.set_viewport_size({"width": 1100, "height": 1700})
        sheet.on("request", lambda request: asked.append(request.url))
        sheet.context.set_offline(True)
        sheet.goto(file.as_uri())
        until(sheet, "[...document.querySelectorAll('video')].filter((video) => !video.paused).length === 20")
        seen = in_step(sheet, loops=1)
        assert seen.loops == 1 and np.median(seen.apart) < 0.5 / 16
        expect(sheet.locator(".wannb-cmp-proposal")).to_contain_text("Proposed: high")
        cell(sheet, 1, 2).focus()
        press(sheet, " ", "3", "p", "a", "ArrowRight", "b", "c")
        expect(sheet.locator(".wannb-cmp-stage")).to_have_attribute("data-way", "wipe")
        expect(sheet.locator(".wannb-cmp-pins").get_by_role("gridcell")).to_have_count(1)
        expect(sheet.locator(".wannb-cmp-command")).to_have_text(f"wannb export {made.path.name} --high 300 --low 300")
        assert not sheet.get_by_role("button", name="Export").is_visible()
        sheet.reload()
        expect(cell(sheet, 1, 2).locator(".wannb-cmp-stars")).to_have_text("★★★☆☆")
    assert {url.split(":")[0] for url in asked} <= {"file", "blob", "data"}
    assert len([url for url in asked if url.startswith("file")]) == 2


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_read_in_light_and_dark(opened: Page, dark: bool, tmp_path: Path) -> None:
    with another(opened, color_scheme="dark" if dark else "light") as sheet:
        sheet.set_content(f"<!doctype html><style>body{{background:{'#111' if dark else '#fff'}}}</style>")
        sheet.set_viewport_size({"width": 900, "height": 800})
        compare = compared(sheet, compared_run(tmp_path, prompts=2, frames=9))
        cell(sheet, 0, 1).focus()
        press(sheet, "4", "p", "c", "?")
        compare._thoughts.wait(60)
        expect(sheet.locator(".wannb-cmp-proposal")).to_be_visible(timeout=30_000)
        parts = (
            ".wannb-cmp-rowhead",
            ".wannb-cmp-head",
            ".wannb-cmp-figures span",
            ".wannb-cmp-stars",
            ".wannb-cmp-readout",
            ".wannb-cmp-reasons",
        )
        for part in parts:
            ink = sheet.locator(part).last.evaluate("(node) => getComputedStyle(node).color")
            assert contrast(ink, (17, 17, 17) if dark else (255, 255, 255)) > 4.5, part
        folder = Path(OUT or tmp_path)
        sheet.screenshot(path=folder / f"compare-{'dark' if dark else 'light'}.png")
        sheet.set_viewport_size({"width": 420, "height": 800})
        sheet.screenshot(path=folder / f"compare-{'dark' if dark else 'light'}-narrow.png")
