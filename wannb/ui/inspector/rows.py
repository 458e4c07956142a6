"""The gallery's rows: what is known of each clip, fit to be sorted and filtered by."""

from collections.abc import Iterable
from typing import Any

from wannb.data.clip import Clip
from wannb.data.clips import ClipFolder
from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.listing import shown
from wannb.job.finding import Finding
from wannb.job.preflight import ORDER
from wannb.refusal import Refusal
from wannb.ui.inspector.survey import Survey
from wannb.words import tell


def rows_of(survey: Survey, edits: Edits | None) -> list[dict[str, Any]]:
    """A row a file, in the order of their names; what is not known yet is None."""
    folder = survey.folder
    clips = by_file(folder) if folder else {}
    said = findings_by_file(folder, survey.names) if folder else {}
    return [
        {
            "name": name,
            **_measured(survey.facts.get(name), survey.energy.get(name)),
            **_picked(clips.get(name, [])),
            **_said(said.get(name, [])),
            **_edited(name, edits),
        }
        for name in survey.names
    ]


def by_file(folder: ClipFolder) -> dict[str, list[Clip]]:
    """The clips that each file makes: one, or one a piece."""
    found: dict[str, list[Clip]] = {}
    for clip in folder.all_clips:
        found.setdefault(shown(clip.path, folder.path), []).append(clip)
    return found


def findings_by_file(folder: ClipFolder, names: Iterable[str]) -> dict[str, list[Finding]]:
    """What is said of each file or a piece of it, the worst first."""
    names, found = set(names), {}
    for finding in folder.findings:
        name = finding.where if finding.where in names else finding.where.rpartition(" [")[0]
        if name in names:
            found.setdefault(name, []).append(finding)
    return {name: sorted(all_, key=lambda one: ORDER[one.severity]) for name, all_ in found.items()}


def mark_of(name: str, edits: Edits | None) -> str:
    """Differs whenever the pieces of a clip do: pictures made under another mark are stale."""
    try:
        pieces = edits.pieces(name) if edits else None
    except Refusal:
        return "bad"
    return "" if pieces is None else ";".join(f"{one.start:g}-{one.end}-{one.crop}" for one in pieces) or "out"


def _measured(facts: VideoFacts | None, energy: float | None) -> dict[str, Any]:
    names = ("seconds", "fps", "frames", "width", "height", "codec")
    known = {name: getattr(facts, name) if facts else None for name in names}
    return {**known, "energy": None if energy is None else round(energy, 2), "image": bool(facts and facts.is_image)}


def _picked(clips: list[Clip]) -> dict[str, Any]:
    first = next((clip for clip in clips if clip.ok), None)
    if first is None:
        return {"ok": None if not clips else False, "picked": None, "speed": None, "caption": "", "words": 0}
    written = first.written.text if first.written else ""
    return {
        "ok": True,
        "picked": len(first.picked),
        "speed": round(first.stretch, 2),
        "caption": written,
        "words": len(written.split()),
    }


def _said(findings: list[Finding]) -> dict[str, Any]:
    codes = list(dict.fromkeys(one.code for one in findings))
    return {
        "worst": findings[0].severity if findings else "",
        "codes": codes,
        "why": tell(findings[0].message) if findings else "",
    }


def _edited(name: str, edits: Edits | None) -> dict[str, Any]:
    mark = mark_of(name, edits)
    return {"edited": bool(mark), "out": mark == "out", "mark": mark, "pieces": mark.count(";") + 1 if mark else 1}
