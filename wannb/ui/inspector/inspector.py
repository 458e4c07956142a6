"""`Inspector`: see what the model will see of each clip, and mend it without touching the files."""

import base64
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wannb.data.clips import ClipFolder
from wannb.data.edits import Edits
from wannb.data.report import headline
from wannb.job import Job
from wannb.job.finding import Finding
from wannb.refusal import Refusal
from wannb.ui.browser_files import joined
from wannb.ui.contact_sheet import contact_sheet
from wannb.ui.inspector.captions import CAPTION_DEEDS, templates
from wannb.ui.inspector.copying import Copying
from wannb.ui.inspector.darkroom import Darkroom, Order
from wannb.ui.inspector.deeds import DEEDS
from wannb.ui.inspector.developing import Developing
from wannb.ui.inspector.opened import opened, wishes
from wannb.ui.inspector.rows import findings_by_file, rows_of
from wannb.ui.inspector.source import source_of
from wannb.ui.inspector.survey import Survey
from wannb.ui.pictures import jpeg
from wannb.words import tell

SHARED = ("dom.js", "keys.js", "asking.js", "svg.js", "marks.js")
MODULES = (
    "soon", "pictures", "arranging", "controls", "gallery", "timeline", "strip", "crop", "stage", "captions", "clip",
)  # fmt: skip
SHEET_CLIPS = 8
MOST_LINES = 24
PATIENCE = 1.0
"""Seconds that showing the widget may wait for clips that are still being looked at."""


class Inspector(anywidget.AnyWidget):
    """A gallery of the clips in `folder` (a path, a ClipFolder, or a Job, whose first data set it is), and one opened.

    What is trimmed, cropped, split or left out goes into the edit list beside the clips, at once and with undo; the
    clips stay as they are. `selected` is the name of the opened clip, "" for none; setting it opens another.
    Raises Refusal where there is no such folder. Clips are looked at aside; `wait()` waits for that.
    """

    _esm = joined(*SHARED, *(f"inspector_{name}.js" for name in MODULES), "inspector.js")
    _css = joined("theme.css", "inspector.css", "inspector_clip.css")
    selected = traitlets.Unicode("", help="the opened clip's name below the folder").tag(sync=True)

    def __init__(self, folder: str | Path | ClipFolder | Job) -> None:
        self._source = source_of(folder)
        super().__init__()
        self._room = Darkroom(Developing(self._source))
        self._survey = Survey(self._source)
        self._copying = Copying()
        self._sent: dict[str, dict] = {}
        self._told = -1
        self.on_msg(self._heard)

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def folder(self) -> ClipFolder:
        """The report on the clips as they are edited now; waits until all have been looked at."""
        self._survey.again()
        self.wait()
        if self._survey.folder is None:
            raise Refusal(self._survey.trouble)
        return self._survey.folder

    @property
    def edits(self) -> Edits:
        """The edit list as it is now."""
        return Edits.of(self.path)

    @property
    def findings(self) -> list[Finding]:
        """Of the set and of each clip."""
        return self.folder.findings

    def wait(self, seconds: float | None = None) -> "Inspector":
        """Wait until every clip has been looked at; for scripts, as the page shows them as they come."""
        self._survey.wait(seconds)
        return self

    def refresh(self) -> None:
        """Look at the folder anew, whoever changed it."""
        self._survey.again()

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        what = content.get("do")
        try:
            if what == "rows":
                self._answer_rows(fresh=bool(content.get("fresh")))
            elif what == "pictures":
                self._answer_pictures(content["wanted"])
            elif what == "open":
                self.send({"opened": self._opened(content["name"])})
            elif what == "copies":
                self._copy(str(content.get("to", "")), content.get("fps"))
            elif what in DEEDS or what in CAPTION_DEEDS:
                self._do(what, content)
        except (Refusal, OSError) as error:
            self.send({"refused": str(error)})

    def _answer_rows(self, fresh: bool) -> None:
        """Send what changed of the rows since the page asked last; all of them to a page that is new."""
        survey = self._survey
        if fresh:
            self._sent, self._told = {}, -1
            survey.again()
        news: dict[str, Any] = {"busy": self._copying.busy or survey.busy, "trouble": survey.trouble}
        news["said"] = self._copying.said
        if survey.version != self._told:
            self._told = survey.version
            rows = {row["name"]: row for row in rows_of(survey, self._list())}
            news["rows"] = [row for name, row in rows.items() if self._sent.get(name) != row]
            news["gone"] = [name for name in self._sent if name not in rows]
            news |= {"order": survey.names} if list(rows) != list(self._sent) else {}
            self._sent = rows
            news["findings"] = self._of_set()
        if fresh:
            news |= {"wishes": wishes(self._source), "templates": templates(self._source.kind)}
            news["copies"] = f"{self.path}_trimmed"
        self.send({"news": news})

    def _answer_pictures(self, wanted: list[list[Any]]) -> None:
        orders = {(*_frozen(order), *self._stamp(order[1])): i for i, order in enumerate(wanted)}
        ready = self._room.ask(list(orders))
        answer = [[orders[order], made.facts, bool(made.data)] for order, made in ready.items()]
        self.send({"pictures": answer, "wanted": wanted}, [made.data for made in ready.values()])

    def _copy(self, to: str, fps: float | None) -> None:
        self._copying.start(self.path, to, fps, self._source.settings().get("caption_ext", "txt"))
        self._answer_rows(fresh=False)

    def _do(self, what: str, wish: dict[str, Any]) -> None:
        if what == "suggest" and not wish.get("names") and not self._survey.looked:
            raise Refusal(f"It is {self._survey.busy}: what is not seen yet suggests nothing.")
        done = (DEEDS.get(what) or CAPTION_DEEDS[what])(self._source, wish)
        self._survey.again()
        name = wish.get("show")
        self.send({"did": what, "said": done, "opened": self._opened(name) if name else None})

    def _opened(self, name: str) -> dict[str, Any]:
        """What is known of the clip `name`; only its name while it was not looked at."""
        order = ("look", name, *self._stamp(name))
        if name not in self._survey.names:
            raise Refusal(f"There is no clip {name} in {self.path}.")
        if name not in self._survey.facts and order not in self._room.ask([order], wait=2.0):
            return {"name": name}
        folder = self._survey.folder
        said = findings_by_file(folder, [name]).get(name, []) if folder else []
        return {**opened(self._source, name, said), "reported": folder is not None}

    def _of_set(self) -> list[dict[str, Any]]:
        """What is said of the set as a whole, for the gallery's head."""
        folder = self._survey.folder
        own = [one for one in folder.findings if one.where not in self._survey.names] if folder else []
        named = {clip.name for clip in folder.all_clips} if folder else set()
        return [
            {"code": one.code, "severity": one.severity, "message": tell(one.message), "fix": tell(one.fix)}
            for one in own
            if one.where not in named
        ]

    def _list(self) -> Edits | None:
        try:
            return self.edits
        except Refusal:
            return None  # its own finding says it

    def _stamp(self, name: str) -> tuple[int, int]:
        try:
            stat = (self.path / name).stat()
        except (OSError, ValueError):
            return 0, 0
        return stat.st_mtime_ns, stat.st_size

    def __repr__(self) -> str:
        opened_clip = f", {self.selected!r} opened" if self.selected else ""
        return f"Inspector({str(self.path)!r}, {len(self._survey.names)} clips{opened_clip})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, the report in words and a few clips as a picture, for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, **self._still_life()}, metadata

    def _still_life(self) -> dict[str, str]:
        """What can be said without making a cell wait: of a folder that is looked at, all."""
        self.wait(PATIENCE)
        folder = self._survey.folder
        if folder is None:
            return {"text/plain": f"{self!r}: {self._survey.busy}"}
        shown_clips = folder.clips[:SHEET_CLIPS]
        text = {"text/plain": repr(folder) if len(folder.all_clips) <= MOST_LINES else headline(folder)}
        if not shown_clips:
            return text
        sheet = contact_sheet([clip.path for clip in shown_clips], [clip.name for clip in shown_clips])
        return {**text, "image/jpeg": base64.b64encode(jpeg(sheet, quality=70)).decode()}


def _frozen(order: list[Any]) -> Order:
    return tuple(tuple(part) if isinstance(part, list) else part for part in order)
