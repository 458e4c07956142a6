"""Everything that a run's grids show at one moment, for a page or as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.refusal import Refusal
from wannb.runs.choosing.notes import Notes
from wannb.runs.clips.wish import BASE
from wannb.runs.run import Run
from wannb.ui.compare.said import USUAL, figure_names
from wannb.ui.compare.thoughts import Thoughts
from wannb.ui.compare.views import Views, version_of

OFTEN = 0.2  # seconds between two words on how far it is
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Gathered:
    """`views`: the grid of checkpoints first, then those of pairs and of strengths that have clips of their own;
    `videos`: the clips in them, by the name that a view gives each."""

    run: Run
    views: list[dict[str, Any]]
    videos: dict[str, Path]
    posters: dict[str, Path]
    proposal: dict[str, Any] | None
    notes: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """`rows`, `columns`, and `clips`: one for each cell, with its files, figures and rating; what figures mean."""
        grid = self.views[0]
        clips = [
            self._clip(cell) | {"column": column["id"]}
            for row in grid["rows"]
            for column, cell in zip(grid["columns"], row["cells"], strict=True)
        ]
        seen = {one["key"] for one in clips}
        more = [cell for view in self.views[1:] for row in view["rows"] for cell in row["cells"]]
        others = {cell["key"]: self._clip(cell) | {"column": None} for cell in more if cell["clip"]}
        return {
            "run": str(self.run.path),
            "rows": grid["prompts"],
            "columns": grid["columns"],
            "clips": clips + [one for key, one in others.items() if key not in seen],
            "figures": {one["name"]: {"label": one["label"], "unit": one["unit"]} for one in figure_names()},
            "proposal": self.proposal,
            "notes": {name: self.notes[name] for name in ("chosen", "rounds")},
        }

    def _clip(self, cell: dict[str, Any]) -> dict[str, Any]:
        names = ("key", "row", "prompt", "high", "low", "high_strength", "low_strength", "state", "figures")
        name = cell["clip"]
        files = {"video": self.videos.get(name), "poster": self.posters.get(name)} if name else {}
        paths = {kind: str(path) if path else None for kind, path in files.items()}
        rating = self.notes["ratings"].get(cell["key"])
        return {"video": None, "poster": None, **{one: cell[one] for one in names}, **paths, "rating": rating}


def gathered(run: Run | str | Path, progress: Progress = lambda words: None) -> Gathered:
    """Look at the clips of `run`, work out their figures and the proposed pair; waits until that is done.

    Raises Refusal where there is no run, or no clip in it yet.
    """
    run = run if isinstance(run, Run) else Run(run)
    views, thoughts, notes = Views(run), Thoughts(run), Notes(run.path).get()
    _looked(views, notes, None)
    if not views.stored:
        raise Refusal(f"The run {run.path} has no preview clips yet: they come every `sample.sample_every` steps.")
    thoughts.about(views, notes)
    while thoughts.at_work:
        progress(thoughts.busy)
        thoughts.wait(OFTEN)
    shown = _looked(views, notes, thoughts.proposal)
    kinds = list(dict.fromkeys(view["kind"] for view in shown))
    for view in shown:
        for cell in [cell for row in view["rows"] for cell in row["cells"]]:
            cell["figures"] = thoughts.figures(cell["key"])
        view |= {"figures": figure_names(), "usual": list(USUAL), "proposal": thoughts.proposal, "busy": ""}
        view |= {"kinds": kinds, "pinned": []}
        view["version"] = version_of(view)
    cells = [cell for view in shown for row in view["rows"] for cell in row["cells"] if cell["clip"]]
    videos = {cell["clip"]: views.stored[cell["key"]].video for cell in cells}
    posters = {cell["clip"]: views.stored[cell["key"]].poster for cell in cells}
    return Gathered(run, shown, videos, posters, thoughts.proposal, notes)


def _looked(views: Views, notes: dict[str, Any], proposal: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The grid of checkpoints, and of the others those with a clip that no grid before has."""
    extra = [(proposal["high"], proposal["low"])] if proposal else []
    shown = [views.view({"kind": "steps"}, notes["pins"]["clips"], extra)]
    seen = {cell["key"] for row in shown[0]["rows"] for cell in row["cells"]}
    for request in _requests(views):
        view = views.view(request, {}, extra)
        ready = {cell["key"] for row in view["rows"] for cell in row["cells"] if cell["clip"]}
        if ready - seen:
            shown.append(view)
            seen |= ready
    return shown


def _requests(views: Views) -> list[dict[str, Any]]:
    """The grid of pairs of each prompt, then those of strengths for which something was rendered."""
    rows = [one["id"] for one in views.prompts()]
    strong = []
    for clip in views.shelf.rendered():
        high, low = clip.wish.high, clip.wish.low
        row = clip.wish.base.key
        if (high, low) != (BASE, BASE) and row in rows:
            strong.append((row, high, low))
    pairs = [{"kind": "pairs", "row": row} for row in rows]
    return pairs + [
        {"kind": "strengths", "row": row, "high": high, "low": low} for row, high, low in dict.fromkeys(strong)
    ]
