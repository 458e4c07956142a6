"""Preflight of single values: what nobody knows, what is not built and why, what has no effect here."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.rules.instead import instead
from wannb.job.section import child
from wannb.job.setting import facts_of, key_of, reason, works
from wannb.words import join, say

OWN_RULE = ("model.qtype", "model.qtype_te")  # quantization: what stands behind | is nobody's choice
SAID_ONCE = ("cache_latents", "cache_latents_to_disk")  # for all sets together: always-cached


def value_findings(job: Job) -> Iterator[Finding]:
    """Findings on every setting by itself; one that belongs to a switch is looked at where the switch is on."""
    declared = list(_declared(job))
    on = {_general(key) for key, value, facts in declared if _is_on(value, facts)}
    for key, value, facts in declared:
        if key not in OWN_RULE and (facts["of"] is None or facts["of"] in on):
            yield from _judged(key, value, facts)


def _declared(job: Job) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every setting as dotted key, value and facts; of one without effect its default is among them."""
    for where, section in job.process.sections():
        for field, info in type(section).model_fields.items():
            if not child(info):
                key, facts = f"{where}.{key_of(field, info)}".lstrip("."), facts_of(info)
                if facts["inert"]:
                    facts = {**facts, "default": info.get_default(call_default_factory=True)}
                yield key, getattr(section, field), facts


def _general(key: str) -> str:
    return re.sub(r"\[\d+\]", "[]", key)


def _is_on(value: Any, facts: dict[str, Any]) -> bool:
    """Whether a switch is: built, and not as it is where a file does not name it."""
    return value != facts["absent"] and works(value, facts["built"])


def _judged(key: str, value: Any, facts: dict[str, Any]) -> Iterator[Finding]:
    name = key.rsplit(".", 1)[-1]
    label = facts["label"] or name.replace("_", " ").capitalize()
    if facts["inert"]:
        if value not in (facts["absent"], facts["default"]) and name not in SAID_ONCE:
            message = say("{label} ({key}) has no effect here.", label=label, key=key)
            cure = Put({key: facts["default"]})
            yield Finding("no-effect", "info", key, message, say("Leave it out."), cure)
    elif isinstance(value, str) and facts["choices"] and value not in facts["choices"]:
        yield _no_choice(key, label, value, facts)
    elif not works(value, facts["built"]):
        shown = "" if value is True else f" = {_shown(value)}"
        message = say(
            "{label} ({key}){shown} is not built: {why}.",
            label=label,
            key=key,
            shown=shown,
            why=say(reason(value, facts["why"])),
        )
        near = instead(value, facts["built"])
        yield Finding("not-built", "error", key, message, _fix(key, facts["built"]), Put({key: near}))


def _no_choice(key: str, label: str, value: str, facts: dict[str, Any]) -> Finding:
    """A misspelled choice; one that works is more likely meant than one that does not."""
    choices = [str(one) for one in facts["choices"]]
    working = [one for one in choices if works(one, facts["built"])]
    near = difflib.get_close_matches(value, working, 1) or difflib.get_close_matches(value, choices, 1)
    fix = (
        say("Did you mean {near}?", near=near[0]) if near else say("Take one of {choices}.", choices=", ".join(choices))
    )
    cure = Put({key: near[0]}) if near and near[0] in working else None
    return Finding(
        "unknown-choice",
        "error",
        key,
        say("{label} ({key}) has no choice {value!r}.", label=label, key=key, value=value),
        fix,
        cure,
    )


def _fix(key: str, built: tuple) -> str:
    working = [_shown(one) for one in built if one not in (None, "", [], {})] or [_shown(built[0])]
    return say("Set {key} to {value}.", key=key, value=join(say(" or "), working))


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) and value else repr(value)
