"""A panel: a titled card with a row for each of its settings."""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import ipywidgets

from wannb.job.settings import Setting
from wannb.ui.studio import form
from wannb.ui.studio.rows import ROW, Row
from wannb.words import say, tell

Change = Callable[[str, Any], None]
Reset = Callable[[str], None]


class Rows:
    """Rows for `settings`, in their order, each made when it is first seen; `key_of` places a setting in the job."""

    def __init__(self, settings: list[Setting], key_of: Callable[[Setting], str], change: Change, reset: Reset) -> None:
        self._settings, self._key_of = settings, key_of
        self._change, self._reset = change, reset
        self._made: dict[str, Row] = {}
        self.box = ipywidgets.VBox([], layout=ROW)
        self.box.add_class("wannb-rows")

    def show(self, tier: str, always: set[str]) -> bool:
        """Show the settings of `tier`, and those with a key in `always`; return whether there is any."""
        places = {self._key_of(one): one for one in self._settings}
        seen = {key for key, one in places.items() if form.in_tier(one, tier) or key in always}
        new = [key for key in places if key in seen and key not in self._made]
        for key in new:
            self._made[key] = Row(key, places[key], self._change, self._reset)
        if new:
            self.box.children = [self._made[key].box for key in places if key in self._made]
        for key, row in self._made.items():
            row.hide(key not in seen)
        return bool(seen)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._made.values())

    def __len__(self) -> int:
        return len(self._made)


class Panel:
    """The card of one panel; `beside` are widgets that stand below its rows, such as data sets or prompts."""

    def __init__(self, name: str, change: Change, reset: Reset, beside: Iterable[ipywidgets.Widget] = ()) -> None:
        self.name = name
        self.rows = Rows(form.of_panel(name), lambda setting: setting.key, change, reset)
        self._beside = tuple(beside)
        self._title = ipywidgets.HTML(layout=ROW)
        self.box = ipywidgets.VBox([self._title, self.rows.box, *self._beside], layout=ROW)
        self.box.add_class("wannb-panel")
        self.box.add_class(f"wannb-panel-{name.lower()}")

    def show(self, tier: str, always: set[str]) -> None:
        something = self.rows.show(tier, always) or self._beside
        count = say("{count} settings more", count=len(form.of_panel(self.name)))
        more = "" if something else f" <span class='wannb-more'>{escape(tell(count))}</span>"
        title = f"<h3 class='wannb-panel-title'>{escape(self.name)}{more}</h3>"
        if self._title.value != title:
            self._title.value = title
