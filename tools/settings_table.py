"""docs/settings.md: every setting of a job file, read off its declaration, and whether it works here.

python -m tools.settings_table
"""

from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin

from tools.settings_index import anchor, index
from wannb.files import write_atomically
from wannb.job.guides import GUIDES
from wannb.job.setting import reason
from wannb.job.settings import SETTINGS, Setting

FILE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
PANELS = (
    "JOB", "MODEL", "QUANTIZATION", "MULTISTAGE", "TARGET", "SAVE", "TRAINING", "ADVANCED", "DATASETS", "SAMPLE",
    "VALIDATION",
)  # fmt: skip
HEAD = "| key | label | values | default | here | what it does |\n|---|---|---|---|---|---|"
NAMES = {bool: "yes / no", int: "whole number", float: "number", str: "text", dict: "mapping"}
INTRODUCTION = """# The settings of a job file

Written by `make settings` from the declarations in `wannb/job`. {total} settings: {working} work (some of them for the
values named), {inert} have no effect here, {refused} are refused by name. What the recipes set, by kind of LoRA and
card: [recipes.md](recipes.md).
"""
READING = """## How to read the tables

- A job file is an AI Toolkit job file; keys stand below `config.process[0]`, `name` below `config`. What AI Toolkit has
  no key for stands below `wannb`.
- *default* is what a new job gets; where a file that lacks the key means something else (AI Toolkit's own default),
  that follows in brackets.
- *works*: any value in its range. *works for*: these choices; the others are refused, each with its reason. *refused*
  and *only*: another value stops a run before it begins, with the reason that stands there. *no effect*: it may stand
  in the file, stays in it, and changes nothing.
- A key that is not listed is unknown: it stays in the file, and `wannb check` warns of it.
"""


def table() -> str:
    """The whole page."""
    kinds = [kind(one) for one in SETTINGS]
    counts = {name: kinds.count(name) for name in ("refused", "no effect")}
    working = len(SETTINGS) - sum(counts.values())
    introduction = INTRODUCTION.format(
        total=len(SETTINGS), working=working, inert=counts["no effect"], refused=counts["refused"]
    )
    return "\n".join([introduction, index(PANELS), READING, "\n\n".join(map(_panel, PANELS)), ""])


def _panel(panel: str) -> str:
    """What works, or is named in the guides; the rest folded away."""
    settings = _of(panel)
    open_ = [one for one in settings if one.key in GUIDES or kind(one) in ("works", "works for")]
    folded = [one for one in settings if one not in open_]
    parts = [f"## {panel}", _rows(open_)]
    if folded:
        summary = f"<summary>{len(folded)} more in {panel}, refused or without effect here</summary>"
        parts += [f"<details>\n{summary}", _rows(folded), "</details>"]
    return "\n\n".join(parts)


def _rows(settings: list[Setting]) -> str:
    return f"{HEAD}\n" + "\n".join(map(row, settings))


def kind(one: Setting) -> str:
    """`works`, `works for` (some choices), `refused` (all but the default) or `no effect`."""
    if one.inert:
        return "no effect"
    if _switch_is_refused(one):
        return "refused"
    if one.built is True:
        return "works"
    return "works for" if one.choices else "refused"


def row(one: Setting) -> str:
    label = f'<a id="{anchor(one)}"></a>{one.label}'
    cells = (f"`{one.key}`", label, _values(one), _default(one), _here(one), one.help)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _of(panel: str) -> list[Setting]:
    return [one for one in SETTINGS if one.panel == panel]


def _switch_is_refused(one: Setting) -> bool:
    return any(kind(other) == "refused" for other in SETTINGS if other.key == one.of)


def _here(one: Setting) -> str:
    found = kind(one)
    if found == "works for":
        return f"works for {_listed(one.built)}. Refused: {'; '.join(_refusals(one))}."
    if found == "works":
        return f"works, with `{one.of}`" if one.of else "works"
    if found == "no effect":
        return found
    if _switch_is_refused(one):
        return f"refused with `{one.of}`"
    wanted = one.built[0] is True or isinstance(one.built[0], str) and one.built[0]
    return f"only {_listed(one.built)}: {one.why}" if wanted else f"refused: {one.why}"


def _refusals(one: Setting) -> list[str]:
    """The choices that are not built, those of one reason together."""
    grouped: dict[str, list[Any]] = {}
    for value in one.choices or ():
        if value not in one.built:
            grouped.setdefault(reason(value, one.why), []).append(value)
    return [f"{_listed(values)}: {why}" for why, values in grouped.items()]


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(_shown(value) for value in values)


def _values(one: Setting) -> str:
    if one.choices:
        return ", ".join(
            _shown(value) if str(value) == label else f"{_shown(value)} {label}" for value, label in one.choices.items()
        )
    if "path" in one.unit:
        return "path"
    words, empty, _ = _type(one.type).partition(" or empty")
    return " ".join(part for part in (words, _span(one), one.unit) if part) + empty


def _span(one: Setting) -> str:
    low = None if one.ge is None else f"{one.ge:g}"
    if one.le is None or one.le > 10**9:  # no more than what a file or torch can hold
        return f"from {low}" if low else ""
    return f"{low}-{one.le}" if low else f"to {one.le}"


def _type(annotation: Any) -> str:
    """The words for a type; what may also be empty (`null`) says so."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is list:
        return f"list of {_type(inner[0])}" if inner else "list"
    if origin is tuple:
        return " and ".join(_type(one) for one in inner)
    if origin is UnionType:
        words = dict.fromkeys(_type(one) for one in inner if one is not NoneType)
        return " or ".join(words) + (" or empty" if NoneType in inner else "")
    return NAMES.get(annotation, NAMES.get(origin, "list" if annotation is list else "value"))


def _default(one: Setting) -> str:
    new, absent = _shown(one.default), _shown(one.absent)
    return new if one.default == one.absent else f"{new} ({absent})"


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "empty" if not isinstance(value, bool) and value != 0 else f"`{value}`"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    write_atomically(FILE, table())
    print(f"Wrote {FILE.relative_to(Path.cwd()) if FILE.is_relative_to(Path.cwd()) else FILE}.")
