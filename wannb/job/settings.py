"""Every setting there is, read off the sections: for forms, docs and tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_origin

from wannb.job.process import Process
from wannb.job.section import Section, child
from wannb.job.setting import facts_of, key_of


@dataclass(frozen=True)
class Setting:
    """One setting as declared.

    key: dotted, `[]` for a list of sections (`train.lr`, `datasets[].num_frames`); choices: value → label or None;
    built: True where every value works, else the tuple of values that do; of: the switch this belongs to, or None;
    why: the reason for what is refused, one or one a value; inert: no value has any effect here.
    """

    key: str
    type: Any
    default: Any
    absent: Any
    choices: dict[Any, str] | None
    ge: float | None
    le: float | None
    unit: str
    panel: str
    label: str
    help: str
    importance: str
    built: bool | tuple
    of: str | None
    why: str | Mapping[str, str] = ""
    inert: bool = False


def _settings(section: type[Section], where: str) -> Iterator[Setting]:
    for field, info in section.model_fields.items():
        key = f"{where}.{key_of(field, info)}".lstrip(".")
        below = child(info)
        if below:
            yield from _settings(below, f"{key}[]" if get_origin(info.annotation) is list else key)
        else:
            yield _declared(key, info, section)


def _declared(key: str, info: Any, section: type[Section]) -> Setting:
    facts = facts_of(info)
    return Setting(
        key=key,
        type=info.annotation,
        default=info.get_default(call_default_factory=True),
        absent=facts["absent"],
        choices=facts["choices"],
        ge=facts["ge"],
        le=facts["le"],
        unit=facts["unit"],
        panel=facts["panel"] or section.PANEL,
        label=facts["label"] or key.rsplit(".", 1)[-1].replace("_", " ").capitalize(),
        help=info.description or "",
        importance=facts["importance"],
        built=facts["built"],
        of=facts["of"],
        why=facts["why"],
        inert=facts["inert"],
    )


NAME = Setting(
    "name", str, "my_first_wan22_lora", "", None, None, None, "", "JOB", "Training Name",
    "The folder of the run and the beginning of its files' names.", "essential", True, None,
)  # fmt: skip
SETTINGS: list[Setting] = [NAME, *_settings(Process, "")]
