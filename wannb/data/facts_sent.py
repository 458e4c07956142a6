"""Facts, or why there are none, as plain JSON: from one process to another, and into a file."""

from dataclasses import asdict
from typing import Any

from wannb.data.facts import VideoFacts
from wannb.data.unusable import Unusable
from wannb.words import Said


def to_dict(facts: VideoFacts | Unusable) -> dict[str, Any]:
    """What `from_dict` makes `facts` of again."""
    if isinstance(facts, Unusable):
        return {"unusable": [facts.code, *(_taken_apart(one) for one in (facts.message, facts.fix))]}
    return {"facts": asdict(facts)}


def from_dict(told: dict[str, Any]) -> VideoFacts | Unusable:
    """Raises KeyError or TypeError for what `to_dict` did not make."""
    if "unusable" in told:
        code, *said = told["unusable"]
        return Unusable(code, *(Said(*one) for one in said))
    return VideoFacts(**{**told["facts"], "times": tuple(told["facts"]["times"])})


def _taken_apart(sentence: str) -> list:
    """Template and values: what is put together again can still be said in any language."""
    return [sentence.template, sentence.values] if isinstance(sentence, Said) else [sentence]
