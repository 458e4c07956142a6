"""`Watch`: a run seen from any notebook, and asked to pause, save, preview or stop."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wannb.job.amounts import duration, pace
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.browser_files import joined
from wannb.ui.colours import COLOURS
from wannb.ui.run_news import RunNews


class Watch(anywidget.AnyWidget):
    """The run in `run`, a Run or its folder: how far it is, its loss, its newest preview, what happened; live.

    The browser asks while it is seen, once a second, and every ten seconds when the run has ended; nothing runs in the
    kernel in between. All that is shown comes from the run directory. Raises Refusal where no run is.
    """

    _esm = joined("dom.js", "keys.js", "theme_change.js", "loss_chart.js", "asking.js", "watch_parts.js", "watch.js")
    _css = joined("theme.css", "watch.css")
    _name = traitlets.Unicode().tag(sync=True)
    _colours = traitlets.Dict(COLOURS).tag(sync=True)

    def __init__(self, run: Run | str | Path) -> None:
        self.run = run if isinstance(run, Run) else Run(run)
        super().__init__(_name=self.run.path.name)
        self._news = RunNews(self.run)
        self.on_msg(self._heard)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if "ask" in content:
            self._answer(int(content["ask"]), int(content.get("cuts", 0)), str(content.get("clip", "")))
        elif content.get("do") in DO:
            self._do(content["do"])

    def _answer(self, step: int, cuts: int, clip: str) -> None:
        try:
            news, buffers = self._news.since(step, cuts, clip)
        except (Refusal, OSError) as error:  # the folder was moved, or a file is being replaced
            self.send({"trouble": str(error)})
            return
        self.send({"news": news}, buffers)

    def _do(self, what: str) -> None:
        try:
            DO[what](self.run)
        except (Refusal, OSError) as error:
            self.send({"refused": str(error)})
        else:
            self.send({"asked": what})

    def __repr__(self) -> str:
        return f"Watch({str(self.run.path)!r})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, where the run stands in words for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": f"{self!r}: {_line(self.run)}"}, metadata


DO = {"pause": Run.pause, "go on": Run.go_on, "save": Run.save, "preview": Run.preview, "stop": Run.stop}


def _line(run: Run) -> str:
    try:
        status = run.status()
    except (Refusal, OSError) as error:
        return str(error)
    parts = [status["state"], f"step {status['step']} of {status['steps'] or '?'}"]
    parts += [f"{pace(status['s_per_step'])} a step"] if status["s_per_step"] is not None else []
    parts += [f"{duration(status['eta_s'])} left"] if status["eta_s"] is not None else []
    return ", ".join(parts)
