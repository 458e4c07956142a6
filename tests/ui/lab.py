"""JupyterLab with a folder of its own, and notebooks of it in headless Chromium: nothing of the user is touched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Page

PATIENCE = 120  # seconds until JupyterLab answers or a kernel is there, on a machine that does much else
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
COMMAND = "(name) => window.jupyterapp.commands.execute(name)"
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
EXECUTE = """async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  let text = "", error = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") text += content.text;
    if (header.msg_type === "error") error = `${content.ename}: ${content.evalue}`;
  };
  await future.done;
  return { text, error };
}"""
WRITE = "(code) => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(code)"


class Lab:
    """`url`, which ends in a slash, and `root` of a JupyterLab that runs."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root = url, root

    def write(self, name: str, cells: list[str]) -> None:
        """Write the notebook `name` with the code `cells`."""
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}},
        )
        nbformat.write(made, self.root / name)

    def open(self, sheet: Page, name: str) -> None:
        """Show the notebook `name` on `sheet`, alone, and wait until its kernel is idle and has told the page of the
        widgets that it has: asked while cells make some, JupyterLab can mix up the two."""
        sheet.goto(f"{self.url}doc/tree/{name}?token=t")
        sheet.wait_for_function(IDLE, timeout=1000 * PATIENCE)
        sheet.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
        for _ in range(2):  # what the page asks when it is ready goes before the second at the latest
            in_kernel(sheet, "pass")
        sheet.wait_for_function(IDLE, timeout=1000 * PATIENCE)

    def close(self, sheet: Page) -> None:
        """Leave the notebook and end every kernel."""
        sheet.goto("about:blank")
        for session in sheet.request.get(f"{self.url}api/sessions?token=t").json():
            sheet.request.delete(f"{self.url}api/sessions/{session['id']}?token=t")


@contextmanager
def lab(folder: Path, **environment: str) -> Iterator[Lab]:
    """JupyterLab, with this Python as its kernel, on a free port of this machine; it and its kernels end with the
    block. `environment` goes over the present one's variables."""
    root, home = folder / "root", folder / "home"
    for one in (root, home):
        one.mkdir(parents=True)
    process = _started(root, home, environment)
    try:
        yield Lab(_url(process, home), root)
    finally:
        _ended(process)


def command(sheet: Page, name: str) -> None:
    """Have JupyterLab do the command `name`; one that runs cells returns before they have ended."""
    sheet.evaluate(f"(name) => void ({COMMAND})(name)" if ":run" in name else COMMAND, name)


def run_cells(sheet: Page) -> None:
    """Clear what the notebook's cells said, and begin to run them all."""
    command(sheet, "notebook:clear-all-cell-outputs")
    command(sheet, "notebook:run-all-cells")


def run_new_cell(sheet: Page, code: str) -> None:
    """Run `code` in a cell of its own below the others."""
    command(sheet, "notebook:insert-cell-below")
    sheet.evaluate(WRITE, code)
    command(sheet, "notebook:run-cell")


def in_kernel(sheet: Page, code: str) -> str:
    """Run `code` in the notebook's kernel and return what it printed; an error there fails here."""
    said = sheet.evaluate(EXECUTE, code)
    assert not said["error"], said["error"]
    return said["text"].strip()


def _started(root: Path, home: Path, environment: dict[str, str]) -> subprocess.Popen:
    settings = home / "settings"
    for name, values in SETTINGS.items():
        path = settings / f"{name.replace(':', '/')}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values))
    places = {
        "HOME": home, "JUPYTER_CONFIG_DIR": home / "config", "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime", "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces", "IPYTHONDIR": home / "ipython",
        "XDG_CACHE_HOME": home / "cache",
    }  # fmt: skip
    asked = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0", "--IdentityProvider.token=t", f"--ServerApp.root_dir={root}",
        "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
    ]  # fmt: skip
    variables = {**os.environ, **{name: str(place) for name, place in places.items()}, **environment}
    with open(home / "log.txt", "w") as log:
        return subprocess.Popen(asked, cwd=root, env=variables, stdout=log, stderr=log, start_new_session=True)


def _url(process: subprocess.Popen, home: Path) -> str:
    """The address that JupyterLab says it has, as soon as it has one."""
    until, note = time.monotonic() + PATIENCE, home / "runtime" / f"jpserver-{process.pid}.json"
    while time.monotonic() < until and process.poll() is None:
        try:
            return json.loads(note.read_text())["url"]
        except (OSError, ValueError):  # not there yet, or half written
            time.sleep(0.05)
    raise AssertionError(f"JupyterLab did not start: {(home / 'log.txt').read_text()[-2000:]}")


def _ended(process: subprocess.Popen) -> None:
    """End JupyterLab, which ends its kernels; what is left after that is killed."""
    there = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, left = psutil.wait_procs(there, timeout=5)
    for one in left:
        one.kill()
