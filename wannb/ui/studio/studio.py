"""`Studio`: set up a job by looking at it."""

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets

from wannb.data.mending import mend
from wannb.job import Finding, Job
from wannb.job.advice import advice
from wannb.job.cost.estimate import Estimate
from wannb.job.recipes import differences
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.findings_list import FindingsList
from wannb.ui.outlook import Outlook
from wannb.ui.studio import changes, form
from wannb.ui.studio.begin import begin
from wannb.ui.studio.cards import Cards
from wannb.ui.studio.head import Head
from wannb.ui.studio.history import History
from wannb.ui.studio.panels import Panel
from wannb.ui.studio.pulse import Pulse
from wannb.ui.studio.reasons import table
from wannb.ui.studio.rows import ROW, Row
from wannb.ui.studio.runner import Runner
from wannb.ui.studio.sight import Seen, Sight
from wannb.ui.studio.switches import is_on
from wannb.ui.studio.yaml_pane import YamlPane
from wannb.words import language, tell

BEAT = 300  # milliseconds between two looks while clips are looked at


class Studio(ipywidgets.VBox):
    """The panels of a job with what preflight finds and what follows, live; `job` is changed in place.

    job: a Job, a mapping, a job file's path, or a kind (motion, style, character) with task, vram_gb, data, name and
    trigger for the recipe. What other cells do to `job` is shown when they end, or at `refresh()`. `findings` and
    `estimate` are the present ones, `run` what was started or is watched. Raises Refusal where there is no such job.
    """

    def __init__(
        self,
        job: Job | dict | str | Path = "motion",
        task: str | None = None,
        vram_gb: float | None = None,
        data: str | Path | None = None,
        name: str | None = None,
        trigger: str | None = None,
    ) -> None:
        recipe = {"task": task, "vram_gb": vram_gb, "data": data, "name": name, "trigger": trigger}
        self.job, path = begin(job, recipe)
        self._turn = threading.RLock()  # a handler may run beside a cell (ipykernel's subshells)
        self._tier, self._always, self._seen, self._spoken = next(iter(form.TIERS)), set(), None, language()
        self._history, self._sight = History(self.job.to_dict()), Sight()
        self._head = Head(self._deeds())
        self._sets = Cards(form.SETS, "data set", self._change, self._reset, self._act)
        self._samples = Cards(form.SAMPLES, "preview", self._change, self._reset, self._act)
        beside = {"DATASETS": [self._sets.box], "SAMPLE": [self._samples.box]}
        self._panels = [Panel(one, self._change, self._reset, beside.get(one, ())) for one in form.PANELS]
        self._list, self._outlook = FindingsList(), Outlook()
        self._list.on_fix(self._fix)
        self._list.on_fix_all(self._fix_all)
        self._list.on_go(self._go)
        self._yaml = YamlPane(self._replace, path)
        self._reasons = ipywidgets.HTML(layout=ROW)
        self._runner = Runner(self._head.say)
        self._pulse = Pulse(self._beat)
        super().__init__(self._laid_out(), layout=ipywidgets.Layout(width="100%"))
        self.add_class("wannb-theme")
        self.add_class("wannb-studio")
        self.refresh()
        _after_cells(self)

    @property
    def findings(self) -> list[Finding]:
        """What preflight says of the job now, errors first."""
        return self._seen.findings

    @property
    def estimate(self) -> Estimate:
        return self._seen.estimate

    @property
    def run(self) -> Run | None:
        return self._runner.run

    def refresh(self) -> None:
        """Show the job as it is, whoever changed it, and look at its clips anew."""
        with self._turn:
            self._history.keep(self.job.to_dict())
            self._sight.forget()
            self._show()

    def wait(self, seconds: float = 600.0) -> "Studio":
        """Wait until all clips have been looked at; for scripts, as the cell shows them when they are."""
        self._sight.scan.wait(seconds)
        self.refresh()
        return self

    def __repr__(self) -> str:
        return f"Studio({self.job!r}, {len(self.findings)} findings)"

    def _laid_out(self) -> list[ipywidgets.Widget]:
        half = form.PANELS.index(form.SECOND_COLUMN)
        columns = [
            ipywidgets.VBox([panel.box for panel in some], layout=ROW)
            for some in (self._panels[:half], self._panels[half:])
        ]
        panels = ipywidgets.HBox(columns, layout=ROW)
        panels.add_class("wannb-panels")
        self._list.add_class("wannb-list")
        self._outlook.add_class("wannb-outlook")
        body = ipywidgets.VBox([panels, self._list, self._outlook], layout=ROW)
        body.add_class("wannb-body")
        for one in (self._reasons, self._yaml.box):
            one.add_class("wannb-hidden")
        return [self._pulse, self._head.box, self._runner.box, self._reasons, self._yaml.box, body]

    def _deeds(self) -> dict[str, Callable]:
        return {
            "tier": self._on_tier,
            "explain": lambda on: _switch(self, "wannb-explain", on),
            "reasons": lambda on: _switch(self._reasons, "wannb-hidden", not on),
            "yaml": self._on_yaml,
            "language": self._on_language,
            "undo": lambda: self._go_to(self._history.back()),
            "redo": lambda: self._go_to(self._history.forth()),
            "recipe": lambda: self._act("recipe", changes.take_recipe),
            "start": lambda: self._runner.start(self.job),
            "queue": lambda: self._runner.queue(self.job),
            "watch": lambda: self._runner.watch(self.job),
        }

    def _change(self, key: str, value: Any) -> None:
        """A field was changed; raises Refusal for a value that the setting cannot have."""
        with self._turn:
            changes.put(self.job, key, value)
            self._history.keep(self.job.to_dict(), key)
            self._show()

    def _reset(self, key: str) -> None:
        self._act("", lambda job: job.put(key, differences(job)[key]))

    def _act(self, what: str, change: Callable[[Job], None]) -> None:
        """Do `change` to the job as one thing to undo; a Refusal leaves it as it was and is said."""
        with self._turn:
            try:
                change(self.job)
            except (Refusal, OSError) as error:
                self.job.replace(self._history.now)
                self._show()
                self._head.say(tell(error), "wannb-wrong")
                return
            self._history.keep(self.job.to_dict())
            self._show()

    def _replace(self, mapping: dict) -> None:
        with self._turn:
            self.job.replace(mapping)
            self._history.keep(self.job.to_dict(), "yaml")
            self._show()

    def _go_to(self, mapping: dict) -> None:
        with self._turn:
            self.job.replace(mapping)
            self._show()

    def _fix(self, code: str, where: str | None) -> None:
        """Cure the finding `code` at `where`; None: every finding of this code."""
        found = [one for one in self.findings if one.code == code and where in (None, one.where) and one.cure]
        self._act("fix", changes.all_of([one.cure for one in found]))

    def _fix_all(self) -> None:
        self._act("fix", mend)

    def _go(self, where: str) -> None:
        """Show the row of the setting or the clip `where`, whatever the tier, and bring it into sight."""
        key = form.row_for(self.job, where)
        with self._turn:
            self._always.add(key)
            self._show()
        for row in self._rows():
            _switch(row.box, "wannb-here", row.key == key)
        self._pulse.send({"do": "go"})

    def _on_tier(self, tier: str) -> None:
        with self._turn:
            self._tier = tier
            self._show()

    def _on_yaml(self, on: bool) -> None:
        self._yaml.open = on
        _switch(self._yaml.box, "wannb-hidden", not on)
        self._yaml.show(self.job)

    def _on_language(self, code: str) -> None:
        with self._turn:
            language(code)
            self._show()

    def _beat(self) -> None:
        with self._turn:
            self._show()

    def _rows(self) -> list[Row]:
        return [row for panel in self._panels for row in panel.rows] + [*self._sets, *self._samples]

    def _show(self) -> None:
        """Bring everything that is shown up to date with the job."""
        job = self.job
        self._seen, self._spoken = self._sight.look(job), language()
        seen = self._seen
        for cards in (self._sets, self._samples):
            cards.match(job)
            cards.show(self._tier, self._always)
        for panel in self._panels:
            panel.show(self._tier, self._always)
        differs = differences(job)
        self._show_rows(job, seen, differs)
        self._samples.picture(job)
        places = {one.where: form.place(one.where) for one in seen.findings}
        self._list.show(seen.findings, places, seen.busy)
        self._outlook.show(job, seen.estimate)
        self._head.show(
            job, seen.findings, seen.busy, len(differs), self._history.can_go_back, self._history.can_go_forth
        )
        self._reasons.value = table(job)
        self._yaml.show(job)
        self._pulse.every = BEAT if seen.busy else 0

    def _show_rows(self, job: Job, seen: Seen, differs: dict[str, Any]) -> None:
        marks: dict[str, str] = {}
        for finding in seen.findings:  # the worst comes first
            marks.setdefault(finding.where, finding.severity)
        for row in self._rows():
            said = advice(job, row.key)
            words = (said.text, said.why) if said else ("", "")
            on = is_on(job, row.setting, row.key)
            row.show(job.get(row.key), words, differs.get(row.key), row.key in differs, on, marks.get(row.key, ""))


def _switch(widget: ipywidgets.DOMWidget, name: str, on: bool) -> None:
    (widget.add_class if on else widget.remove_class)(name)


def _after_cells(studio: Studio) -> None:
    """Have `studio` show, when a cell has run, what the cell did to its job or the language; as long as the
    studio is there."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell, kept = get_ipython(), weakref.ref(studio)
    if shell is None:
        return

    def look(*_: Any) -> None:
        there = kept()
        if there is None:
            shell.events.unregister("post_run_cell", look)
        elif there.job.to_dict() != there._history.now or there._spoken != language():
            there.refresh()

    shell.events.register("post_run_cell", look)
