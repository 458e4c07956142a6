"""The player in a real browser: in step, by mouse and keyboard, in light and dark, clean when it leaves."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.data import numbered
from tests.ui.browser import mount, page
from tests.ui.conftest import CHROMIUM
from tests.ui.contrasts import contrast
from wannb.ui.player import Player

TRAITS = ["_clips", "columns", "loop", "autoplay"]
FRAMES = 48


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("painted")
    lengths = {"base": FRAMES, "lora": FRAMES, "short": 17}
    return [numbered.write(folder / f"{name}.mp4", count=count) for name, count in lengths.items()]


@pytest.fixture
def sheet() -> Iterator[Page]:
    with page(CHROMIUM) as opened:
        yield opened


def shown(sheet: Page) -> list[int]:
    """The frame numbers that are on the screen, read off its pixels."""
    pictures = [media.screenshot() for media in sheet.locator(".wannb-media").all()]
    return [numbered.number_of(np.asarray(Image.open(io.BytesIO(picture)))[..., :3]) for picture in pictures]


def frame_is(sheet: Page, index: int) -> None:
    sheet.wait_for_function(
        """(index) => document.querySelector(".wannb-player").dataset.frame === String(index)
        && [...document.querySelectorAll("video")].every((video) => !video.seeking)""",
        arg=index,
    )
    sheet.wait_for_timeout(100)  # a sought frame is painted a little after `seeked`


def test_steps_and_jumps_show_the_same_frame_in_every_clip(sheet: Page, clips: list[Path]) -> None:
    mount(sheet, Player(clips, autoplay=False), TRAITS)
    sheet.wait_for_function("[...document.querySelectorAll('video')].every((video) => video.readyState >= 3)")
    player = sheet.locator(".wannb-player")
    player.focus()
    for keys, frame in ((["ArrowRight"] * 3, 3), (["ArrowLeft"], 2), (["End"], FRAMES - 1), (["Home"], 0)):
        for key in keys:
            player.press(key)
            sheet.wait_for_function("[...document.querySelectorAll('video')].every((video) => !video.seeking)")
        frame_is(sheet, frame)
        assert shown(sheet) == [frame, frame, min(frame, 16)]
    sheet.locator(".wannb-scrub").fill("29")
    frame_is(sheet, 29)
    assert shown(sheet) == [29, 29, 16]


def test_clips_play_in_step_and_loop(sheet: Page, clips: list[Path]) -> None:
    mount(sheet, Player(clips[:2]), TRAITS)
    sheet.wait_for_function("document.querySelector('.wannb-player').dataset.playing === 'true'")
    apart = sheet.evaluate(
        """async () => {
          const videos = [...document.querySelectorAll("video")];
          const apart = [];
          let loops = 0, last = 0;
          const started = performance.now();
          while (performance.now() - started < 60000 && (loops < 2 || apart.length <= 20)) {
            await new Promise(requestAnimationFrame);
            const times = videos.map((video) => video.currentTime);
            if (times[0] < last - 1) loops += 1;
            last = times[0];
            if (videos.every((video) => !video.paused && !video.seeking)) apart.push(Math.abs(times[0] - times[1]));
          }
          return { apart, loops };
        }"""
    )
    assert apart["loops"] >= 2
    assert len(apart["apart"]) > 20
    # Half a frame at 16 fps; a browser that shares two cores with other tests may stumble now and then.
    assert np.quantile(apart["apart"], 0.9) < 0.5 / 16


def test_space_and_the_button_play_and_pause(sheet: Page, clips: list[Path]) -> None:
    mount(sheet, Player(clips[:1], autoplay=False), TRAITS)
    player = sheet.locator(".wannb-player")
    assert player.get_attribute("data-playing") == "false"
    player.press(" ")
    sheet.wait_for_function("!document.querySelector('video').paused")
    sheet.get_by_role("button", name="Pause").click()
    assert player.get_attribute("data-playing") == "false"
    assert sheet.evaluate("document.querySelector('video').paused")
    player.press("l")
    assert sheet.evaluate("wannb.model.get('loop')") is False
    assert sheet.get_by_role("button", name="Loop").get_attribute("aria-pressed") == "false"


def test_without_loop_it_stops_on_the_last_frame(sheet: Page, clips: list[Path]) -> None:
    mount(sheet, Player(clips[2:], loop=False), TRAITS)
    sheet.wait_for_function("document.querySelector('.wannb-player').dataset.frame === '16'", timeout=15000)
    sheet.wait_for_function("document.querySelector('.wannb-player').dataset.playing === 'false'")


def test_new_clips_replace_the_old_and_leaving_frees_them(sheet: Page, clips: list[Path]) -> None:
    sheet.evaluate(
        """() => { window.freed = 0; const revoke = URL.revokeObjectURL;
        URL.revokeObjectURL = (url) => { window.freed += 1; revoke.call(URL, url); }; }"""
    )
    mount(sheet, Player(clips[:2], autoplay=False), TRAITS)
    sheet.evaluate("wannb.model.set('_clips', wannb.model.get('_clips').slice(0, 1))")
    assert sheet.locator("video").count() == 1
    sheet.evaluate("wannb.clear()")
    assert sheet.evaluate("window.freed") == 3


@pytest.mark.parametrize("dark", [False, True])
def test_captions_can_be_read_in_light_and_dark(clips: list[Path], dark: bool, tmp_path: Path) -> None:
    with page(CHROMIUM, dark) as sheet:
        mount(sheet, Player(clips, ["base", "LoRA", "short"], autoplay=False), TRAITS)
        sheet.wait_for_function("[...document.querySelectorAll('video')].every((video) => video.readyState >= 3)")
        assert sheet.locator(".wannb-caption").all_inner_texts() == ["base", "LoRA", "short"]
        for part in (".wannb-caption", ".wannb-readout"):
            ink = sheet.locator(part).first.evaluate("(node) => getComputedStyle(node).color")
            assert contrast(ink, (17, 17, 17) if dark else (255, 255, 255)) > 4.5
        folder = Path(os.environ.get("WANNB_SCREENSHOTS") or tmp_path)
        sheet.screenshot(path=folder / f"player-{'dark' if dark else 'light'}.png")
