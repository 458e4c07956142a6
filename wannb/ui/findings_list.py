"""`FindingsList`: what preflight found, beside the forms: what is wrong, where, and a button that mends it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import PurePath
from typing import Any

import anywidget
import traitlets

from wannb.job.finding import Finding
from wannb.refusal import Refusal
from wannb.ui.browser_files import joined
from wannb.words import tell

ORDER = {"error": 0, "warning": 1, "info": 2}
WORDS = {"error": "error", "warning": "warning", "info": "note"}
DONE = re.compile(r"(\d+) of (\d+)")


class FindingsList(anywidget.AnyWidget):
    """Errors first, then warnings; what is only good to know is folded away. Findings of one code are one row.

    `show` fills it. What is pressed goes to those who asked by `on_fix`, `on_fix_all` and `on_go`; a Refusal that they
    raise is shown as its sentence.
    """

    _esm = joined("dom.js", "keys.js", "marks.js", "findings_list.js")
    _css = joined("theme.css", "findings_list.css")
    findings = traitlets.List(traitlets.Dict(), help="the rows, as `rows_of` makes them").tag(sync=True)
    busy = traitlets.Unicode(help="what is still being looked at").tag(sync=True)
    said = traitlets.Unicode(help="why the last press could not be obeyed").tag(sync=True)
    _share = traitlets.Float(None, allow_none=True, help="how much of `busy` is done, 0…1").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self._pressed: dict[str, Callable[..., None]] = {}
        self.on_msg(self._heard)

    def show(self, findings: Iterable[Finding], places: Mapping[str, str] | None = None, busy: str = "") -> None:
        """Show `findings`; `places` names the `where`s, as "DATASETS · Num Frames" for `datasets[0].num_frames`.

        busy: what is still being looked at, such as "looking at clips, 34 of 200": two numbers so written make a bar.
        """
        found = DONE.search(busy)
        with self.hold_sync():
            self.findings = rows_of(findings, places or {})
            self.busy, self.said = tell(busy), ""
            self._share = min(1.0, int(found[1]) / max(1, int(found[2]))) if found else None

    def on_fix(self, callback: Callable[[str, str | None], None]) -> None:
        """Have `callback(code, where)` called when Fix is pressed; where None means all findings of the code."""
        self._pressed["fix"] = callback

    def on_fix_all(self, callback: Callable[[], None]) -> None:
        """Have `callback()` called when Fix all is pressed."""
        self._pressed["fix all"] = callback

    def on_go(self, callback: Callable[[str], None]) -> None:
        """Have `callback(where)` called when a place is pressed."""
        self._pressed["go"] = callback

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        values = [content[name] for name in ("code", "where") if name in content]
        self.said = ""
        try:
            self._pressed.get(content.get("do"), lambda *_: None)(*values)
        except Refusal as refusal:
            self.said = tell(refusal)

    def __repr__(self) -> str:
        counts = {severity: 0 for severity in ORDER}
        for row in self.findings:
            counts[row["severity"]] += len(row["items"])
        words = [f"{n} {WORDS[one]}{'s'[: n != 1]}" for one, n in counts.items() if n]
        return f"FindingsList({', '.join(words) or 'nothing to mend'})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, a list in plain text for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": "\n".join([repr(self), *map(_line, self.findings)])}, metadata


def rows_of(findings: Iterable[Finding], places: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows that show `findings`, in the chosen language: errors first, those of one code together.

    A row: `key`, `code`, `severity`, `message` and `fix` of its first, `curable` (how many are), `items` (all of them).
    """
    folded: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: ORDER[one.severity]):
        folded.setdefault(f"{finding.severity}/{finding.code}", []).append(finding)
    return [_row(key, together, places) for key, together in folded.items()]


def _row(key: str, together: list[Finding], places: Mapping[str, str]) -> dict[str, Any]:
    first, varied = together[0], len({one.message for one in together}) > 1
    before: defaultdict[str, count] = defaultdict(count)  # of the same place
    return {
        "key": key,
        "code": first.code,
        "severity": first.severity,
        "message": tell(first.message),
        "fix": tell(first.fix),
        "curable": sum(one.cure is not None for one in together),
        "items": [
            {
                "key": f"{one.where}#{next(before[one.where])}",
                "where": one.where,
                "place": (place := places.get(one.where) or _short(one.where)),
                "message": tell(one.message).removeprefix(place).strip() if varied else "",
                "curable": one.cure is not None,
            }
            for one in together
        ],
    }


def _short(where: str) -> str:
    """A path by its last name; a setting as it is."""
    return PurePath(where).name if re.search(r"[/\\]", where) else where


def _line(row: dict[str, Any]) -> str:
    more = f" and {len(row['items']) - 1} more" if len(row["items"]) > 1 else ""
    return f"{row['severity']}: {row['items'][0]['place']}{more}: {row['message']} {row['fix']}".rstrip()
