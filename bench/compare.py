"""How far twenty clips that play together are apart, and how soon they show a frame that is asked for."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from bench.measured import Measured
from tests.ui.browser import mount, page
from tests.ui.compared_run import compared_run
from tests.ui.conftest import CHROMIUM
from tests.ui.in_step import in_step
from wannb.ui.compare.compare import Compare

LOOPS, SCRUBS, PROMPTS = 4, 60, 5
SCRUB = """async (times) => {
  const bar = document.querySelector(".wannb-cmp-scrub"), videos = [...document.querySelectorAll("video")], took = [];
  for (let i = 0; i < times; i += 1) {
    const began = performance.now();
    bar.value = (7 * (i + 1)) % 33;
    bar.dispatchEvent(new Event("input", { bubbles: true }));
    while (videos.some((video) => video.seeking)) await new Promise((resolve) => setTimeout(resolve, 2));
    took.push((performance.now() - began) / 1000);
  }
  return took;
}"""


def compare() -> list[Measured]:
    """5 prompts × 4 checkpoints in Chromium; nothing where there is none."""
    if CHROMIUM is None:
        return []
    with tempfile.TemporaryDirectory() as folder, page(CHROMIUM) as sheet:
        widget = Compare(compared_run(Path(folder), prompts=PROMPTS))
        sheet.set_viewport_size({"width": 1100, "height": 1700})
        mount(sheet, widget, ["_name", "_can"], talks=True)
        _all_play(sheet)
        widget._thoughts.wait()  # figures are worked out beside it once
        seen = in_step(sheet, LOOPS, most=120)
        sheet.locator(".wannb-cmp-play").click()
        scrubs = sheet.evaluate(SCRUB, SCRUBS)
    what = f"{seen.clips} clips in step, {seen.loops} loops:"
    return [
        Measured(f"{what} first to last, at most {max(seen.apart) * 1e3:.1f}", seen.apart),
        Measured(f"{what} one frame on the screen, at most {max(seen.frames) * 1e3:.1f}", seen.frames),
        Measured(f"a scrub until {seen.clips} clips have it", scrubs),
    ]


def _all_play(sheet: Page) -> None:
    sheet.wait_for_function("""() => {
      const videos = [...document.querySelectorAll("video")];
      return videos.length === 20 && videos.every((video) => !video.paused);
    }""")
