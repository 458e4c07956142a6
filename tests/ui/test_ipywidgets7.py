"""With the ipywidgets that Colab has, the widgets' own tests pass as they do with the present one."""

import os
import subprocess
import sys
from pathlib import Path

from tests.ui import ipywidgets7

ROOT = Path(__file__).parents[2]
WIDGETS = {
    "studio": [],
    "findings_list": [],
    "watch": [],
    "player": [],
    "outlook": ["test_it_shows_the_pictures_that_are_asked_for"],
    "inspector": [
        "test_only_what_changed_is_sent_again",
        "test_findings_are_shown_at_their_clip_and_mended_by_fix",
    ],
    "monitor": [
        "test_only_what_is_new_travels_and_it_is_what_a_new_kernel_sends",
        "test_a_preview_is_sent_when_it_is_opened",
    ],
    "compare": ["test_missing_clips_are_ordered_and_taken_back", "test_a_page_that_knows_all_is_told_nothing_twice"],
    "playground": ["test_rendering_orders_the_clip_and_its_base"],
}
"""Of a widget that is all anywidget those tests in which page and Python talk, of the others all."""
TESTS = [f"tests/ui/test_{name}.py{'::' * bool(one)}{one}" for name, some in WIDGETS.items() for one in some or [""]]
RUN = "import ipywidgets, pytest, sys; print(ipywidgets.__version__); sys.exit(pytest.main(sys.argv[1:]))"
# A warning is a failure, but ipywidgets 7.7 itself asks traitlets in a way that is no longer the newest.
OPTIONS = ["-o", "addopts=--import-mode=importlib", "-q", "-W", "error", "-W", "ignore:Deprecated in traitlets 4.1"]
PLUGINS = ["-p", "no:xdist", "-p", "no:nbval", "-p", "no:cacheprovider"]


@ipywidgets7.needs
def test_every_widget_works_with_ipywidgets_7(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *OPTIONS, *PLUGINS, f"--basetemp={tmp_path / 'inner'}", *TESTS],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ipywidgets7.FOLDER)}, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
    assert ended.stdout.startswith("7.7.")
