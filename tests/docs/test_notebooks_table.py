"""The README's table of notebooks: all of them, in their order, each with the time that it says itself; their links."""

import json
import re

import pytest

from tests.docs.markdown import README, ROOT, Page

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROWS = re.findall(r"^\| \[(\w+)\]\(notebooks/(\w+)\.ipynb\) \| (.+?) \| (.+?) \|$", README.text, re.M)
PROSE = {
    path: ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
           if cell["cell_type"] == "markdown"]
    for path in NOTEBOOKS
}  # fmt: skip


def test_it_has_every_notebook_in_order() -> None:
    assert [name for name, *_ in ROWS] == [path.stem for path in NOTEBOOKS]
    assert all(name == file for name, file, *_ in ROWS)


@pytest.mark.parametrize(("name", "takes"), [(name, takes) for name, _, _, takes in ROWS])
def test_its_times_are_those_that_the_notebooks_say(name: str, takes: str) -> None:
    first = " ".join(PROSE[ROOT / "notebooks" / f"{name}.ipynb"][0].split())
    said = first.split("**Takes**")[1].split(". ")[0]
    assert takes in said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_links_to_on_a_page_is_there(path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s]+\.md)#([^)\s]+)\)", "\n".join(PROSE[path]))
    assert [link for link in links if link[1] not in Page((path.parent / link[0]).resolve()).anchors] == []
