"""One setting as a form's control: which widget it gets, and how its value becomes the setting's and back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import ipywidgets
import yaml

from wannb.job.setting import works
from wannb.job.settings import Setting
from wannb.refusal import Refusal
from wannb.words import say

STEPS = {"train.steps": 50, "train.lr": 1e-5, "save.save_every": 50, "sample.sample_every": 50}
"""What an arrow key adds, where 1 is too little or too much."""


@dataclass(frozen=True)
class Entry:
    """widget: what is shown; traits: what one observes of it; read: the setting's value as it stands in the widget
    (may raise Refusal); write: put a value into the widget; lock: let nobody type."""

    widget: ipywidgets.Widget
    traits: tuple[tuple[ipywidgets.Widget, str], ...]
    read: Callable[[], Any]
    write: Callable[[Any], None]
    lock: Callable[[bool], None]


def entry_of(setting: Setting, layout: ipywidgets.Layout) -> Entry:
    """The control of `setting`, with its label; `layout` is shared by all."""
    kind, facts = _kind(setting.type), {"description": setting.label, "layout": layout}
    if setting.choices and get_origin(kind) is list:
        return _several(setting, layout)
    if setting.choices:
        return _dropdown(setting, facts)
    if kind is bool:
        return _plain(ipywidgets.Checkbox(indent=False, **facts))
    if setting.key.endswith((".prompt", ".prompts")):
        return _text(ipywidgets.Textarea(rows=2, **facts), setting)
    if _is_number(setting) and (setting.ge, setting.le) == (0, 1):
        return _plain(ipywidgets.FloatSlider(min=0, max=1, step=0.01, readout_format=".2f", **facts))
    if _is_number(setting):
        box = ipywidgets.IntText if kind is int else ipywidgets.FloatText
        return _plain(box(continuous_update=True, step=STEPS.get(setting.key, 1 if kind is int else None), **facts))
    # A path is looked at on the disk, so it counts when it is complete: on Enter, or when the field is left.
    return _text(ipywidgets.Text(continuous_update="path" not in setting.unit, **facts), setting)


def _kind(annotation: Any) -> Any:
    """The type without `None` and without what pydantic was told about it."""
    kinds = [one for one in get_args(annotation) if one is not type(None)]
    return kinds[0] if len(kinds) == 1 and type(None) in get_args(annotation) else annotation


def _is_number(setting: Setting) -> bool:
    return setting.type in (int, float)


def _entry(widget: ipywidgets.Widget, read: Callable, write: Callable) -> Entry:
    def lock(locked: bool) -> None:
        widget.disabled = locked

    return Entry(widget, ((widget, "value"),), read, write, lock)


def _plain(widget: ipywidgets.Widget) -> Entry:
    def write(value: Any) -> None:
        widget.value = value

    return _entry(widget, lambda: widget.value, write)


def _dropdown(setting: Setting, facts: dict[str, Any]) -> Entry:
    options = [(_named(setting, value, label), value) for value, label in setting.choices.items()]
    if _optional(setting):
        options = [("", None), *options]
    widget = ipywidgets.Dropdown(options=options, **facts)

    def write(value: Any) -> None:
        known = [one for _, one in widget.options]
        if value not in known:  # a file may hold what is no choice; preflight says so
            widget.options = [*options, (f"{value} (unknown)", value)]
        widget.value = value

    return _entry(widget, lambda: widget.value, write)


def _named(setting: Setting, value: Any, label: str) -> str:
    return label if works(value, setting.built) else f"{label} (not built)"


def _several(setting: Setting, layout: ipywidgets.Layout) -> Entry:
    """A button for each choice, of which any number are pressed; values that are no choice stay where they are."""
    label = ipywidgets.Label(setting.label, layout=layout)
    buttons = {
        value: ipywidgets.ToggleButton(description=name, layout=layout, tooltip=f"{name} {setting.unit}".strip())
        for value, name in setting.choices.items()
    }
    box = ipywidgets.HBox([label, *buttons.values()], layout=layout)
    box.add_class("wannb-chips")
    others: list[Any] = []

    def read() -> list[Any]:
        pressed = [value for value, button in buttons.items() if button.value]
        return sorted([*pressed, *others])

    def write(values: Sequence[Any]) -> None:
        others[:] = [value for value in values if value not in buttons]
        for value, button in buttons.items():
            button.value = value in values

    def lock(locked: bool) -> None:
        for button in buttons.values():
            button.disabled = locked

    return Entry(box, tuple((button, "value") for button in buttons.values()), read, write, lock)


def _text(widget: ipywidgets.Widget, setting: Setting) -> Entry:
    def write(value: Any) -> None:
        widget.value = shown(value)

    return _entry(widget, lambda: meant(widget.value, setting), write)


def _optional(setting: Setting) -> bool:
    return type(None) in get_args(setting.type)


def shown(value: Any) -> str:
    """A value as one types it: nothing for None, `a, b` for a list, YAML for a mapping."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return yaml.safe_dump(value, default_flow_style=True, width=1000).strip() if value else ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def meant(text: str, setting: Setting) -> Any:
    """The value that `text` stands for in `setting`; raises Refusal where it is none."""
    kind = get_origin(_kind(setting.type)) or _kind(setting.type)
    if not text.strip() and _optional(setting):
        return None
    if kind is str:
        return text
    if kind in (list, tuple):
        return kind(_listed(text, setting))
    if kind is dict:
        return _mapping(text, setting)
    return _number(text, setting)


def _listed(text: str, setting: Setting) -> list[Any]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    inner = get_args(_kind(setting.type))
    return [_number(part, setting) for part in parts] if inner and inner[0] is not str else parts


def _mapping(text: str, setting: Setting) -> dict:
    try:
        value = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(say("{label} is a mapping: write it as {{name: value, …}}.", label=setting.label))
    return value


def _number(text: str, setting: Setting) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Refusal(say("{label} is a number: {text!r} is none.", label=setting.label, text=text)) from None
