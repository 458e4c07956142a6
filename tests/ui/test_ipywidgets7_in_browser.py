"""The Studio with the ipywidgets that Colab has.

`both`: kernel and page have ipywidgets 7; JupyterLab 4 takes its page's side (jupyterlab_widgets 1.1) too.
`colab`: Colab's kernel has ipywidgets 7.7, and the page that anywidget asks it for is that of ipywidgets 8, which takes
what the kernel sends for its own. JupyterLab's page refuses it ("Module @jupyter-widgets/controls, version ^1.5.0 is
not registered, however, 2.0.0 is"), so here the kernel's copy of ipywidgets names the page's versions.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui import ipywidgets7
from tests.ui.browser import page
from tests.ui.conftest import CHROMIUM
from tests.ui.lab import in_kernel, lab
from tests.ui.studio_page import JOB, STUDIO, appear, button, field, finding, holds, picture


def colab(folder: Path) -> dict[str, str]:
    """A copy of ipywidgets 7.7 in `folder` that says its models and views were those of the page's ipywidgets 8."""
    shutil.copytree(ipywidgets7.FOLDER, folder, ignore=shutil.ignore_patterns("share"))
    versions = folder / "ipywidgets" / "_version.py"
    text = versions.read_text()
    versions.write_text(text.replace("version__ = '1.2.0'", "version__ = '2.0.0'").replace("'1.5.0'", "'2.0.0'"))
    return {"PYTHONPATH": str(folder)}


def both(_: Path) -> dict[str, str]:
    folder = ipywidgets7.FOLDER
    return {"PYTHONPATH": str(folder), "JUPYTER_PATH": str(folder / "share" / "jupyter")}


def hide(sheet: Page, label: str, tier: str) -> None:
    """Choose `tier`; once more where the page was still moving under the mouse."""
    for _ in range(4):
        button(sheet, tier).click()
        try:
            return expect(field(sheet, label)).not_to_be_visible(timeout=20_000)
        except AssertionError:
            continue
    expect(field(sheet, label)).not_to_be_visible()


@ipywidgets7.needs
@pytest.mark.parametrize("host", [both, colab])
def test_the_studio_works_with_ipywidgets_7(host: Callable[[Path], dict[str, str]], tmp_path: Path) -> None:
    with lab(tmp_path / "lab", **host(tmp_path / "ipywidgets")) as server, page(CHROMIUM) as sheet:
        sheet.set_viewport_size({"width": 1440, "height": 1700})
        server.write("studio.ipynb", [JOB, STUDIO])
        server.open(sheet, "studio.ipynb")
        appear(sheet)
        assert in_kernel(sheet, "import ipywidgets; print(ipywidgets.__version__)").startswith("7.7.")
        field(sheet, "Steps").fill("1300")
        holds(sheet, "train.steps", "1300")
        field(sheet, "Low VRAM").check()
        field(sheet, "Timestep Type").select_option("Sigmoid")
        holds(sheet, "train.timestep_type", "sigmoid")
        field(sheet, "Num Frames", "datasets").fill("40")
        finding(sheet, "40 frames").first.get_by_role("button", name="Fix").click()
        expect(finding(sheet, "40 frames")).to_have_count(0)
        button(sheet, "All").click()
        expect(field(sheet, "Linear Alpha")).to_be_visible()
        picture(sheet, tmp_path, f"studio-ipywidgets7-{host.__name__}-all")
        hide(sheet, "Linear Alpha", "Essential")
        button(sheet, "YAML").click()
        picture(sheet, tmp_path, f"studio-ipywidgets7-{host.__name__}")
