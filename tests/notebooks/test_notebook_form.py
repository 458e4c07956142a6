"""How every notebook is built: a promise, one cell to change, pictures first, an exercise, and what comes next."""

import ast
import re

import pytest

from tests.notebooks.reading import FOLDER, READ, cells, each, kinds, prose, source, tags, words

ALL = (
    "00_quickstart",
    "01_clips",
    "02_panels",
    "03_train_experts",
    "04_choose",
    "05_use",
    "10_wan22_i2v_14b",
    "11_wan22_t2v_14b",
    "20_settings_lab",
    "21_analysis",
    "22_runs_that_cannot_be_lost",
)
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
PICTURE = re.compile(r"!\[[^\]]*\]\((?!https://colab)")
MOST_WORDS, MOST_AT_THE_TOP = 100, 150
LONG = 80  # words, before which one wants to have seen something
LONGEST_CELL = 25  # lines


def code_of(cell: dict) -> str:
    """A cell's Python, with IPython's own lines passed over."""
    return re.sub(r"^(\s*)[%!].*", r"\1pass", source(cell), flags=re.M)


def test_these_are_the_notebooks() -> None:
    assert tuple(READ) == ALL


@each
def test_it_opens_with_a_badge_to_itself_and_a_promise(name: str) -> None:
    first = cells(name)[0]
    assert first["cell_type"] == "markdown"
    badge, title, promise, *rest = [part for part in source(first).split("\n\n") if part.strip()]
    assert BADGE in badge and f"/notebooks/{name}.ipynb)" in badge
    assert re.match(r"# \S", title)
    assert promise.endswith(".") and "**" not in promise
    assert words(source(first)) <= MOST_AT_THE_TOP
    assert rest


@each
def test_it_says_what_it_takes_and_what_one_will_do(name: str) -> None:
    first = source(cells(name)[0])
    takes = re.search(r"\*\*Takes\*\*(.*?)\*\*Needs\*\*", first, re.S)
    assert takes and re.search(r"minute|second|hour", takes[1])
    assert "**Before**" in first
    points = re.search(r"\*\*You will\*\*\n(.*?)\n\n", first, re.S)[1].splitlines()
    assert 3 <= len([point for point in points if point.startswith("* ")]) <= 4


@each
def test_next_come_the_setup_and_the_doctor(name: str) -> None:
    early = "\n".join(source(cell) for cell in cells(name)[1:3])
    assert "import wannb" in early and re.search(r"^wannb\.doctor\(\)$", early, re.M)
    installed = re.findall(r"^\s*%pip.*", "\n".join(map(source, cells(name, "code"))), re.M)
    assert installed and all("wannb" in line and "torch" not in line for line in installed)


@each
def test_one_cell_has_the_model_and_what_goes_with_it(name: str) -> None:
    code = cells(name, "code")
    assert len([cell for cell in code if "model" in tags(cell)]) == 1
    assert not [source(cell) for cell in code if "model" not in tags(cell) and "wannb/tiny-wan" in source(cell)]


@each
def test_no_branch_asks_whether_the_model_is_the_tiny_one(name: str) -> None:
    for cell in cells(name, "code"):
        for node in ast.walk(ast.parse(code_of(cell))):
            if isinstance(node, (ast.If, ast.IfExp)):
                assert "tiny" not in ast.unparse(node.test)


@each
def test_a_picture_comes_before_the_first_long_explanation(name: str) -> None:
    for cell in cells(name):
        if any(kind.startswith("image/") for kind in kinds(cell)) or PICTURE.search(source(cell)):
            return
        if cell is cells(name)[0]:
            continue
        assert cell["cell_type"] == "code" or words(source(cell)) <= LONG
    pytest.fail("no picture at all")


@each
def test_cells_are_short(name: str) -> None:
    assert max(len(source(cell).splitlines()) for cell in cells(name, "code")) <= LONGEST_CELL
    assert max(words(source(cell)) for cell in cells(name, "markdown")[1:]) <= MOST_WORDS


@each
def test_it_ends_with_an_exercise_and_what_is_next(name: str) -> None:
    ending = [source(cell) for cell in cells(name)[-5:] if cell["cell_type"] == "markdown"]
    assert any(re.search(r"^## Exercise|\*\*Exercise", part, re.M) for part in ending)
    last = re.search(r"\*\*Next\*\*.*", ending[-1], re.S)
    assert last and re.search(r"\]\([\w./-]+\.(ipynb|md)\S*\)", last[0])


@each
def test_nbval_has_something_to_compare(name: str) -> None:
    checked = [cell for cell in cells(name, "code") if "nbval-check-output" in tags(cell)]
    assert checked
    assert all(cell["outputs"] for cell in checked)
    assert not [cell for cell in cells(name, "code") if {"nbval-skip", "skip-execution"} & set(tags(cell))]


@each
def test_code_is_python(name: str) -> None:
    for cell in cells(name, "code"):
        ast.parse(code_of(cell))


@each
def test_each_notebook_is_linked_from_another(name: str) -> None:
    others = "".join(prose(other) for other in READ if other != name)
    assert f"{name}.ipynb" in others + (FOLDER.parent / "README.md").read_text(encoding="utf-8")
