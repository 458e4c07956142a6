"""What the notebooks say in prose: links lead somewhere, code in it parses, names and verbs are ours."""

import ast
import re
import shlex

import wannb
from tests.notebooks.reading import FENCE, FOLDER, LINK, ROOT, each, prose
from wannb.cli.parser import VERBS

INLINE = re.compile(r"`([^`\n]+)`")
SHELL = ("sh", "bash", "shell", "console")


def headings(text: str) -> set[str]:
    """Of a Markdown page, as GitHub makes addresses of them."""
    found = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@each
def test_links_to_files_of_the_repository_lead_somewhere(name: str) -> None:
    for _, link in LINK.findall(prose(name)):
        if link.startswith("http"):
            continue
        path, _, heading = link.partition("#")
        page = FOLDER / path if path else FOLDER / f"{name}.ipynb"
        assert page.exists(), link
        if heading and page.suffix == ".md":
            assert heading in headings(page.read_text(encoding="utf-8")), link


@each
def test_links_to_ours_elsewhere_lead_to_files_that_are_here(name: str) -> None:
    for _, link in LINK.findall(prose(name)):
        ours = re.search(r"github\.com/wannb/wannb/(?:blob|tree|raw)/main/([^#?\s]+)", link)
        assert not ours or (ROOT / ours[1]).exists(), link


@each
def test_no_picture_is_pasted_into_the_prose(name: str) -> None:
    assert "base64," not in prose(name) and "](attachment:" not in prose(name)


@each
def test_code_in_fences_parses(name: str) -> None:
    for language, code in FENCE.findall(prose(name)):
        assert language
        if language in ("python", "py"):
            ast.parse(code)
        elif language in SHELL:
            for line in code.replace("\\\n", " ").splitlines():
                shlex.split(line, comments=True)


@each
def test_verbs_and_names_in_it_are_there(name: str) -> None:
    text = prose(name)
    said = INLINE.findall(FENCE.sub("", text)) + [line for _, code in FENCE.findall(text) for line in code.splitlines()]
    for code in said:
        verb = re.match(r"(?:\$ )?wannb (\w+)", code)
        assert not verb or verb[1] in VERBS, code
        for called in re.findall(r"\bwannb\.([A-Za-z]\w*)\(", code):
            assert called in wannb.__all__, code
        make = re.fullmatch(r"make (\w+)", code)
        assert not make or re.search(rf"^{make[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M), code
