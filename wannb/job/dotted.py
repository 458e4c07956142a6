"""Settings by the dotted keys that the file and the findings have: `train.lr`, `datasets[0].num_frames`."""

import re
from typing import Any

from wannb.job.section import Section
from wannb.job.setting import facts_of, key_of
from wannb.refusal import Refusal

PART = re.compile(r"(\w+)(?:\[(\d+)\])?")


def located(section: Section, key: str) -> tuple[Section, str]:
    """The section that holds `key`, seen from `section`, and the name of its field there; Refusal where none does."""
    *path, last = key.split(".")
    for part in path:
        section = _below(section, part, key)
    return section, _field(section, last, key)


def _below(section: Section, part: str, key: str) -> Section:
    found = PART.fullmatch(part)
    value: Any = getattr(section, _field(section, found[1], key)) if found else None
    if isinstance(value, list) and found[2] is not None and int(found[2]) < len(value):
        value = value[int(found[2])]
    if not isinstance(value, Section):
        raise Refusal(f"There is no setting {key!r}: the job has no {part}.")
    return value


def _field(section: Section, name: str, key: str) -> str:
    for field, info in type(section).model_fields.items():
        if name in (key_of(field, info), *facts_of(info).get("legacy", ())):
            return field
    raise Refusal(f"There is no setting {key!r}.")
