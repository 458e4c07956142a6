"""Every `wannb …` line of README and docs is one that the real parser takes; `make …` lines name targets."""

import re
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from tests.docs.markdown import PAGES, README, ROOT
from wannb.cli.parser import VERBS, parser

VALUES = {
    "KIND": "motion",
    "TASK": "i2v",
    "T": "i2v",
    "GB": "24",
    "N": "2",
    "R": "8",
    "S": "0.8",
    "MB": "50",
    "STEP": "250",
    "SECONDS": "5",
    "POSITION": "1",
    "VERB": "train",
}
"""What stands in a synopsis for a value -> one; other words in capitals are paths and names, which may be anything."""
TOKEN = re.compile(r"[\[\]]|[^\s\[\]]+")


def lines() -> Iterator[tuple[str, str]]:
    """(page, command) of every fenced line and every inline code that begins with `wannb `."""
    for page in PAGES:
        fenced = [line.strip() for block in page.blocks("sh", "bash", "console") for line in block.splitlines()]
        inline = [code.replace("\\|", "|") for code in page.inline]
        for text in [*fenced, *inline]:
            command = text.removeprefix("$ ").partition("  #")[0].strip()
            if command.startswith("wannb ") and "…" not in command and not is_name(command):
                yield page.name, command


def is_name(command: str) -> bool:
    """Whether it only calls a verb by its name, as in a sentence."""
    return command.removeprefix("wannb ") in VERBS


def expanded(synopsis: str) -> list[list[str]]:
    """The argument lists that a synopsis stands for: `[…]` left out, each alone, and all; `a|b` each."""
    root: list = []
    stack = [root]
    for token in TOKEN.findall(synopsis):
        if token == "[":
            stack[-1].append([])
            stack.append(stack[-1][-1])
        elif token == "]":
            stack.pop()
        else:
            stack[-1].append(token)
    options = [part for part in root if isinstance(part, list)]
    chosen = [[], *([one] for one in options), options]
    return [words for some in chosen for words in _alternatives(list(_flat(root, some)))]


def _flat(parts: list, some: list) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif any(part is one for one in some):
            yield from _flat(part, part)


def _alternatives(words: list[str]) -> list[list[str]]:
    """One list where no word has a choice, else one for each choice of each word."""
    split = [word.split("|") for word in words]
    most = max(map(len, split), default=1)
    return [[VALUES.get(one := choices[min(i, len(choices) - 1)], one) for choices in split] for i in range(most)]


COMMANDS = sorted(set(lines()))


def test_there_are_many() -> None:
    assert len(COMMANDS) > 30 and {command.split()[1] for _, command in COMMANDS} >= set(VERBS) - {"doctor"}


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_the_parser_takes_it(page: str, command: str, capsys: pytest.CaptureFixture) -> None:
    for words in expanded(command.removeprefix("wannb ")):
        arguments = shlex.split(" ".join(words))
        try:
            parser().parse_args(arguments)
        except SystemExit as end:
            assert end.code == 0 and "--help" in arguments, f"{page}: {command}: {capsys.readouterr().err}"


def test_a_synopsis_is_taken_apart() -> None:
    assert expanded("train JOB.yaml [--resume]") == [
        ["train", "JOB.yaml"],
        ["train", "JOB.yaml", "--resume"],
        ["train", "JOB.yaml", "--resume"],
    ]
    assert expanded("demo --task i2v|t2v")[:2] == [["demo", "--task", "i2v"], ["demo", "--task", "t2v"]]


def test_the_make_targets_are_there() -> None:
    named = {target for page in PAGES for code in page.inline for target in re.findall(r"^make (\w+)", code)}
    named |= set(re.findall(r"^make (\w+)", "\n".join(README.blocks("sh")), re.M))
    assert named >= {"demo", "test"}
    for target in named:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
