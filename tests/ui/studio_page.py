"""A notebook with a Studio of a small job on the bundled clips, and what a person sees and does on it."""

import os
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.ui.lab import in_kernel, run_cells
from wannb.bundled import folder, held_out

PATIENCE = 60  # seconds, on a machine that does much else
expect.set_options(timeout=1000 * PATIENCE)

JOB = f"""import wannb

job = wannb.Job.recipe("motion", "i2v", vram_gb=24, data={str(folder("motion"))!r}, name="orbit")
job.training_folder, job.device = "runs", "cpu"
job.model.name_or_path, job.model.low_vram = "wannb/tiny-wan2.2-i2v", False
job.model.quantize = job.model.quantize_te = False
job.datasets[0].resolution, job.datasets[0].num_frames = [64], 33
job.train.steps, job.train.optimizer, job.train.dtype = 1200, "adamw", "fp32"
job.sample.width, job.sample.height, job.sample.num_frames = 64, 64, 33
del job.sample.samples[2:]
for item in job.sample.samples:
    item.ctrl_img = {str(held_out("motion")[0].image)!r}"""
STUDIO = "studio = wannb.Studio(job)\nstudio"


def appear(sheet: Page) -> Locator:
    """Have the notebook's cells make a new Studio, and wait until it is there and its clips are known."""
    run_cells(sheet)
    studio = sheet.locator(".wannb-studio")
    expect(studio.locator(".wannb-row").first).to_be_visible(timeout=2000 * PATIENCE)  # the first time imports, too
    expect(standing(sheet)).not_to_contain_text("ooking at")
    return studio


def standing(sheet: Page) -> Locator:
    """The line that says whether the job can start."""
    return sheet.locator(".wannb-head [role=status]")


def field(sheet: Page, label: str, panel: str = "") -> Locator:
    """The field that is called `label`, of `panel` where there are several."""
    within = f".wannb-panel-{panel.lower()}" if panel else ".wannb-studio"
    return sheet.locator(within).get_by_label(label, exact=True)


def row(sheet: Page, label: str, panel: str = "") -> Locator:
    """The row of that field."""
    return field(sheet, label, panel).locator("xpath=ancestor::*[contains(@class, 'wannb-row')][1]")


def button(sheet: Page, name: str) -> Locator:
    """The button of the Studio that is called `name`."""
    return sheet.locator(".wannb-studio").get_by_role("button", name=name, exact=True)


def yaml(sheet: Page) -> Locator:
    """The text of the job file."""
    return sheet.locator(".wannb-yaml textarea")


def finding(sheet: Page, words: str) -> Locator:
    """The row of the list of findings that says `words`."""
    return sheet.locator(".wannb-findings-row").filter(has_text=words)


def holds(sheet: Page, key: str, printed: str) -> None:
    """Wait until the job in the kernel has at `key` what Python prints so: what is typed is dealt with beside cells."""
    until = time.monotonic() + PATIENCE
    while (now := in_kernel(sheet, f"print(job.get({key!r}))")) != printed:
        assert time.monotonic() < until, f"{key} is {now}, not {printed}"


def picture(sheet: Page, folder: Path, name: str) -> None:
    """Keep the whole Studio, which is higher than the page shows otherwise, as `name`.png in `folder`, or where
    WANNB_SCREENSHOTS says."""
    studio, before = sheet.locator(".wannb-studio"), sheet.viewport_size
    sheet.set_viewport_size({**before, "height": int(studio.bounding_box()["height"]) + 500})
    studio.screenshot(path=Path(os.environ.get("WANNB_SCREENSHOTS") or folder) / f"{name}.png")
    sheet.set_viewport_size(before)
