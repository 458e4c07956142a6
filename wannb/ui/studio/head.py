"""The Studio's first lines: what the job is, whether it can start, and the buttons for it as a whole."""

from collections.abc import Callable
from html import escape

import ipywidgets

from wannb.job import Finding, Job
from wannb.job.choices import TASKS
from wannb.ui.studio import form
from wannb.ui.studio.cards import button
from wannb.ui.studio.rows import CONTROL, ROW


class Head:
    """`do` maps the buttons (`undo`, `redo`, `recipe`, `start`, `queue`, `watch`) and what is switched (`tier`,
    `explain`, `reasons`, `yaml`) to what they do."""

    def __init__(self, do: dict[str, Callable]) -> None:
        self.title = ipywidgets.HTML(layout=ROW)
        self.said = ipywidgets.HTML(layout=ROW)
        self.tier = ipywidgets.ToggleButtons(options=list(form.TIERS), layout=CONTROL)
        self.tier.add_class("wannb-tiers")
        self.tier.observe(lambda change: do["tier"](change["new"]), "value")
        self.switches = [
            _switch("Explain", "What each setting does, below it", do["explain"]),
            _switch("Why these?", "What the recipe set, and why", do["reasons"]),
            _switch("YAML", "The job file, to read and to edit", do["yaml"]),
        ]
        self.undo = button("Undo", do["undo"])
        self.redo = button("Redo", do["redo"])
        self.recipe = button("Take the recipe", do["recipe"], "Set all as the guides advise")
        self.start = button("Start", do["start"], "Train in a process of its own")
        self.start.button_style = "primary"
        self.queue = button("Queue", do["queue"], "Train after the jobs that wait")
        self.watch = button("Watch", do["watch"], "See the run of this name")
        left = _line([self.title, self.said], "wannb-head-words", ipywidgets.VBox)
        buttons = [self.undo, self.redo, self.recipe, *self.switches, self.watch, self.queue, self.start]
        self.box = _line([left, _line([self.tier, *buttons], "wannb-line")], "wannb-head")

    def show(self, job: Job, findings: list[Finding], busy: str, changed: int, undo: bool, redo: bool) -> None:
        """Say what `job` is and how it stands; `changed` settings differ from the recipe."""
        kind = form.BY_KEY["wannb.kind"].choices.get(job.wannb.kind, "")
        card = f"{job.wannb.vram_gb:g} GB" if job.wannb.vram_gb else ""
        parts = " · ".join(escape(part) for part in (TASKS[job.task], kind, card) if part)
        title = f"<span class='wannb-name'>{escape(job.name)}</span> <span class='wannb-advice'>{parts}</span>"
        _set(self.title, "value", title)
        _set(self.said, "value", _standing(findings, busy))
        _set(self.undo, "disabled", not undo)
        _set(self.redo, "disabled", not redo)
        _set(self.recipe, "disabled", not changed)
        _set(self.recipe, "description", f"Take the recipe ({changed})" if changed else "As the recipe")
        doomed = any(finding.severity == "error" for finding in findings)
        for one in (self.start, self.queue):
            _set(one, "disabled", bool(doomed or busy))
        (self.watch.remove_class if job.run_dir.is_dir() else self.watch.add_class)("wannb-hidden")

    def say(self, text: str, name: str = "wannb-advice") -> None:
        """A sentence in place of how the job stands, until something changes."""
        self.said.value = f"<span class='{name}' role='status'>{escape(text)}</span>"


def _standing(findings: list[Finding], busy: str) -> str:
    errors, warnings = (len({one.code for one in findings if one.severity == worst}) for worst in ("error", "warning"))
    if busy:
        return f"<span class='wannb-advice' role='status'>{escape(busy[:1].upper() + busy[1:])}</span>"
    if errors:
        words, name = f"{_count(errors, 'thing')} to mend before it can start", "wannb-wrong"
    elif warnings:
        words, name = f"It can start, but look at the warning{'s' if warnings > 1 else ''}", "wannb-doubt"
    else:
        words, name = "Ready to start", "wannb-fine"
    return f"<span class='{name}' role='status'>{words}</span>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def _switch(label: str, hint: str, act: Callable[[bool], None]) -> ipywidgets.ToggleButton:
    made = ipywidgets.ToggleButton(description=label, tooltip=hint, layout=CONTROL)
    made.add_class("wannb-button")
    made.observe(lambda change: act(change["new"]), "value")
    return made


def _line(children: list, name: str, kind: type = ipywidgets.HBox) -> ipywidgets.Box:
    made = kind(children, layout=ROW)
    made.add_class(name)
    return made


def _set(widget: ipywidgets.Widget, trait: str, value: object) -> None:
    if getattr(widget, trait) != value:
        setattr(widget, trait, value)
