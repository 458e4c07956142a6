"""Monitor, Watch and Compare in JupyterLab when its kernel is restarted: they say so, and run again they go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.browser import page
from tests.ui.compared_run import compared_run
from tests.ui.conftest import CHROMIUM
from tests.ui.lab import lab, run_cells
from tests.ui.made_run import MadeRun
from tests.ui.monitored import measure, train, weigh

LONG = 120_000  # milliseconds: a machine that does much else
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeRun]:
    with MadeRun(tmp_path, total=1000, name="orbit_v1") as run:
        train(run, 400)
        measure(run.dir.validation, [0, 200, 400])
        weigh(run.dir.norms, [0, 200, 400])
        yield run


def told(sheet: Page, widget: str, name: str, value: object) -> None:
    wanted = f"document.querySelector('.wannb-{widget}')?.dataset.{name} === '{value}'"
    sheet.wait_for_function(wanted, timeout=LONG)


def test_a_restarted_kernel_is_said_and_the_next_one_shows_the_same(made: MadeRun, tmp_path: Path) -> None:
    other = compared_run(tmp_path / "compared", prompts=1, steps=(100,), frames=5)
    cells = ["import wannb\nfrom wannb.ui.watch import Watch"]
    cells += [f"wannb.Monitor({str(made.dir.path)!r})", f"Watch({str(made.dir.path)!r})"]
    with lab(tmp_path / "lab") as server, page(CHROMIUM) as sheet:
        sheet.set_viewport_size({"width": 1100, "height": 4000})  # all of them are seen
        server.write("run.ipynb", [*cells, f"wannb.Compare({str(other.path)!r})"])
        server.open(sheet, "run.ipynb")
        run_cells(sheet)
        told(sheet, "monitor", "steps", 400)
        told(sheet, "watch", "steps", 400)
        told(sheet, "cmp", "ready", 2)
        bins = sheet.locator(".wannb-monitor").get_attribute("data-bins")
        sheet.evaluate(RESTART)
        for name in ("wannb-monitor .wannb-watch-said", "wannb-watch > .wannb-watch-said", "wannb-cmp-said"):
            expect(sheet.locator(f".{name}")).to_contain_text("has to run again", timeout=LONG)
        assert sheet.locator(".wannb-monitor").get_attribute("data-bins") == bins  # what was drawn stays
        train(made, 420)
        run_cells(sheet)
        told(sheet, "monitor", "steps", 420)
        told(sheet, "watch", "steps", 420)
        told(sheet, "cmp", "ready", 2)
        expect(sheet.locator(".wannb-monitor .wannb-watch-said")).to_be_hidden()
