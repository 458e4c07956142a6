"""Execute the notebooks and keep what a reader without a kernel can see: `make notebooks`.

Live views are taken out of the outputs, their static twins stay; no widget state, no machine's version of Python.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LONGEST = 600  # seconds a cell may take


def execute(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    beside = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=LONGEST, kernel_name="python3", resources=beside).execute()
    nbformat.write(cleaned(notebook), path)


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """Return `notebook` without what only a live page understands."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data.pop(WIDGET, None)
                output.metadata = {}
    return notebook


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:] or sorted((ROOT / "notebooks").glob("*.ipynb"))):
        print(f"executing {file}", flush=True)
        execute(file)
