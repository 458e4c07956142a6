"""Preflight of keys that nobody knows: a slip of the pen has a setting near it, which is what its cure sets."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from wannb.job.cures import Rename, written
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.setting import works
from wannb.job.settings import SETTINGS, Setting
from wannb.refusal import Refusal
from wannb.words import say

LIKE = 0.75
"""Of 1: how alike two names are for one to be taken for the other's misspelling."""
SURE = 0.9


def unknown_findings(job: Job) -> Iterator[Finding]:
    keys = job.unknown
    mapping = job.to_dict() if keys else {}
    for key in keys:
        near = None if key.startswith("config.") or key in mapping else _meant(mapping, key)
        message = say("Nobody here knows {key}: it stays in the file and has no effect.", key=key)
        fix = say("Did you mean {near}?", near=near) if near else say("Look at its spelling and its place.")
        yield Finding("unknown-key", "warning", key, message, fix, Rename(key, near) if near else None)


def _meant(mapping: dict[str, Any], key: str) -> str | None:
    """The one setting that `key` is close to, whose own key the file lacks and which can have the value."""
    near = _misspelled(key) or _misplaced(key)
    if near is None or written(mapping, near.key) is not None:
        return None
    place = _placed(near.key, key)
    return place if _can_be(near, written(mapping, key)) else None


def _misspelled(key: str) -> Setting | None:
    """The setting of the same section whose key or label has nearly the name."""
    *section, name = _general(key).split(".")
    names: dict[str, Setting] = {}
    for one in SETTINGS:
        *home, own = one.key.split(".")
        if home == section and one.key != "name":
            names |= {own: one, one.label.lower().replace(" ", "_"): one}
    close = difflib.get_close_matches(name.lower().replace("-", "_"), names, 4, LIKE)
    if not close:
        return None
    one = names[close[0]]
    sure = difflib.SequenceMatcher(None, name.lower(), close[0]).ratio() >= SURE
    return one if sure or all(names[other] is one for other in close) else None


def _misplaced(key: str) -> Setting | None:
    """The only setting of that very name, in another section that there is one of."""
    name = key.rsplit(".", 1)[-1]
    same = [one for one in SETTINGS if one.key.rsplit(".", 1)[-1] == name and "[]" not in one.key]
    return same[0] if len(same) == 1 and same[0].key != "name" else None


def _general(key: str) -> str:
    return re.sub(r"\[\d+\]", "[]", key)


def _placed(general: str, key: str) -> str:
    """`datasets[].num_frames` with the numbers that `key` has in its place."""
    numbers = iter(re.findall(r"\[\d+\]", key))
    return re.sub(r"\[\]", lambda _: next(numbers, "[0]"), general)


def _can_be(one: Setting, value: Any) -> bool:
    """Whether the setting takes `value`, as a job would, and it works here."""
    mapping = {"config": {"name": "a", "process": [_nested(one.key, value)]}}
    try:
        job = Job.from_dict(mapping)
        taken = job.get(_placed(one.key, ""))
    except Refusal:
        return False
    return works(taken, one.built) and (not one.choices or not isinstance(taken, str) or taken in one.choices)


def _nested(key: str, value: Any) -> dict[str, Any]:
    """The process that has `value` at the dotted `key` and else what every process needs."""
    process: dict[str, Any] = {"type": "sd_trainer", "model": {"arch": "wan22_14b"}}
    place: Any = process
    *path, last = key.split(".")
    for part in path:
        name = part.removesuffix("[]")
        below = place.setdefault(name, [{}] if part.endswith("[]") else {})
        place = below[0] if isinstance(below, list) else below
    place[last] = value
    return process
