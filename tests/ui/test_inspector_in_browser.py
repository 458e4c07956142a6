"""The Inspector in a real browser, with its real Python side: what is pressed and dragged reaches the edit list."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.ui.browser import mount, page
from tests.ui.clip_sets import FPS, rolling
from tests.ui.conftest import CHROMIUM
from wannb import Inspector
from wannb.data.edits import Edits
from wannb.data.video_file import write_mp4

OUT = os.environ.get("WANNB_SCREENSHOTS")
COUNT_URLS = """() => { window.urls = 0; const { createObjectURL: make, revokeObjectURL: free } = URL;
  URL.createObjectURL = (blob) => { window.urls += 1; return make.call(URL, blob); };
  URL.revokeObjectURL = (url) => { window.urls -= 1; free.call(URL, url); }; }"""


def shown(sheet: Page, folder: Path, clip: str = "") -> Inspector:
    """Mount an Inspector whose clips have been looked at, and open `clip`."""
    inspector = Inspector(folder).wait(60)
    mount(sheet, inspector, ["selected"], talks=True)
    sheet.locator(".wannb-tile img[src]").first.wait_for()
    if clip:
        opened(sheet, clip)
    return inspector


def opened(sheet: Page, clip: str) -> None:
    sheet.locator(".wannb-tile", has_text=clip).first.click()
    sheet.wait_for_function(f"document.querySelector('.wannb-clip-name').textContent === '{clip}'")
    settled(sheet)


def settled(sheet: Page) -> None:
    """Wait until the strip, the curve and the film of the opened clip are there."""
    sheet.wait_for_selector(".wannb-strip[data-busy='false'] .wannb-strip-frame")
    sheet.wait_for_selector(".wannb-timeline-motion")
    sheet.wait_for_function("document.querySelector('video').readyState >= 2")


def tiles(sheet: Page) -> list[str]:
    """The names of the tiles in the page, in the order that they are shown in."""
    return sheet.evaluate(
        "[...document.querySelectorAll('.wannb-tile')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)"
        ".map((tile) => tile.querySelector('.wannb-tile-name').textContent)"
    )


def drag(sheet: Page, selector: str, dx: float, dy: float = 0) -> None:
    sheet.locator(selector).scroll_into_view_if_needed()
    box = sheet.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    sheet.mouse.move(x, y)
    sheet.mouse.down()
    sheet.mouse.move(x + dx / 2, y + dy / 2, steps=3)
    sheet.mouse.move(x + dx, y + dy, steps=3)
    sheet.mouse.up()


def edited(sheet: Page, folder: Path, clip: str, test) -> tuple:
    """Wait until the edit list says of `clip` what `test` wants; return its pieces."""
    for _ in range(60):
        pieces = Edits.of(folder).pieces(clip)
        if test(pieces):
            sheet.wait_for_timeout(150)
            return pieces
        sheet.wait_for_timeout(50)
    raise AssertionError(pieces)


def test_clips_are_found_sorted_and_filtered(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder)
        assert tiles(sheet) == ["bars.mp4", "dead.mp4", "plain.mp4", "scenes.mp4"]
        sheet.get_by_label("Sort by").select_option("frames")
        assert tiles(sheet) == ["bars.mp4", "plain.mp4", "dead.mp4", "scenes.mp4"]
        sheet.locator(".wannb-inspector-way").click()
        assert tiles(sheet)[:2] == ["dead.mp4", "scenes.mp4"]
        sheet.get_by_label("Search names and captions").fill("ball right")
        assert tiles(sheet) == ["dead.mp4"]
        assert sheet.locator(".wannb-inspector-count").inner_text() == "1 of 4 clips"
        sheet.get_by_label("Search names and captions").fill("")
        sheet.get_by_label("Show only").select_option("code:no-caption")
        assert tiles(sheet) == ["scenes.mp4"]


def test_the_keyboard_goes_everywhere(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder)
        grid = sheet.get_by_role("listbox", name="Clips.")
        grid.focus()
        grid.press("ArrowRight")
        grid.press("ArrowRight")
        grid.press("Enter")
        settled(sheet)
        assert sheet.locator(".wannb-clip-name").inner_text() == "plain.mp4"
        sheet.locator(".wannb-clip").press("]")
        sheet.wait_for_function("document.querySelector('.wannb-clip-name').textContent === 'scenes.mp4'")
        sheet.locator(".wannb-clip").press("Escape")
        assert not sheet.locator(".wannb-clip").is_visible()
        assert grid.evaluate("(node) => node === document.activeElement")
        grid.press("/")
        assert sheet.get_by_label("Search names and captions").evaluate("(node) => node === document.activeElement")
        sheet.keyboard.type("bars")
        sheet.keyboard.press("Enter")
        sheet.keyboard.press("Enter")
        settled(sheet)
        assert sheet.locator(".wannb-clip-name").inner_text() == "bars.mp4"


def test_hovering_goes_through_a_clip(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder)
        poster = sheet.locator(".wannb-tile", has_text="plain.mp4").locator(".wannb-tile-poster")
        box = poster.bounding_box()
        sheet.mouse.move(box["x"] + 5, box["y"] + 40)
        sheet.wait_for_selector(".wannb-tile-frames:not([hidden])")
        frames = []
        for share in (0.1, 0.5, 0.9):
            sheet.mouse.move(box["x"] + share * box["width"], box["y"] + 40)
            frames.append(int(poster.locator(".wannb-tile-frames").get_attribute("data-frame")))
        assert frames == [1, 8, 14]
        sheet.mouse.move(box["x"] + 5, box["y"] + 300)
        assert not sheet.locator(".wannb-tile-frames:not([hidden])").count()


def test_a_thousand_clips_need_few_nodes_and_pictures(tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    write_mp4(many / "clip_000.mp4", rolling(5)[:, :32, :32], FPS)
    for number in range(1, 300):
        shutil.copy(many / "clip_000.mp4", many / f"clip_{number:03}.mp4")
    with page(CHROMIUM) as sheet:
        sheet.evaluate(COUNT_URLS)
        shown(sheet, many)
        assert sheet.locator(".wannb-inspector-count").inner_text() == "300 clips"
        for _ in range(30):
            sheet.evaluate("document.querySelector('.wannb-gallery').scrollTop += 400")
            sheet.wait_for_timeout(120)
        sheet.locator(".wannb-tile", has_text="clip_299.mp4").locator("img[src]").wait_for()
        assert sheet.locator(".wannb-tile").count() <= 60
        assert sheet.evaluate("urls") <= 260
        sheet.evaluate("wannb.clear()")
        assert sheet.evaluate("urls") == 1  # the module's own


def test_trimming_by_mouse_changes_what_is_trained(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "dead.mp4")
        before = sheet.locator(".wannb-strip-frame").nth(1).get_attribute("aria-label")
        width = sheet.locator(".wannb-timeline").bounding_box()["width"] - 18
        drag(sheet, ".wannb-timeline-start", width * 12 / 60)
        (piece,) = edited(sheet, folder, "dead.mp4", bool)
        assert piece.start == pytest.approx(12 / FPS) and piece.end is None
        drag(sheet, ".wannb-timeline-end", -width * 8 / 60)
        (piece,) = edited(sheet, folder, "dead.mp4", lambda pieces: pieces[0].end)
        assert piece.end == pytest.approx(52 / FPS)
        settled(sheet)
        assert sheet.locator(".wannb-strip-frame").nth(1).get_attribute("aria-label") != before
        assert "frame 12 of the clip" in sheet.locator(".wannb-strip-frame").first.get_attribute("aria-label")
        sheet.get_by_role("button", name="Undo", exact=True).click()
        (piece,) = edited(sheet, folder, "dead.mp4", lambda pieces: pieces[0].end is None)
        sheet.get_by_role("button", name="Whole clip").click()
        edited(sheet, folder, "dead.mp4", lambda pieces: pieces is None)


def test_trimming_by_keys_is_one_step_a_run(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "dead.mp4")
        end = sheet.get_by_role("slider", name="End")
        end.press("ArrowLeft")
        end.press("Shift+ArrowLeft")
        assert end.get_attribute("aria-valuenow") == "49"
        (piece,) = edited(sheet, folder, "dead.mp4", bool)
        assert piece.end == pytest.approx(49 / FPS)
        assert sheet.evaluate("wannb.sent.filter((one) => one.do === 'trim').length") == 1


def test_what_is_pressed_last_is_for_the_clip_that_was_open(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "dead.mp4")
        sheet.get_by_role("slider", name="End").press("ArrowLeft")
        sheet.locator(".wannb-clip").press("]")
        (piece,) = edited(sheet, folder, "dead.mp4", bool)
        assert piece.end == pytest.approx(59 / FPS)
        settled(sheet)
        assert Edits.of(folder).names == ["dead.mp4"]


def test_splitting_dropping_and_leaving_out(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "scenes.mp4")
        sheet.get_by_role("button", name="Split at the cut").click()
        pieces = edited(sheet, folder, "scenes.mp4", bool)
        assert [round(piece.start * FPS) for piece in pieces] == [0, pytest.approx(30, abs=1)]
        sheet.locator(".wannb-timeline-number", has_text="2").wait_for()
        sheet.get_by_role("button", name="Drop piece 1").click()
        edited(sheet, folder, "scenes.mp4", lambda pieces: len(pieces) == 1)
        sheet.get_by_role("slider", name="Playhead").press("End")
        sheet.get_by_role("button", name="Leave out").click()
        edited(sheet, folder, "scenes.mp4", lambda pieces: pieces == ())
        assert not sheet.locator(".wannb-strip").is_visible()
        sheet.get_by_role("button", name="Take it again").click()
        edited(sheet, folder, "scenes.mp4", lambda pieces: pieces is None)
        settled(sheet)


def test_the_crop_box_keeps_its_shape_and_can_be_freed(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "plain.mp4")
        sheet.get_by_role("button", name="Crop", exact=True).click()
        drag(sheet, ".wannb-crop-se", -120, -80)
        (piece,) = edited(sheet, folder, "plain.mp4", bool)
        x0, y0, x1, y1 = piece.crop
        assert (x0, y0) == (0, 0) and (x1 - x0) / (y1 - y0) == pytest.approx(96 / 64, rel=0.04)
        drag(sheet, ".wannb-crop-box", 60, 20)
        (piece,) = edited(sheet, folder, "plain.mp4", lambda pieces: pieces[0].crop[0] > 4)
        assert piece.crop[2] - piece.crop[0] == pytest.approx(x1 - x0, abs=1)
        sheet.get_by_label("Shape of the crop box").select_option("1:1")
        (piece,) = edited(
            sheet, folder, "plain.mp4", lambda pieces: _ratio(pieces[0].crop) == pytest.approx(1, abs=0.05)
        )
        sheet.get_by_label("Shape of the crop box").select_option("free")
        drag(sheet, ".wannb-crop-w", 30)
        (piece,) = edited(sheet, folder, "plain.mp4", lambda pieces: _ratio(pieces[0].crop) < 0.9)
        sheet.get_by_role("group", name="Crop box").press("Shift+ArrowLeft")
        edited(sheet, folder, "plain.mp4", lambda pieces: pieces[0].crop[0] < piece.crop[0])
        settled(sheet)
        assert "% of the picture cropped" in sheet.locator(".wannb-strip-words").inner_text()
        sheet.get_by_role("button", name="Whole picture").click()
        edited(sheet, folder, "plain.mp4", lambda pieces: pieces is None)


def _ratio(box: tuple[int, int, int, int]) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])


def test_the_strip_follows_its_settings_and_shows_trained_pixels(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "plain.mp4")
        assert sheet.locator(".wannb-strip-frame").count() == 41
        sheet.get_by_label("Num Frames").select_option("9")
        sheet.wait_for_function("document.querySelectorAll('.wannb-strip-frame').length === 9")
        assert "frame 5 of the clip" in sheet.locator(".wannb-strip-frame").nth(1).get_attribute("aria-label")
        sheet.get_by_label("How frames are picked").select_option("rate")
        sheet.wait_for_function(
            "document.querySelectorAll('.wannb-strip-frame')[1]?.ariaLabel.includes('frame 1 of the clip')"
        )
        assert "as fast as filmed" in sheet.locator(".wannb-strip-words").inner_text()
        first = sheet.locator(".wannb-strip-frame").first
        assert "start image" in first.inner_text()
        sheet.locator(".wannb-strip-frame").nth(2).hover()
        sheet.wait_for_function("document.querySelector('.wannb-stage-trained').naturalWidth === 96")
        assert "frame 3 of 9 as trained, 96×64" in sheet.locator(".wannb-stage-note").inner_text()
        sheet.locator(".wannb-clip-name").hover()
        sheet.wait_for_function("document.querySelector('.wannb-stage-trained').hidden")


def test_the_playhead_shows_the_frame_it_is_at(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "plain.mp4")
        head = sheet.get_by_role("slider", name="Playhead")
        seen = []
        for key in ("Home", "End"):
            head.press(key)
            at = head.get_attribute("aria-valuenow")
            sheet.wait_for_function(f"document.querySelector('.wannb-stage-frame').dataset.shown === '{at}'")
            seen.append(_centre(sheet))
        assert seen[0] < 30 and seen[1] > 66
        sheet.get_by_role("button", name="Play the piece").click()
        sheet.wait_for_function(
            "document.querySelector('video').currentTime > 0.2 && !document.querySelector('video').paused"
        )
        sheet.locator(".wannb-clip").press(" ")
        assert sheet.evaluate("document.querySelector('video').paused")


def _centre(sheet: Page) -> float:
    """Where the red ball is in the large picture, in pixels of the clip."""
    pixels = sheet.evaluate(
        """() => { const canvas = new OffscreenCanvas(96, 64), pen = canvas.getContext("2d");
        pen.drawImage(document.querySelector("video"), 0, 0, 96, 64);
        return [...pen.getImageData(0, 0, 96, 64).data]; }"""
    )
    red = np.reshape(pixels, (64, 96, 4))[..., 0] > 180
    return float(np.nonzero(red)[1].mean())


def test_captions_are_edited_in_place_and_all_at_once(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "dead.mp4")
        box = sheet.get_by_label("Caption", exact=True)
        box.fill("orbit 360 around a red ball")
        box.press("Control+Enter")
        sheet.wait_for_function("document.querySelector('.wannb-caption-final').innerText.includes('orbit 360')")
        assert (folder / "dead.txt").read_text().strip() == "orbit 360 around a red ball"
        assert "of 512 tokens" in sheet.locator(".wannb-caption-tokens").inner_text()
        sheet.locator(".wannb-caption-near mark", has_text="rolls").first.wait_for()  # these come last
        assert "red" not in sheet.locator(".wannb-caption-near mark").all_inner_texts()
        sheet.locator(".wannb-caption-all summary").click()
        sheet.get_by_label("Find").fill("red ball")
        assert sheet.locator(".wannb-caption-all [role=status]").inner_text() == "3 in 3 captions"
        sheet.get_by_label("Replace with").fill("blue ball")
        sheet.get_by_role("button", name="Replace").click()
        sheet.wait_for_function("document.querySelector('.wannb-caption-box').value.includes('blue ball')")
        assert "blue ball" in (folder / "bars.txt").read_text()
        sheet.get_by_role("button", name="Undo the last change of captions").click()
        sheet.wait_for_function("document.querySelector('.wannb-caption-box').value.includes('red ball')")
        assert "red ball" in (folder / "bars.txt").read_text()


def test_a_caption_is_kept_when_another_clip_is_opened(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "dead.mp4")
        sheet.get_by_label("Caption", exact=True).fill("typed, not yet kept")
        sheet.locator(".wannb-tile", has_text="plain.mp4").click()
        settled(sheet)
        assert sheet.get_by_label("Caption", exact=True).input_value() == "a red ball, rolling"
        assert (folder / "dead.txt").read_text().strip() == "typed, not yet kept"
        assert (folder / "plain.txt").read_text().strip() == "a red ball, rolling"


def test_suggestions_for_all_are_one_step(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder)
        sheet.get_by_role("button", name="Suggest for all").click()
        sheet.wait_for_function("document.querySelectorAll('.wannb-tile-edited').length === 3")
        assert sheet.locator(".wannb-inspector-said").inner_text() == "3 clips edited as their findings say."
        assert set(Edits.of(folder).names) == {"bars.mp4", "dead.mp4", "scenes.mp4"}
        sheet.get_by_role("button", name="Undo", exact=True).click()
        sheet.wait_for_function("document.querySelectorAll('.wannb-tile-edited').length === 0")
        assert not Edits.of(folder).names


def test_a_refusal_is_said(folder: Path) -> None:
    with page(CHROMIUM) as sheet:
        shown(sheet, folder, "plain.mp4")
        (folder / ".wannb-edits.json").write_text("no list at all")
        sheet.get_by_role("button", name="Leave out").click()
        sheet.wait_for_function(
            "document.querySelector('.wannb-inspector-said').innerText.includes('is not JSON')"
        )


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1100, 380])
def test_it_fits_and_looks_calm(dark: bool, width: int, folder: Path, tmp_path: Path) -> None:
    name = f"inspector-{'dark' if dark else 'light'}-{width}"
    with page(CHROMIUM, dark) as sheet:
        sheet.set_viewport_size({"width": width, "height": 700})
        shown(sheet, folder)
        sheet.screenshot(path=Path(OUT or tmp_path) / f"{name}.png", full_page=True)
        opened(sheet, "dead.mp4")
        sheet.get_by_role("button", name="Suggest", exact=True).click()
        edited(sheet, folder, "dead.mp4", bool)
        settled(sheet)
        sheet.get_by_role("button", name="Crop", exact=True).click()
        sheet.locator(".wannb-caption-all summary").click()
        sheet.wait_for_timeout(300)
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        sheet.screenshot(path=Path(OUT or tmp_path) / f"{name}-opened.png", full_page=True)
