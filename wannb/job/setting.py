"""How one setting is declared: type, range, label, advice and what of it is built, all in one place."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo

SAME = object()
IMPORTANCE = ("essential", "important", "advanced", "experimental")


def setting(
    default: Any,
    *,
    absent: Any = SAME,
    key: str | None = None,
    legacy: Sequence[str] = (),
    panel: str | None = None,
    label: str = "",
    help: str = "",
    importance: str = "advanced",
    built: bool | tuple = True,
    why: str | Mapping[str, str] = "",
    inert: bool = False,
    of: str | None = None,
    choices: Mapping[Any, str] | Sequence[Any] | None = None,
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    unit: str = "",
) -> Any:
    """Declare one setting of a section.

    default: what a new job gets.  absent: what a missing key in a file that was read means (AI Toolkit's own default).
    key: the name in the file where it differs from the attribute; legacy: older names of the same key.
    built: True where every value works, else the tuple of values that do; `()` where none does.
    why: one clause on why the other values are refused, or one for each of them.  inert: no value has any effect here.
    of: the dotted key of the switch without which this setting has no effect; it is checked only through that switch.
    unit: `px`, `frames`, `steps` …, or `path` (an input, looked for beside the job file) or `output path`.
    """
    facts = {
        "absent": default if absent is SAME else absent,
        "key": key,
        "legacy": tuple(legacy),
        "panel": panel,
        "label": label,
        "importance": importance,
        "built": built,
        "why": why,
        "inert": inert,
        "of": of,
        "choices": _labelled(choices),
        "ge": ge if ge is not None else gt,
        "le": le,
        "unit": unit,
    }
    limits = {name: limit for name, limit in (("ge", ge), ("le", le), ("gt", gt)) if limit is not None}
    return Field(
        default_factory=lambda: copy.deepcopy(default), description=help, json_schema_extra={"setting": facts}, **limits
    )


def refused(default: Any, why: str, **facts: Any) -> Any:
    """Declare a setting of AI Toolkit's of which only `default` is built, because of `why`; `facts` as in `setting`."""
    return setting(default, built=(default,), why=why, **facts)


def facts_of(info: FieldInfo) -> dict[str, Any]:
    """What `setting` was told about this field; a field that is a section of its own has no facts."""
    extra = info.json_schema_extra
    return extra["setting"] if isinstance(extra, dict) and "setting" in extra else {}


def key_of(field: str, info: FieldInfo) -> str:
    """The field's name in the file."""
    return facts_of(info).get("key") or field


def works(value: Any, built: bool | tuple) -> bool:
    """Whether `value` of a setting has its machinery."""
    return built is True or any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in built)


def reason(value: Any, why: str | Mapping[str, str]) -> str:
    """The clause on why `value` is refused."""
    return why if isinstance(why, str) else why.get(value, "")


def _labelled(choices: Mapping[Any, str] | Sequence[Any] | None) -> dict[Any, str] | None:
    if choices is None or isinstance(choices, Mapping):
        return dict(choices) if choices else None
    return {choice: str(choice) for choice in choices}
