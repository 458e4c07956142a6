"""Job files as text: YAML whose `1e-4` is a number, as AI Toolkit reads it, written back as it was spelled."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from wannb.refusal import Refusal

LARGEST = 4 << 20  # bytes; a job file has a few kilobytes
MOST_VALUES = 100_000  # with every alias followed
EXPONENT = re.compile(r"^[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$")
FLOAT = "tag:yaml.org,2002:float"


class Spelled(float):
    """A number that YAML 1.1 would take for text (`1e-4`), with the spelling it had in the file."""

    def __new__(cls, value: float, text: str = "") -> "Spelled":
        number = super().__new__(cls, value)
        number.text = text
        return number


class _Loader(yaml.SafeLoader):
    pass


class _Dumper(yaml.SafeDumper):
    pass


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    if EXPONENT.match(node.value):
        return Spelled(float(node.value.replace("_", "")), node.value)
    return loader.construct_yaml_float(node)


def _represent_spelled(dumper: _Dumper, number: Spelled) -> yaml.ScalarNode:
    return dumper.represent_scalar(FLOAT, number.text or repr(float(number)))


_Loader.add_implicit_resolver(FLOAT, EXPONENT, list("-+0123456789"))
_Dumper.add_implicit_resolver(FLOAT, EXPONENT, list("-+0123456789"))
_Loader.add_constructor(FLOAT, _construct_float)
_Dumper.add_representer(Spelled, _represent_spelled)


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML or JSON job file; raises Refusal where there is none or it is not a mapping."""
    path = Path(path)
    if not path.is_file():
        raise Refusal(f"There is no job file {str(path)!r}.")
    if path.stat().st_size > LARGEST:
        raise Refusal(f"{path} is larger than {LARGEST >> 20} MiB: that is no job file.")
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not text in UTF-8: that is no job file.") from None


def parse(text: str, origin: str = "the job") -> dict[str, Any]:
    """Parse YAML, or JSON where `origin` ends so; raises Refusal with the line of a mistake."""
    try:
        mapping = json.loads(text) if origin.endswith(".json") else _Loader(text).get_single_data()
        left = _values(mapping, MOST_VALUES)
    except yaml.YAMLError as error:
        raise Refusal(f"{origin} cannot be read as YAML: {_one_line(error)}.") from None
    except (RecursionError, ValueError, OverflowError) as error:
        raise Refusal(f"{origin} cannot be read: {_one_line(error)}.") from None
    if not isinstance(mapping, dict):
        raise Refusal(f"{origin} is not a job file: it must be a mapping with the keys job and config.")
    if left < 0:
        raise Refusal(f"{origin} has aliases that refer to themselves or multiply: write the settings out.")
    return mapping


def dump(mapping: dict[str, Any]) -> str:
    """YAML in the mapping's order that reads back to the same mapping."""
    return yaml.dump(mapping, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def dump_json(mapping: dict[str, Any]) -> str:
    """The same as JSON, which AI Toolkit reads too."""
    return json.dumps(mapping, indent=2, ensure_ascii=False) + "\n"


def _values(value: Any, left: int) -> int:
    """How many of `left` values remain after counting those in `value`; below zero where it has more."""
    left -= 1
    if isinstance(value, dict | list) and left >= 0:
        for one in value.values() if isinstance(value, dict) else value:
            left = _values(one, left)
            if left < 0:
                return -1
    return left


def _one_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return place + " ".join(str(getattr(error, "problem", None) or error).split())
