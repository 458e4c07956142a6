"""With the ipywidgets that Colab has, the widgets' own tests pass as they do with the present one."""

import os
import subprocess
import sys
from pathlib import Path

from tests.ui import ipywidgets7

ROOT = Path(__file__).parents[2]
WIDGETS = ("studio", "findings_list", "outlook", "watch", "player", "inspector", "monitor", "compare")
TESTS = [f"tests/ui/test_{name}.py" for name in WIDGETS]
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
