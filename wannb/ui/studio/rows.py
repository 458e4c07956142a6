"""A setting's row in a panel: its control, and beside it unit, advice, what is wrong, what it does."""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from wannb.job.setting import works
from wannb.job.settings import Setting
from wannb.refusal import Refusal
from wannb.ui.studio import form
from wannb.ui.studio.entries import Entry, entry_of, shown
from wannb.words import say, tell

ROW, CONTROL, NOTE = (ipywidgets.Layout() for _ in range(3))
"""Shared, because every layout is a model of its own that travels to the browser; what they look like is in the CSS."""
MARKS = ("error", "warning", "info")


class Row:
    """`key` is the dotted key in the job, `setting` its declaration. `change(key, value)` is told what was typed, and
    may raise Refusal, which then stands beside the field; `reset(key)` goes back to the recipe's value."""

    def __init__(
        self,
        key: str,
        setting: Setting,
        change: Callable[[str, Any], None],
        reset: Callable[[str], None],
    ) -> None:
        self.key, self.setting = key, setting
        self._change, self._reset, self._writing = change, reset, False
        self._error, self._words, self._back = "", ("", ""), None
        self.entry: Entry = entry_of(setting, CONTROL)
        self.note = ipywidgets.HTML(layout=NOTE)
        self.box = ipywidgets.HBox([self.entry.widget, self.note], layout=ROW)
        self.box.add_class("wannb-row")
        self.note.add_class("wannb-note")
        for widget, trait in self.entry.traits:
            widget.observe(self._typed, trait)

    def show(self, value: Any, advice: tuple[str, str], recipe: Any, differs: bool, on: bool, mark: str) -> None:
        """Bring the row up to date: `advice` is the guides' word and its reason, `recipe` the recipe's value where the
        job's `differs`, `on` whether the switch that it belongs to is, `mark` the worst finding's severity or ""."""
        if not self._same(value):
            self._write(value)
            self._error = ""
        self._words = ("" if advice[0] == _briefly(value, self.setting) else advice[0], advice[1])
        self.entry.lock(not on or self._refused(value))
        self._offer_reset(recipe, differs)
        for one in MARKS:
            _toggle(self.box, f"wannb-{one}", one == mark)
        _toggle(self.box, "wannb-off", not on)
        self._say()

    def hide(self, hidden: bool) -> None:
        _toggle(self.box, "wannb-hidden", hidden)

    def _same(self, value: Any) -> bool:
        """Whether what stands in the field already means `value`: then it is left as it was typed."""
        try:
            return not self._error and self.entry.read() == value
        except Refusal:
            return False

    def _write(self, value: Any) -> None:
        self._writing = True
        try:
            self.entry.write(value)
        finally:
            self._writing = False

    def _typed(self, change: Any) -> None:
        if self._writing:
            return
        try:
            value = self.entry.read()
            self._error = ""
            self._change(self.key, value)
        except Refusal as refusal:
            self._error = tell(refusal)
            self._say()

    def _refused(self, value: Any) -> bool:
        """Whether there is nothing to choose: one value works, and it is the one."""
        return not form.has_choice(self.setting) and (self.setting.inert or works(value, self.setting.built))

    def _offer_reset(self, recipe: Any, differs: bool) -> None:
        _toggle(self.box, "wannb-changed", differs)
        if not differs:
            if self._back is not None and len(self.box.children) > 2:
                self.box.children = self.box.children[:2]
            return
        if self._back is None:
            self._back = ipywidgets.Button(description="↺", layout=CONTROL)
            self._back.add_class("wannb-reset")
            self._back.on_click(lambda _: self._reset(self.key))
        usual = say(_briefly(recipe, self.setting))
        self._back.tooltip = tell(say("Back to the recipe's {value}", value=usual))
        if len(self.box.children) < 3:
            self.box.children = (*self.box.children, self._back)

    def _say(self) -> None:
        advice, why = self._words
        unit = "" if "path" in self.setting.unit else tell(self.setting.unit)
        parts = [f"<span class='wannb-unit'>{escape(unit)}</span>"] if unit else []
        if self._error:
            parts.append(f"<span class='wannb-wrong' role='alert'>{escape(self._error)}</span>")
        elif advice:
            parts.append(f"<span class='wannb-advice'>{escape(tell(advice))}</span>")
        more = " ".join(tell(part) for part in (self.setting.help, why) if part)
        parts.append(f"<span class='wannb-help'>{escape(more)}</span>")
        text = " ".join(parts)
        if self.note.value != text:
            self.note.value = text


def _briefly(value: Any, setting: Setting) -> str:
    """`value` in one word or two, as it is called in the form."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if setting.choices and not isinstance(value, list):
        return setting.choices.get(value, shown(value))
    return shown(value) or "nothing"


def _toggle(widget: ipywidgets.DOMWidget, name: str, on: bool) -> None:
    if on and name not in widget._dom_classes:
        widget.add_class(name)
    elif not on and name in widget._dom_classes:
        widget.remove_class(name)
