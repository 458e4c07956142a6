"""A sentence that can be said in other languages: an English text that remembers what it was made of."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from wannb.words.languages import catalogue, known, language

OBJECTS = (PurePath, BaseException)
"""Values that are kept as what they say: a sentence travels as JSON."""


class Said(str):
    """`template` with `values` filled in; as a string, English. `in_language` says it in another language."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, values: dict[str, Any] | None = None) -> "Said":
        plain = {name: str(value) if isinstance(value, OBJECTS) else value for name, value in (values or {}).items()}
        made = super().__new__(cls, template.format(**plain) if plain else template)
        made.template, made.values = str(template), plain
        return made

    def in_language(self, code: str | None = None) -> str:
        """The sentence in `code`, or in the chosen language; English where nobody has translated it."""
        code = language() if code is None else known(code)
        if code == "en":
            return str.__str__(self)
        template = catalogue(code).get(self.template, self.template)
        if not self.values:
            return template
        return template.format(**{name: _in(value, code) for name, value in self.values.items()})

    def __getnewargs__(self) -> tuple[str, dict[str, Any]]:
        return self.template, self.values


def say(template: str, /, **values: Any) -> Said:
    """The sentence `template` ("There is no folder {folder!r}."), filled as `str.format` does.

    The template is the key of the translations, so it is a literal; a value that is a phrase is itself made by `say`.
    Without values nothing is filled in, so braces mean themselves.
    """
    return Said(template, values)


def tell(text: str | BaseException, code: str | None = None) -> str:
    """`text`, or what an exception says, in the language `code` or in the chosen one; as it is where nobody has
    translated it."""
    if isinstance(text, BaseException):
        text = text.args[0] if text.args and isinstance(text.args[0], str) else str(text)
    if isinstance(text, Said):
        return text.in_language(code)
    return catalogue(language() if code is None else known(code)).get(text, text)


def join(between: str, parts: Iterable[str]) -> Said:
    """The parts with `between` between them; each of them, and it, keeps what it can be said in."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Said("{between}".join(f"{{{name}}}" for name in values), {"between": between, **values})


def _in(value: Any, code: str) -> Any:
    return value.in_language(code) if isinstance(value, Said) else value
