"""What there is to say about an edit list: that it is broken, and what in it does not come to bear."""

from pathlib import Path, PurePosixPath

from wannb.data.edit_file import LIST
from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.pieces import Piece
from wannb.data.unusable import Unusable
from wannb.job.finding import Finding
from wannb.words import say


def edits_of(folder: Path) -> tuple[Edits | None, list[Finding]]:
    """The edit list of `folder`, or, where it is broken, None and a finding that stops the run."""
    try:
        return Edits.of(folder), []
    except Unusable as why:
        return None, [Finding(why.code, "error", LIST, say("{what}.", what=why.message), why.fix)]


def of_edits(edits: Edits | None, clips: set[str]) -> list[Finding]:
    """On entries that are for none of the `clips` (names below the folder)."""
    said = []
    for name in edits.names if edits else []:
        if name in clips:
            continue
        where = name.encode("utf-8", "replace").decode()
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            message = say(
                "The edit list has an entry for {where!r}, which leaves the folder: it is passed over.", where=where
            )
            said.append(Finding("bad-edits", "warning", LIST, message, say("Take it out.")))
        else:
            message = say("The edit list has an entry for it, but there is no such clip.")
            said.append(
                Finding("edits-without-clip", "info", where, message, say("Reset its edits, or bring it back."))
            )
    return said


def of_piece(where: str, whole: VideoFacts, piece: Piece | None) -> list[Finding]:
    """On a trim of a clip that has no times."""
    if piece is None or whole.fps > 0 or whole.is_image or (not piece.start and piece.end is None):
        return []
    message = say("Its frame rate is not known, so its trim does not come to bear: all of it is trained on.")
    return [Finding("bad-edits", "warning", where, message, say("Re-encode it at a constant rate."))]
