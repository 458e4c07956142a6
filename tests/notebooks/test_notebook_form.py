"""What holds of every notebook, before one is executed: readable on GitHub, checked by nbval, small."""

import ast
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
LONGEST_CELL = 25  # lines
LARGEST_OUTPUT = 100_000  # bytes
PRIVATE = re.compile(r"(?<![\w.])/(home|root|Users|work|tmp|mnt|opt)/\w")

READ = [pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem) for path in NOTEBOOKS]
each = pytest.mark.parametrize("notebook", READ)


def code(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def test_there_are_notebooks() -> None:
    assert "00_quickstart" in [path.stem for path in NOTEBOOKS]


@each
def test_it_opens_with_a_badge_to_itself_and_a_promise(notebook: dict, request: pytest.FixtureRequest) -> None:
    first = "".join(notebook["cells"][0]["source"])
    assert notebook["cells"][0]["cell_type"] == "markdown"
    assert BADGE in first
    assert f"/notebooks/{request.node.callspec.id}.ipynb)" in first
    assert [line for line in first.splitlines() if line.endswith(".") and not line.startswith(("#", "[", "!"))]


@each
def test_nbval_has_something_to_compare(notebook: dict) -> None:
    checked = [cell for cell in code(notebook) if "nbval-check-output" in tags(cell)]
    assert checked
    assert all(cell["outputs"] for cell in checked)
    assert not [cell for cell in code(notebook) if {"nbval-skip", "skip-execution"} & set(tags(cell))]


@each
def test_it_was_executed_from_top_to_bottom_without_an_error(notebook: dict) -> None:
    assert [cell["execution_count"] for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert not [output for cell in code(notebook) for output in cell["outputs"] if output["output_type"] == "error"]


@each
def test_no_widget_state_and_a_plain_kernel(notebook: dict) -> None:
    assert "widgets" not in notebook["metadata"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "widget-view" not in json.dumps(notebook)


@each
def test_cells_and_outputs_are_small(notebook: dict) -> None:
    assert max(len("".join(cell["source"]).splitlines()) for cell in code(notebook)) <= LONGEST_CELL
    assert max(len(json.dumps(output)) for cell in code(notebook) for output in cell["outputs"]) <= LARGEST_OUTPUT


@each
def test_a_reader_of_github_sees_pictures(notebook: dict) -> None:
    kinds = {kind for cell in code(notebook) for output in cell["outputs"] for kind in output.get("data", {})}
    assert kinds & {"image/png", "image/jpeg"}


@each
def test_no_path_of_the_machine_it_ran_on(notebook: dict) -> None:
    for cell in code(notebook):
        for output in cell["outputs"]:
            texts = {"text": output.get("text", []), **output.get("data", {})}
            assert not [kind for kind, text in texts.items() if "text" in kind and PRIVATE.search("".join(text))]


@each
def test_links_to_files_of_the_repository_lead_somewhere(notebook: dict) -> None:
    text = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if not link.startswith("http")]
    assert not [link for link in links if not (FOLDER / link).exists()]


@each
def test_code_is_python(notebook: dict) -> None:
    for cell in code(notebook):
        lines = "".join(cell["source"]).splitlines()
        ast.parse("\n".join(re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in lines))
