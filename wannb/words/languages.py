"""Which language is spoken: `wannb.language("fr")`, or the environment's `WANNB_LANGUAGE`; English where neither is."""

import json
import os
from functools import cache
from importlib import resources

from wannb.refusal import Refusal

VARIABLE = "WANNB_LANGUAGE"
LANGUAGES = {
    "en": "English",
    "fr": "Français",
    "pt": "Português",
    "zh": "中文",
    "ja": "日本語",
    "ru": "Русский",
}
"""Code → what the language calls itself: those of the guides."""
_chosen: list[str] = []


def language(code: str | None = None) -> str:
    """The language that findings and the settings' help are shown in; with `code`, choose it first.

    It holds for this process. Raises Refusal for a language that is not there, and names those that are.
    """
    if code is not None:
        _chosen[:] = [known(code)]
    elif not _chosen:
        _chosen[:] = [known(os.environ.get(VARIABLE) or "en")]
    return _chosen[0]


def known(code: str) -> str:
    """`code` as it is written in LANGUAGES (`FR` and `fr_FR` are `fr`); raises Refusal where it is none of them."""
    short = str(code).strip().lower().replace("-", "_").partition("_")[0].partition(".")[0]
    if short in LANGUAGES:
        return short
    names = ", ".join(f"{one} ({name})" for one, name in LANGUAGES.items())
    raise Refusal(f"There is no language {code!r}: choose one of {names}.")


@cache
def catalogue(code: str) -> dict[str, str]:
    """English → `code`, as the file beside this one has it; nothing for English itself. Read when first used."""
    if code == "en":
        return {}
    return json.loads(resources.files("wannb.words").joinpath(f"{code}.json").read_text(encoding="utf-8"))
