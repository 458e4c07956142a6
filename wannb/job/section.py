"""A mapping of the job file with its settings, which writes back what it read and changes only what was changed."""

import copy
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from wannb.job.setting import facts_of, key_of
from wannb.job.substitution import substituted
from wannb.job.wrong_values import refusal
from wannb.refusal import Refusal

WRITTEN_WHEN_NEW = ("essential", "important")


@dataclass(frozen=True)
class Source:
    """Where a mapping came from: the job's name (for `[name]`) and the folder of its file, if it had one."""

    name: str
    folder: Path | None = None


class Section(BaseModel):
    """Settings that stand together; keeps the mapping it was read from, so that writing it loses nothing."""

    model_config = ConfigDict(
        validate_assignment=True, protected_namespaces=(), extra="forbid", defer_build=True, allow_inf_nan=False
    )
    PANEL: ClassVar[str] = ""

    _raw: dict = PrivateAttr(default_factory=dict)
    _names: dict = PrivateAttr(default_factory=dict)
    _read: dict = PrivateAttr(default_factory=dict)
    _new: bool = PrivateAttr(default=True)

    @classmethod
    def new(cls, **values: Any) -> Self:
        """A section of a new job; raises Refusal for a bad value."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise refusal(error, cls.__name__.lower()) from None

    def model_post_init(self, context: Any) -> None:
        self._read = {field: absent(info) for field, info in type(self).model_fields.items() if not child(info)}

    @classmethod
    def read(cls, raw: Any, source: Source, where: str = "") -> Self:
        """Read a mapping of the file; missing keys get their `absent` value; raises Refusal naming what is wrong."""
        if not isinstance(raw, dict):
            raise Refusal(f"{where or 'the process'} must be a mapping of settings, not {raw!r}.")
        values, names = {}, {}
        for field, info in cls.model_fields.items():
            key = names[field] = _spelling(field, info, raw)
            section = child(info)
            if section:
                values[field] = _read_children(section, info, raw.get(key), source, f"{where}.{key}".lstrip("."))
            elif raw.get(key) is None and not (key in raw and _may_be_none(info)):
                values[field] = absent(info)
            else:
                values[field] = substituted(raw[key], source, facts_of(info)["unit"])
        try:
            section = cls.model_validate(values)
        except ValidationError as error:
            raise refusal(error, where) from None
        section._raw, section._names, section._new = raw, names, False
        section._read = {
            f: copy.deepcopy(getattr(section, f)) for f, info in cls.model_fields.items() if not child(info)
        }
        return section

    def written(self) -> dict[str, Any]:
        """The mapping for the file: as read, with changed values changed, in the order of the file."""
        out = copy.deepcopy(self._raw)
        for field, info in type(self).model_fields.items():
            key, value = self._names.get(field, key_of(field, info)), getattr(self, field)
            if child(info):
                mapping = [one.written() for one in value] if isinstance(value, list) else value.written()
                if mapping or out.get(key):
                    out[key] = mapping
            elif self._is_written(field, info, value):
                out[key] = copy.deepcopy(value)
        return out

    def unknown(self, where: str = "") -> Iterator[str]:
        """Dotted keys of the mapping that no setting claims."""
        known = set()
        for field, info in type(self).model_fields.items():
            known |= {key_of(field, info), *facts_of(info).get("legacy", ())}
            if child(info):
                yield from (key for section, at in _placed(self, field, info, where) for key in section.unknown(at))
        yield from (f"{where}.{key}".lstrip(".") for key in self._raw if key not in known)

    def sections(self, where: str = "") -> Iterator[tuple[str, "Section"]]:
        """This section and all below it, each with its dotted place (`datasets[0]`)."""
        yield where, self
        for field, info in type(self).model_fields.items():
            if child(info):
                for section, at in _placed(self, field, info, where):
                    yield from section.sections(at)

    def pin(self, field: str, value: Any) -> None:
        """Set `field` and have it written even where the value is the one that was read."""
        setattr(self, field, value)
        self._read.pop(field, None)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in type(self).model_fields and not name.startswith("_"):
            near = difflib.get_close_matches(name, type(self).model_fields, 1)
            hint = f": did you mean {near[0]!r}?" if near else "."
            raise Refusal(f"{type(self).__name__.lower()} has no setting {name!r}{hint}")
        try:
            super().__setattr__(name, value)
        except ValidationError as error:
            raise refusal(error, type(self).__name__.lower()) from None

    def _is_written(self, field: str, info: Any, value: Any) -> bool:
        if self._new and facts_of(info)["importance"] in WRITTEN_WHEN_NEW:
            return True
        return field not in self._read or value != self._read[field]


def child(info: Any) -> type[Section] | None:
    """The section class of a field that is a section or a list of sections, else None."""
    kind = info.annotation
    if get_origin(kind) is list:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def absent(info: Any) -> Any:
    """What a missing key means."""
    return copy.deepcopy(facts_of(info)["absent"])


def _spelling(field: str, info: Any, raw: dict) -> str:
    names = (key_of(field, info), *facts_of(info).get("legacy", ()))
    return next((name for name in names if name in raw), names[0])


def _read_children(section: type[Section], info: Any, raw: Any, source: Source, where: str) -> Any:
    if get_origin(info.annotation) is not list:
        return section.read({} if raw is None else raw, source, where)
    if not isinstance(raw or [], list):
        raise Refusal(f"{where} must be a list, not {raw!r}.")
    return [section.read(one, source, f"{where}[{i}]") for i, one in enumerate(raw or [])]


def _placed(parent: Section, field: str, info: Any, where: str) -> list[tuple[Section, str]]:
    value, at = getattr(parent, field), f"{where}.{key_of(field, info)}".lstrip(".")
    return [(one, f"{at}[{i}]") for i, one in enumerate(value)] if isinstance(value, list) else [(value, at)]


def _may_be_none(info: Any) -> bool:
    return type(None) in get_args(info.annotation)
