"""The Studio's first lines: what the job is, whether it can start, and the buttons for it as a whole."""

from collections.abc import Callable
from html import escape

import ipywidgets

from wannb.job import Finding, Job
from wannb.job.choices import TASKS
from wannb.ui.studio import form
from wannb.ui.studio.cards import button
from wannb.ui.studio.rows import CONTROL, ROW
from wannb.words import LANGUAGES, language, say, tell


class Head:
    """`do` maps the buttons (`undo`, `redo`, `recipe`, `start`, `queue`, `watch`) and what is switched (`tier`,
    `explain`, `reasons`, `yaml`, `language`) to what they do."""

    def __init__(self, do: dict[str, Callable]) -> None:
        self.title = ipywidgets.HTML(layout=ROW)
        self.said = ipywidgets.HTML(layout=ROW)
        self.tier = ipywidgets.ToggleButtons(options=list(form.TIERS), layout=CONTROL)
        self.tier.add_class("wannb-tiers")
        self.tier.observe(lambda change: do["tier"](change["new"]), "value")
        self.switches = [
            _switch("Explain", do["explain"]),
            _switch("Why these?", do["reasons"]),
            _switch("YAML", do["yaml"]),
        ]
        self.undo = button("Undo", do["undo"])
        self.redo = button("Redo", do["redo"])
        self.recipe = button("Take the recipe", do["recipe"])
        self.start = button("Start", do["start"])
        self.start.button_style = "primary"
        self.queue = button("Queue", do["queue"])
        self.watch = button("Watch", do["watch"])
        self.language = ipywidgets.Dropdown(
            options=[(name, code) for code, name in LANGUAGES.items()],
            value=language(),
            description="Language",
            layout=CONTROL,
        )
        self.language.add_class("wannb-language")
        self.language.observe(lambda change: do["language"](change["new"]), "value")
        left = _line([self.title, self.said], "wannb-head-words", ipywidgets.VBox)
        buttons = [self.undo, self.redo, self.recipe, *self.switches, self.language, self.watch, self.queue, self.start]
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
        self._speak()
        (self.watch.remove_class if job.run_dir.is_dir() else self.watch.add_class)("wannb-hidden")

    def say(self, text: str, name: str = "wannb-advice") -> None:
        """A sentence in place of how the job stands, until something changes."""
        self.said.value = f"<span class='{name}' role='status'>{escape(tell(text))}</span>"

    def _speak(self) -> None:
        """Have the hints in the chosen language."""
        _set(self.language, "value", language())
        explain, reasons, yaml = self.switches
        for one, hint in (
            (explain, say("What each setting does, below it")),
            (reasons, say("What the recipe set, and why")),
            (yaml, say("The job file, to read and to edit")),
            (self.recipe, say("Set all as the guides advise")),
            (self.start, say("Train in a process of its own")),
            (self.queue, say("Train after the jobs that wait")),
            (self.watch, say("See the run of this name")),
        ):
            _set(one, "tooltip", tell(hint))


def _standing(findings: list[Finding], busy: str) -> str:
    errors, warnings = (len({one.code for one in findings if one.severity == worst}) for worst in ("error", "warning"))
    if busy:
        words, name = tell(busy), "wannb-advice"
        return f"<span class='{name}' role='status'>{escape(words[:1].upper() + words[1:])}</span>"
    if errors:
        several = say("{count} things to mend before it can start", count=errors)
        words, name = say("1 thing to mend before it can start") if errors == 1 else several, "wannb-wrong"
    elif warnings:
        one, several = say("It can start, but look at the warning"), say("It can start, but look at the warnings")
        words, name = one if warnings == 1 else several, "wannb-doubt"
    else:
        words, name = say("Ready to start"), "wannb-fine"
    return f"<span class='{name}' role='status'>{escape(tell(words))}</span>"


def _switch(label: str, act: Callable[[bool], None]) -> ipywidgets.ToggleButton:
    made = ipywidgets.ToggleButton(description=label, layout=CONTROL)
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
