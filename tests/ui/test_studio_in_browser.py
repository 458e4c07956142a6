"""The Studio in JupyterLab: changed by mouse, keyboard, YAML and cells, mended, started, watched, found again."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.ui.browser import page, told
from tests.ui.conftest import CHROMIUM
from tests.ui.lab import Lab, command, in_kernel, lab, run_new_cell
from tests.ui.studio_page import JOB, STUDIO, appear, button, field, finding, holds, picture, row, standing, yaml
from wannb import bundled

WIDE = {"width": 1440, "height": 1700}
BRIEF = """
job.name, job.train.steps, job.train.switch_boundary_every = "brief", 12, 3
job.saving.save_every = job.sample.sample_every = 12
job.datasets[0].folder_path = "few"
job.datasets[0].num_frames = job.sample.num_frames = 5
job.sample.sample_steps = 2
del job.sample.samples[1:]"""
BEYOND = """() => {
  const studio = document.querySelector(".wannb-studio"), edge = studio.getBoundingClientRect().right + 1;
  const beyond = (node) => node.checkVisibility() && node.getBoundingClientRect().right > edge;
  const found = [...studio.querySelectorAll("*")].filter((node) => !node.closest("svg, .wannb-unseen") && beyond(node));
  const said = found.map((node) => node.outerHTML.slice(0, 120));
  return studio.scrollWidth > studio.clientWidth ? [`${studio.scrollWidth} px`, ...said] : said;
}"""
THEME = "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })"


def beyond(sheet: Page) -> list[str]:
    """What of the Studio reaches over its right edge, when pictures had time to be drawn anew."""
    until = time.monotonic() + 5
    while (found := sheet.evaluate(BEYOND)) and time.monotonic() < until:
        sheet.wait_for_timeout(100)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as server:
        server.write("studio.ipynb", [JOB, STUDIO])
        server.write("run.ipynb", [JOB + BRIEF, STUDIO])
        (server.root / "few").mkdir()
        for clip in bundled.folder("motion").glob("orbit_0[0-2].*"):  # three clips and their captions
            shutil.copy(clip, server.root / "few")
        yield server


@pytest.fixture(scope="module")
def notebook(server: Lab) -> Iterator[Page]:
    with page(CHROMIUM) as sheet:
        sheet.set_viewport_size(WIDE)
        server.open(sheet, "studio.ipynb")
        yield sheet


@pytest.fixture
def sheet(notebook: Page) -> Iterator[Page]:
    """The notebook with a new Studio; nothing may be written to the browser's console as an error."""
    said: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        said.extend([told(line)] if line.type == "error" else [])

    notebook.on("console", hear)
    appear(notebook)
    yield notebook
    notebook.remove_listener("console", hear)
    assert not said


def test_a_number_typed_into_its_field_reaches_the_text_and_back(sheet: Page) -> None:
    button(sheet, "YAML").click()
    field(sheet, "Steps").click(click_count=3)
    sheet.keyboard.type("1750")
    expect(yaml(sheet)).to_have_value(re.compile("steps: 1750\n"))
    holds(sheet, "train.steps", "1750")
    text = yaml(sheet).input_value()
    shifted = text.replace("timestep_type: linear", "timestep_type: sigmoid")
    yaml(sheet).fill(shifted.replace("steps: 1750", "steps: 1600"))
    expect(field(sheet, "Steps")).to_have_value("1600")
    expect(field(sheet, "Timestep Type")).to_have_value("Sigmoid")
    yaml(sheet).fill(text.replace("steps: 1750", "steps: banana"))
    expect(sheet.locator(".wannb-yaml-pane .wannb-wrong")).to_contain_text("banana")
    holds(sheet, "train.steps", "1600")


def test_the_keyboard_alone_is_enough(sheet: Page) -> None:
    field(sheet, "Steps").focus()
    sheet.keyboard.press("ArrowUp")
    expect(field(sheet, "Steps")).to_have_value("1250")
    back = row(sheet, "Steps").get_by_role("button")
    for one in (back, field(sheet, "Learning Rate"), field(sheet, "Timestep Type")):
        sheet.keyboard.press("Tab")
        expect(one).to_be_focused()
    sheet.keyboard.press("ArrowDown")
    expect(field(sheet, "Timestep Type")).to_have_value("Sigmoid")
    field(sheet, "Low VRAM").focus()
    sheet.keyboard.press("Space")
    expect(field(sheet, "Low VRAM")).to_be_checked()
    sheet.keyboard.press("x")  # which outside of the Studio cuts the cell
    expect(field(sheet, "Low VRAM")).to_be_focused()
    for key, printed in (("train.steps", "1250"), ("train.timestep_type", "sigmoid"), ("model.low_vram", "True")):
        holds(sheet, key, printed)


def test_a_value_that_cannot_be_is_said_beside_its_field(sheet: Page) -> None:
    field(sheet, "Steps").fill("0")
    expect(row(sheet, "Steps").get_by_role("alert")).to_contain_text("at least 1")
    holds(sheet, "train.steps", "1200")
    field(sheet, "Steps").fill("1300")
    expect(row(sheet, "Steps").get_by_role("alert")).to_have_count(0)


def test_a_finding_comes_while_one_types_and_its_fix_mends_it(sheet: Page) -> None:
    expect(button(sheet, "Start")).to_be_enabled()
    frames = field(sheet, "Num Frames", "datasets")
    frames.fill("40")
    found = finding(sheet, "40")
    expect(found.first).to_have_attribute("data-severity", "error")
    expect(row(sheet, "Num Frames", "datasets")).to_have_class(re.compile("wannb-error"))
    expect(button(sheet, "Start")).to_be_disabled()
    expect(standing(sheet)).to_have_text("1 thing to mend before it can start")
    found.first.get_by_role("button", name="Fix").click()
    expect(frames).to_have_value(re.compile("37|41"))
    expect(button(sheet, "Start")).to_be_enabled()


def test_a_findings_place_leads_to_its_row(sheet: Page) -> None:
    in_kernel(sheet, "job.sample.sample_steps, job.datasets[0].num_frames = 2, 41; studio.refresh()")
    expect(field(sheet, "Sample Steps")).to_have_count(0)
    sheet.get_by_role("button", name=re.compile(r"\d+ notes?")).click()
    sheet.get_by_role("button", name="SAMPLE · Sample Steps", exact=True).click()
    expect(field(sheet, "Sample Steps")).to_be_in_viewport()
    expect(field(sheet, "Sample Steps")).to_be_focused()
    expect(row(sheet, "Sample Steps")).to_have_class(re.compile("wannb-here"))
    sheet.get_by_role("button", name="orbit_00.mp4", exact=True).first.click()
    expect(field(sheet, "Target Dataset")).to_be_focused()
    expect(row(sheet, "Sample Steps")).not_to_have_class(re.compile("wannb-here"))


def test_what_differs_goes_back_to_the_recipe_and_everything_is_undone(sheet: Page) -> None:
    steps, changed = field(sheet, "Steps"), re.compile("wannb-changed")
    expect(row(sheet, "Steps")).to_have_class(changed)
    row(sheet, "Steps").get_by_role("button").click()
    expect(steps).to_have_value("2000")
    expect(row(sheet, "Steps")).not_to_have_class(changed)
    button(sheet, "Undo").click()
    expect(steps).to_have_value("1200")
    button(sheet, "Redo").click()
    expect(steps).to_have_value("2000")
    button(sheet, "Undo").click()
    expect(button(sheet, "Undo")).to_be_disabled()


def test_tiers_and_words_are_shown_as_asked(sheet: Page) -> None:
    visible = sheet.locator(".wannb-row:visible")
    counts = [visible.count()]
    for tier, label in (("More", "Batch Size"), ("All", "Linear Alpha")):
        button(sheet, tier).click()
        expect(field(sheet, label)).to_be_visible()
        counts.append(visible.count())
    assert counts == sorted(set(counts))
    button(sheet, "Essential").click()
    expect(visible).to_have_count(counts[0])
    words = row(sheet, "Steps").locator(".wannb-help")
    expect(words).not_to_be_visible()
    button(sheet, "Explain").click()
    expect(words).to_be_visible()
    button(sheet, "Why these?").click()
    expect(sheet.locator(".wannb-reasons")).to_contain_text("Linear Rank")


@pytest.mark.parametrize(
    "name, ready, help", [("Français", "démarrer", "étapes"), ("日本語", "開始できます", "ステップ")]
)
def test_the_language_is_switched_while_one_looks(name: str, ready: str, help: str, sheet: Page) -> None:
    button(sheet, "Explain").click()
    expect(row(sheet, "Steps")).to_contain_text("Optimizer steps of both experts together.")
    chosen = field(sheet, "Language")
    chosen.select_option(label=name)
    try:
        expect(standing(sheet)).to_contain_text(ready)
        expect(row(sheet, "Steps")).to_contain_text(help)
        assert beyond(sheet) == []
    finally:
        chosen.select_option(label="English")
    expect(row(sheet, "Steps")).to_contain_text("Optimizer steps of both experts together.")


def test_previews_and_data_sets_come_and_go(sheet: Page) -> None:
    button(sheet, "Add preview").click()
    prompt = field(sheet, "Prompt").nth(2)
    prompt.fill("a cat orbits")
    expect(finding(sheet, "control image").first).to_be_visible()
    holds(sheet, "sample.samples[2].prompt", "a cat orbits")
    button(sheet, "Remove").last.click()
    expect(field(sheet, "Prompt")).to_have_count(2)
    button(sheet, "Add data set").click()
    expect(field(sheet, "Target Dataset")).to_have_count(2)
    expect(button(sheet, "Start")).to_be_disabled()
    button(sheet, "Undo").click()
    expect(field(sheet, "Target Dataset")).to_have_count(1)
    expect(button(sheet, "Start")).to_be_enabled()


def test_what_another_cell_does_to_the_job_is_seen(sheet: Page) -> None:
    run_new_cell(sheet, "job.train.steps, job.model.low_vram = 777, True")
    expect(field(sheet, "Steps")).to_have_value("777")
    expect(field(sheet, "Low VRAM")).to_be_checked()
    command(sheet, "notebook:delete-cell")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_looks_calm(dark: bool, sheet: Page, tmp_path: Path) -> None:
    name = "dark" if dark else "light"
    sheet.evaluate(THEME, f"JupyterLab {name.title()}")
    sheet.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(not dark).lower()}'")
    in_kernel(sheet, "job.datasets[0].num_frames, job.train.steps = 40, 500; studio.refresh()")
    expect(finding(sheet, "40").first).to_be_visible()
    studio = sheet.locator(".wannb-studio")
    picture(sheet, tmp_path, f"studio-{name}")
    for width in (800, 420):
        studio.evaluate("(node, width) => { node.style.width = `${width}px`; }", width)
        assert beyond(sheet) == []
        picture(sheet, tmp_path, f"studio-{name}-{width}")
    button(sheet, "All").click()
    expect(field(sheet, "Linear Alpha")).to_be_visible()
    picture(sheet, tmp_path, f"studio-{name}-420-all")
    assert beyond(sheet) == []


def test_a_run_is_started_watched_and_found_again(server: Lab, notebook: Page, tmp_path: Path) -> None:
    server.open(notebook, "run.ipynb")
    studio = appear(notebook)
    button(notebook, "Start").click()
    watch = studio.locator(".wannb-watch")
    expect(watch).to_have_attribute("data-state", re.compile("starting|training"), timeout=60_000)
    command(notebook, "docmanager:save")
    notebook.reload()  # the kernel goes on, and so does the run
    expect(watch).to_have_attribute("data-state", "done", timeout=240_000)
    expect(watch).to_have_attribute("data-steps", "12")
    expect(watch.locator("figcaption")).to_contain_text("step 12")
    notebook.wait_for_function("document.querySelector('.wannb-watch video')?.readyState >= 2")
    losses = watch.locator(".wannb-watch-legend").inner_text()
    assert "high noise loss" in losses and "low noise loss" in losses
    picture(notebook, tmp_path, "studio-watch")
    command(notebook, "notebook:clear-all-cell-outputs")
    command(notebook, "docmanager:save")
    server.close(notebook)
    server.open(notebook, "run.ipynb")
    appear(notebook)
    button(notebook, "Watch").click()
    expect(watch).to_have_attribute("data-steps", "12")
    expect(watch.locator(".wannb-watch-legend")).to_have_text(losses, use_inner_text=True)
