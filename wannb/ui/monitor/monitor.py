"""`Monitor`: one run or several over their steps, live: losses, timesteps, validation, blocks, pace, what happened."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.browser_files import joined
from wannb.ui.colours import COLOURS
from wannb.ui.monitor.followed import PATIENCE, Followed
from wannb.ui.monitor.logged import Logged
from wannb.ui.monitor.panels import PANEL, PANELS
from wannb.ui.monitor.views import BANDS, SERIES

OneRun = Run | str | Path
FILES = (
    "dom.js", "keys.js", "theme_change.js", "asking.js", "watch_parts.js", "monitor_words.js",
    "monitor_store.js", "monitor_axes.js", "monitor_curves.js", "monitor_heat.js", "monitor_marks.js",
    "monitor_panels.js", "monitor_head.js", "monitor.js",
)  # fmt: skip
STILL = ("loss", "timesteps", "validation")
"""The plots of the picture for hosts that show no widget; `monitor_plot` draws all."""


class Monitor(anywidget.AnyWidget):
    """The run in `runs`, a Run or its folder, or several over the same steps; also folders of other trainers' logs, as
    `wannb.read_log` reads them.

    The browser asks while it is seen, once a second while a run goes; nothing runs in the kernel in between. All that
    is shown comes from the run directories, so a new kernel or a reloaded page shows the same. Raises Refusal where no
    run and no log is.
    """

    _esm = joined(*FILES)
    _css = joined("theme.css", "watch.css", "monitor.css")
    _names = traitlets.List().tag(sync=True)
    _colours = traitlets.Dict(COLOURS).tag(sync=True)
    _panels = traitlets.List([panel._asdict() for panel in PANELS]).tag(sync=True)
    _series = traitlets.List(list(SERIES)).tag(sync=True)
    _bands = traitlets.Int(BANDS).tag(sync=True)

    def __init__(self, runs: OneRun | Iterable[OneRun]) -> None:
        given = [runs] if isinstance(runs, (Run, str, Path)) else list(runs)
        if not given:
            raise Refusal("There is no run to monitor: give a run, its folder, or several of them.")
        self.sources = [_source(one) for one in given]
        super().__init__(_names=_told_apart(self.sources))
        self.on_msg(self._heard)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        try:
            if "ask" in content:
                self._answer(content["ask"])
            elif "open" in content:
                self._open(content["open"])
        except (Refusal, OSError) as error:  # the folder was moved, or a file is being replaced
            self.send({"trouble": str(error)})

    def _answer(self, ask: dict[str, Any]) -> None:
        view, chosen = ask["view"], int(ask["chosen"])
        news, buffers = [], []
        for index, (source, have) in enumerate(zip(self.sources, ask["have"], strict=True)):
            told, data = source.answer(view, have or {}, index == chosen)
            news.append(told)
            buffers += data
        self.send({"news": news, "chosen": chosen, "asked": ask.get("number", 0)}, buffers)

    def _open(self, wanted: dict[str, Any]) -> None:
        source = self.sources[int(wanted["run"])]
        told, data = source.clip(int(wanted["step"]), int(wanted.get("index", 0)))
        self.send({"clip": {**told, "run": int(wanted["run"])}}, data)

    def __repr__(self) -> str:
        return f"Monitor({', '.join(self._names)})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, the sheet as it is now for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture = self._picture()
        return {**data, **({"image/png": picture} if picture else {}), "text/plain": repr(self)}, metadata

    def _picture(self) -> str | None:
        from wannb.ui.monitor_plot import can_draw, sheet  # matplotlib, which the live view does not need

        for source in self.sources:
            source.look(PATIENCE)
        if not any(source.pictured.last for source in self.sources):
            return None
        still = [name for name in STILL if can_draw(PANEL[name], self.sources)]
        return base64.b64encode(sheet(self.sources, still)._repr_png_()).decode()


def _source(one: OneRun) -> Followed | Logged:
    if isinstance(one, Run):
        return Followed(one)
    try:
        return Followed(Run(one))
    except Refusal:
        if not Path(one).exists():
            raise
        return Logged(Path(one))


def _told_apart(sources: list[Followed | Logged]) -> list[str]:
    """The names of the runs; of those that share one, with the folder above."""
    names = [source.name for source in sources]
    paths = [source.run.path if isinstance(source, Followed) else source.path for source in sources]
    longer = [f"{path.resolve().parent.name}/{name}" for name, path in zip(names, paths, strict=True)]
    return [name if names.count(name) == 1 else long for name, long in zip(names, longer, strict=True)]
