"""What pydantic finds wrong with values, as a sentence."""

from pydantic import ValidationError

from wannb.refusal import Refusal

SAID = {
    "greater_than_equal": "it must be at least {ge:g}",
    "greater_than": "it must be more than {gt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "less_than": "it must be less than {lt:g}",
    "finite_number": "it must be a finite number",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_parsing_size": "it has too many digits",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "string_type": "it must be text",
    "list_type": "it must be a list",
    "tuple_type": "it must be a list",
    "dict_type": "it must be a mapping",
}
"""By pydantic's names for its errors; what a setting's own rule says stands for itself."""


def refusal(error: ValidationError, where: str) -> Refusal:
    """The sentence for all that `error` found in the section at the dotted place `where`."""
    problems = []
    for one in error.errors(include_url=False):
        place = ".".join(str(part) for part in (where, *one["loc"]) if part != "")
        own = one["msg"].removeprefix("Value error, ").rstrip(".")
        said = SAID.get(one["type"], own).format(**one.get("ctx", {}))
        problems.append(f"{place} is {one['input']!r}: {said}")
    return Refusal("; ".join(dict.fromkeys(problems)) + ".")
