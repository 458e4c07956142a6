"""`Outlook`: what a job will take, as pictures that follow the settings."""

from typing import Any

import anywidget
import traitlets

from wannb.job import Job
from wannb.job.cost.estimate import Estimate
from wannb.refusal import Refusal
from wannb.ui import outlook_views as views
from wannb.ui.browser_files import joined
from wannb.ui.colours import COLOURS
from wannb.ui.timestep_view import timestep_view

PICTURES = {
    "memory": views.memory_view,
    "time": views.time_view,
    "clips": views.clips_view,
    "disk": views.disk_view,
    "buckets": views.buckets_view,
}
NAMES = ("timesteps", *PICTURES)


class Outlook(anywidget.AnyWidget):
    """The timesteps, the memory against the card, the time, the steps per clip, the disk and the buckets of a job.

    `Outlook()` has all of them, `Outlook("timesteps", "memory")` those named, in this order; raises Refusal for
    another name. `show` draws them, in milliseconds. `plot_timesteps` and `plot_estimate` are the same standing still.
    """

    _esm = joined("dom.js", "svg.js", "outlook_timesteps.js", "outlook_bars.js", "outlook_buckets.js", "outlook.js")
    _css = joined("theme.css", "outlook.css")
    view = traitlets.Dict(help="the pictures, as `view_of` makes them").tag(sync=True)
    _colours = traitlets.Dict(COLOURS).tag(sync=True)

    def __init__(self, *pictures: str) -> None:
        for name in pictures:
            if name not in NAMES:
                raise Refusal(f"There is no picture {name!r}: there are {', '.join(NAMES)}.")
        super().__init__()
        self._pictures = pictures or NAMES

    def show(self, job: Job, estimate: Estimate | None = None) -> None:
        """Draw what `job` and its `estimate` come to; without one the timesteps alone."""
        self.view = view_of(job, estimate, self._pictures)

    def __repr__(self) -> str:
        said = [f"{name}: {view['headline']}" for name, view in self.view.items() if "headline" in view]
        return f"Outlook({'; '.join(said) or 'nothing yet'})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, the pictures in words for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        words = [view.get("alt") or view.get("said") for view in self.view.values()]
        return {**data, "text/plain": "\n".join([repr(self), *words])}, metadata


def view_of(job: Job, estimate: Estimate | None, pictures: tuple[str, ...] = NAMES) -> dict[str, Any]:
    """Return the `pictures` of `job` by name, each a mapping to draw; those of which nothing is known are left out."""
    found = {}
    for name in pictures:
        if name == "timesteps":
            found[name] = timestep_view(job)
        elif estimate is not None and (view := PICTURES[name](estimate)) is not None:
            found[name] = view
    return found
