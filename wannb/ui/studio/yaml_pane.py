"""The job file beside the panels: the same job as text, in both directions."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import ipywidgets

from wannb.job import Job
from wannb.job.text import parse
from wannb.refusal import Refusal
from wannb.ui.studio.cards import button
from wannb.ui.studio.rows import ROW
from wannb.words import say, tell


class YamlPane:
    """`replace(mapping)` is called with what was typed as soon as it is a job; a Refusal stands below the text."""

    def __init__(self, replace: Callable[[dict], None], path: Path) -> None:
        self._replace, self._writing = replace, False
        self.text = ipywidgets.Textarea(layout=ipywidgets.Layout(height="420px", width="auto"))
        self.text.add_class("wannb-yaml")
        self.said = ipywidgets.HTML(layout=ROW)
        self.path = ipywidgets.Text(str(path), description="Job file", layout=ROW)
        self._save = button("Save", self._on_save, "Write the job file")
        line = ipywidgets.HBox([self.path, self._save], layout=ROW)
        line.add_class("wannb-line")
        self.box = ipywidgets.VBox([self.text, self.said, line], layout=ROW)
        self.box.add_class("wannb-yaml-pane")
        self.text.observe(self._typed, "value")
        self.open, self._job = False, None

    def show(self, job: Job) -> None:
        """Have the text of `job`, unless what was typed already means it."""
        self._job = job
        if not self.open or (self.text.value and self._means(job)):
            return
        self._writing = True
        try:
            self.text.value = job.to_yaml()
        finally:
            self._writing = False
        self._say("")

    def _means(self, job: Job) -> bool:
        try:
            return parse(self.text.value, "The text") == job.to_dict()
        except Refusal:
            return False

    def _typed(self, change: dict) -> None:
        if self._writing:
            return
        try:
            self._replace(parse(change["new"], "The text"))
            self._say("")
        except Refusal as refusal:
            self._say(tell(refusal), "wannb-wrong")

    def _on_save(self) -> None:
        path = Path(self.path.value.strip() or "job.yaml").expanduser()
        try:
            self._job.save(path)
        except (Refusal, OSError) as error:
            self._say(say("The job was not written to {path}: {error}", path=path, error=error), "wannb-wrong")
        else:
            self._say(say("Written to {path}.", path=path))

    def _say(self, text: str, name: str = "wannb-advice") -> None:
        self.said.value = f"<span class='{name}' role='status'>{escape(tell(text))}</span>" if text else ""
