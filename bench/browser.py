"""How soon the Studio is there in JupyterLab, and how soon a key pressed in a field reaches the findings."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from bench.measured import Measured
from bench.studio import CLIPS, many_clips
from tests.ui.browser import page
from tests.ui.conftest import CHROMIUM
from tests.ui.lab import in_kernel, lab
from tests.ui.studio_page import field

TRIES, KEYS = 7, 20
# Milliseconds from the command to run a cell to the first row of panels that it draws, and until its clips are known.
APPEAR = """async () => {
  await jupyterapp.commands.execute("notebook:clear-all-cell-outputs");
  const began = performance.now();
  void jupyterapp.commands.execute("notebook:run-all-cells");
  const look = (done) => document.querySelector(".wannb-studio .wannb-row")?.offsetHeight
    ? done(performance.now() - began) : requestAnimationFrame(() => look(done));
  return await new Promise(look);
}"""
# Note when a key is pressed and when the list of findings is as it should be after it.
LISTEN = """() => {
  window.addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
  const list = document.querySelector(".wannb-findings");
  const note = () => { window.updated = performance.now(); };
  new MutationObserver(note).observe(list, { subtree: true, childList: true, characterData: true });
}"""


def browser() -> list[Measured]:
    """Nothing where there is no Chromium."""
    if CHROMIUM is None:
        return []
    with many_clips() as job, tempfile.TemporaryDirectory() as folder, lab(Path(folder) / "lab") as server:
        file = Path(folder) / "job.yaml"
        job.save(file)
        server.write("bench.ipynb", [f"import wannb\nstudio = wannb.Studio(wannb.Job.load({str(file)!r}))\nstudio"])
        with page(CHROMIUM) as sheet:
            sheet.set_viewport_size({"width": 1440, "height": 1400})
            server.open(sheet, "bench.ipynb")
            in_kernel(sheet, "import wannb; wannb.Studio")
            first = appeared(sheet)
            again = [appeared(sheet) for _ in range(TRIES)]
            typed = keys(sheet)
    return [
        Measured(f"the Studio in JupyterLab, {CLIPS} clips not seen before", [first] * 2),
        Measured("the Studio in JupyterLab, the clips known", again),
        Measured(f"a key in Num Frames to the findings in the page, {CLIPS} clips", typed),
    ]


def appeared(sheet: Page) -> float:
    took = sheet.evaluate(APPEAR) / 1e3
    expect(sheet.locator(".wannb-head [role=status]")).not_to_contain_text("ooking at", timeout=120_000)
    return took


def keys(sheet: Page) -> list[float]:
    """Seconds of each of KEYS arrows up and down, which bring a finding and take it away."""
    sheet.evaluate(LISTEN)
    frames, seconds = field(sheet, "Num Frames", "datasets"), []
    frames.focus()
    wrong = sheet.locator(".wannb-findings-row").filter(has_text="are not 4n+1")
    for turn in range(KEYS):
        sheet.keyboard.press("ArrowDown" if turn % 2 else "ArrowUp")
        expect(wrong).to_have_count(1 - turn % 2)
        seconds.append(sheet.evaluate("window.updated - window.pressed") / 1e3)
        sheet.wait_for_timeout(300)
    return seconds
