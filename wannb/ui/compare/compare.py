"""`Compare`: a run's clips in a grid, all in step, held against each other, rated, and one pair chosen."""

import base64
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wannb.refusal import Refusal
from wannb.runs.choosing.notes import Notes
from wannb.runs.run import Run
from wannb.ui.browser_files import joined
from wannb.ui.compare.gathered import gathered
from wannb.ui.compare.page import MOST_MB, write_compare_page
from wannb.ui.compare.said import USUAL, figure_names
from wannb.ui.compare.scripts import SCRIPTS, STYLES
from wannb.ui.compare.sheet import compare_sheet
from wannb.ui.compare.thoughts import Thoughts
from wannb.ui.compare.views import Views, version_of
from wannb.ui.pictures import jpeg
from wannb.ui.playable import playable

KINDS = ("steps", "pairs", "strengths")


class Compare(anywidget.AnyWidget):
    """The clips of `run`, a Run or its folder: prompts × checkpoints, high step × low step, strengths.

    Clips come to the page when they are in sight; those that are not there are rendered on demand by another process.
    Ratings, pins, blind rounds and the chosen pair lie in the run's `compare.json`, read as `notes`. Raises Refusal
    where no run is.
    """

    _esm = joined(*SCRIPTS)
    _css = joined(*STYLES)
    _name = traitlets.Unicode().tag(sync=True)
    _can = traitlets.List(["make", "export"]).tag(sync=True)

    def __init__(self, run: Run | str | Path) -> None:
        self.run = run if isinstance(run, Run) else Run(run)
        super().__init__(_name=self.run.path.name)
        self._views, self._notes, self._thoughts = Views(self.run), Notes(self.run.path), Thoughts(self.run)
        self.on_msg(self._heard)

    @property
    def notes(self) -> dict[str, Any]:
        """What was noted so far: `ratings` by clip, `pins`, `rounds` of blind comparison, the `chosen` pair."""
        return self._notes.get()

    @property
    def chosen(self) -> dict[str, int] | None:
        """The chosen pair, {"high": step, "low": step}."""
        return self.notes["chosen"]

    def save(self, path: str | Path, most_mb: float = MOST_MB) -> Path:
        """Write the grid as a page that plays from the disk, as `wannb compare` does; return its path."""
        return write_compare_page(path, gathered(self.run), most_mb).path

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        what = content.get("do")
        try:
            if what in DEEDS:
                DEEDS[what](self, content)
        except (Refusal, OSError) as error:  # the folder was moved, the disk is full
            self.send({"trouble": str(error), "again": "later"})

    def _tell_view(self, content: dict[str, Any]) -> None:
        notes, thoughts = self._notes.get(), self._thoughts
        proposal = thoughts.proposal
        extra = [(proposal["high"], proposal["low"])] if proposal else []
        view = self._views.view(content["view"], notes["pins"]["clips"], extra)
        thoughts.about(self._views, notes)
        for cell in [cell for row in view["rows"] for cell in row["cells"]] + view["pinned"]:
            cell["figures"] = thoughts.figures(cell["key"])
        view |= {"figures": figure_names(), "usual": list(USUAL), "proposal": proposal, "busy": thoughts.busy}
        view["kinds"] = list(KINDS) if view["prompts"] else []
        view["version"] = version_of([view, notes])
        busy = thoughts.busy or self._views.wanted
        again = {"again": "soon" if busy else "later"}
        self.send(again if view["version"] == content.get("known") else {"view": view, "notes": notes, **again})

    def _tell_clips(self, content: dict[str, Any]) -> None:
        """One message a clip, so that the first can be shown while the others travel."""
        for one in content["wanted"]:
            stored = self._views.stored.get(one.partition("@")[0])
            try:
                if stored is None:
                    raise Refusal("This clip is not there any more.")
                clip = playable(stored.video)
            except (Refusal, OSError) as error:
                self.send({"clips": [{"id": one, "trouble": str(error)}]})
                continue
            facts = {"mime": clip.mime, "frames": clip.frames, "fps": clip.fps}
            self.send({"clips": [{"id": one, **facts}]}, [clip.data])

    def _order(self, content: dict[str, Any]) -> None:
        self._views.order(content["keys"])
        self.send({"again": "now"})

    def _cancel(self, content: dict[str, Any]) -> None:
        self._views.shelf.cancel(content["keys"])
        self.send({"again": "now"})

    def _note(self, content: dict[str, Any]) -> None:
        notes = self._notes.put(content["name"], content["value"])
        self.send({"notes": notes, "answered": content.get("id"), "again": "now"})  # a pinned clip is beside the grid

    def _rate(self, content: dict[str, Any]) -> None:
        self.send({"notes": self._notes.rate(content["clip"], content["stars"]), "answered": content.get("id")})

    def _export(self, content: dict[str, Any]) -> None:
        from wannb.export.pair import export

        flags, wanted = self._views.flags(), {}
        for expert in ("high", "low"):
            step = int(content[expert])
            if str(step) not in flags[expert]:
                raise Refusal(f"{self.run.path} has no {expert}-noise file of step {step:,}: choose a pair that has.")
            named = flags[expert][str(step)].startswith(f"--{expert} ")
            wanted |= {expert: step if named else None, f"{expert}_strength": None if step else 0.0}
        result = export(self.run.path, to="comfyui", **wanted)
        wrote = f"Wrote {', '.join(path.name for path in result.files)} to {result.files[0].parent}."
        self.send({"said": f"{wrote} {result.about_earlier}".strip()})

    def __repr__(self) -> str:
        return f"Compare({str(self.run.path)!r}, {len(self.run.previews)} previews)"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, a picture of the grid for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        try:
            picture = base64.b64encode(jpeg(compare_sheet(self.run), quality=75)).decode()
        except (Refusal, OSError) as error:
            return {**data, "text/plain": f"{self!r}: {error}"}, metadata
        return {**data, "text/plain": repr(self), "image/jpeg": picture}, metadata


DEEDS = {
    "view": Compare._tell_view,
    "clips": Compare._tell_clips,
    "order": Compare._order,
    "cancel": Compare._cancel,
    "note": Compare._note,
    "rate": Compare._rate,
    "export": Compare._export,
}
