"""The README's words are the product's words."""

import re
import subprocess
from pathlib import Path

import wannb
from wannb.cli.parser import VERBS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_lists_every_verb_and_no_other() -> None:
    assert set(re.findall(r"^\| `wannb (\w+)", README, re.M)) == set(VERBS)


def test_the_python_names_in_it_are_there() -> None:
    assert set(re.findall(r"\bwannb\.([A-Za-z]\w*)\(", README)) <= set(wannb.__all__)


def test_the_make_targets_in_it_are_there() -> None:
    for target in set(re.findall(r"\bmake (\w+)", README)) - {"sure"}:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_links_to_files_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert not [link for link in links if not (ROOT / link).exists()]
