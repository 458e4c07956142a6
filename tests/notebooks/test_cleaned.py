"""What `make notebooks` writes back has no live views and nothing of the machine that ran it."""

import nbformat

from tools.notebooks import WIDGET, cleaned


def test_static_twins_stay_and_live_views_go() -> None:
    notebook = nbformat.v4.new_notebook()
    data = {WIDGET: {"model_id": "1"}, "image/jpeg": "x", "text/plain": "P"}
    view = nbformat.v4.new_output("execute_result", data=data)
    cell = nbformat.v4.new_code_cell("player", outputs=[view], execution_count=1)
    cell.metadata = {"tags": ["nbval-check-output"], "execution": {"iopub.status.busy": "2026"}}
    notebook.cells = [cell]
    notebook.metadata = {"widgets": {"state": {}}, "language_info": {"name": "python", "version": "3.11.7"}}
    kept = cleaned(notebook)
    assert kept.cells[0].outputs[0].data == {"image/jpeg": "x", "text/plain": "P"}
    assert kept.cells[0].metadata == {"tags": ["nbval-check-output"]}
    assert kept.cells[0].execution_count == 1
    assert "widgets" not in kept.metadata and "3.11" not in str(kept.metadata)
    nbformat.validate(kept)
