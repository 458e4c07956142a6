"""What is to be said in every language, and what of it no translation has yet.

    python -m tools.words                   how many sentences each language lacks
    python -m tools.words fr                those that French lacks, as JSON: English → "" to be filled in
    python -m tools.words fr --add FILE     take the filled-in ones into wannb/words/fr.json, where they pass the checks
    python -m tools.words fr --check        what is wrong with those that are there

The keys are the English templates: of every `say("…")` in the source, and of what is declared once and shown by the
panels: the settings' help, units and reasons, the guides' advice.
"""

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from wannb.files import write_atomically
from wannb.job.guides import GUIDES
from wannb.job.guides.entry import Advice, By
from wannb.job.settings import SETTINGS
from wannb.ui.studio.form import OFFERED
from wannb.words.languages import LANGUAGES

SOURCE = Path(__file__).resolve().parents[1] / "wannb"
OTHERS = [code for code in LANGUAGES if code != "en"]
FIELD = re.compile(r"\{[a-z_0-9]*(?:![rsa])?(?::[^{}]*)?\}")
CODE = re.compile(r"\[trigger\]|--\w+|\b\w+(?:[._]\w+)*_\w+\b|\bwannb\.\w+|(?<!\w)\.\w{2,11}\b", re.ASCII)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
IN_WORDS = set("123456789")
"""What English writes as a word, and other languages as a figure."""
LABELS = sorted(
    {one.label for one in SETTINGS if len(re.findall(r"\b[A-Z]", one.label)) > 1 and " " in one.label},
    key=len,
    reverse=True,
)
"""Of the settings, those that cannot be taken for plain words."""


@cache
def keys() -> list[str]:
    """Every English sentence or template, in the order of their files; each once."""
    found = [*said(), *declared(), *advice()]
    return list(dict.fromkeys(one for one in found if re.search(r"[^\W\d_]{2}", FIELD.sub("", one))))


def said() -> Iterator[str]:
    """The literals that the source calls `say` with; those of other calls are declared elsewhere."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                yield from (one.value for one in ast.walk(node.args[0]) if _is_text(one) and one is node.args[0])


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def declared() -> Iterator[str]:
    """What the panels show of the settings, help and units; and of all settings why a value is refused."""
    for one in OFFERED:
        yield one.help
        yield "" if "path" in one.unit else one.unit
    for one in SETTINGS:
        yield from (one.why,) if isinstance(one.why, str) else one.why.values()


def advice() -> Iterator[str]:
    """The guides' advice and the reasons for it."""
    for entry in GUIDES.values():
        yield from _parts(entry)


def _parts(entry: Advice | By) -> Iterator[str]:
    if isinstance(entry, Advice):
        yield entry.text
    else:
        for case in entry.cases.values():
            yield from _parts(case)
    yield entry.why


def translations(code: str) -> dict[str, str]:
    return json.loads(_file(code).read_text(encoding="utf-8"))


def missing(code: str) -> list[str]:
    there = translations(code)
    return [key for key in keys() if key not in there]


def left_over(code: str) -> list[str]:
    """Translations of what is not said any more."""
    return sorted(translations(code).keys() - set(keys()))


def wrong(key: str, other: str) -> str:
    """What is amiss in the translation `other` of `key`; "" where nothing is that a machine can see."""
    if not other.strip():
        return "it is empty"
    if key[:1].isspace() != other[:1].isspace() or key[-1:].isspace() != other[-1:].isspace():
        return "it begins or ends with another space"
    for what, of in (("placeholders", FIELD), ("setting names, codes or paths", CODE)):
        if sorted(of.findall(key)) != sorted(of.findall(other)):
            return f"its {what} are others: {sorted(of.findall(key))} and {sorted(of.findall(other))}"
    numbers, others = (set(NUMBER.findall(FIELD.sub("", text))) for text in (key, other))
    if numbers - others or others - numbers - IN_WORDS:
        return f"its numbers are others: {sorted(numbers)} and {sorted(others)}"
    lost = [label for label in LABELS if label in key and label not in other]
    return f"the label {lost[0]} is not in it" if lost else ""


def add(code: str, more: dict[str, str]) -> list[str]:
    """Take `more` over into the language's file, in the order of the keys; return a line for each that is not."""
    known, refused, there = keys(), [], translations(code)
    for key, other in more.items():
        why = wrong(key, other) if key in known else "nobody says this in English"
        refused += [f"{key!r}: {why}"] if why else []
        there |= {} if why else {key: other}
    write(code, {key: there[key] for key in known if key in there})
    return refused


def write(code: str, ordered: dict[str, str]) -> None:
    write_atomically(_file(code), (json.dumps(ordered, ensure_ascii=False, indent=1) + "\n").encode())


def _file(code: str) -> Path:
    return SOURCE / "words" / f"{code}.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.words", description=__doc__.splitlines()[0])
    parser.add_argument("code", nargs="?", choices=OTHERS, help="a language; without one, how many each lacks")
    parser.add_argument("--add", type=Path, metavar="FILE", help="JSON of English → translation, to take over")
    parser.add_argument("--check", action="store_true", help="say what is wrong with the translations there are")
    options = parser.parse_args()
    if options.code is None:
        print("\n".join(f"{code}: {len(missing(code))} of {len(keys())} are missing" for code in OTHERS))
        return 0
    if options.add:
        refused = add(options.code, json.loads(options.add.read_text(encoding="utf-8")))
        print(*refused, f"{options.code}: {len(missing(options.code))} are missing", sep="\n", file=sys.stderr)
        return 1 if refused else 0
    if options.check:
        there = translations(options.code)
        lines = [f"{key!r}: {why}" for key, other in there.items() if (why := wrong(key, other))]
        print(*lines, *(f"{key!r}: nobody says this" for key in left_over(options.code)), sep="\n")
        return 1 if lines else 0
    print(json.dumps(dict.fromkeys(missing(options.code), ""), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
