"""The edit list beside the clips: which pieces of each are trained on. The clips themselves are never written."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wannb.data import edit_file
from wannb.data.boxes import Box
from wannb.data.facts import VideoFacts
from wannb.data.listing import leads_outside
from wannb.data.pieces import WHOLE, Piece, box_of, of_frames, snapped, span
from wannb.data.video import probe
from wannb.refusal import Refusal

MOST_STEPS = 100
"""Changes that can be undone; older ones are forgotten."""


class Edits:
    """The edit list of a folder, read once; a change reads it anew and writes it whole.

    Names are those of clips below the folder (`sub/orbit.mp4`). Every change raises Refusal for a name that leaves the
    folder, a clip that cannot be read, and pieces that cannot be meant; then nothing is written.
    """

    def __init__(self, folder: str | Path, data: dict[str, Any]) -> None:
        self.folder, self._data = Path(folder), data

    @classmethod
    def of(cls, folder: str | Path) -> "Edits":
        """The list beside the clips of `folder`, empty where there is none; raises Refusal for one that is broken."""
        folder = Path(folder).expanduser()
        return cls(folder, edit_file.read(folder))

    @property
    def names(self) -> list[str]:
        """The clips that have an entry."""
        return list(self._data["clips"])

    def pieces(self, name: str) -> tuple[Piece, ...] | None:
        """The pieces of the clip, as written; None for a whole one, none for one left out. Raises Unusable where what
        is written cannot be meant."""
        return edit_file.pieces_in(self._data["clips"].get(name), name)

    def set(self, name: str, pieces: Iterable[Piece]) -> None:
        """Train on these pieces of the clip, in this order; none at all leaves it out."""
        self.set_all({name: tuple(pieces)})

    def trim(self, name: str, start: float, end: float | None, piece: int = 0) -> None:
        """Let the clip's piece of that number run from `start` to `end` (seconds, snapped to frames; None: its end)."""
        facts, pieces = self._now(name, piece)
        if facts.is_image or facts.fps <= 0:
            raise Refusal(f"{name} has no times to trim it by: use a video of a known rate.")
        _check_span(name, start, end)
        pieces[piece] = Piece(float(start), None if end is None else float(end), pieces[piece].crop)
        self.set(name, pieces)

    def crop(self, name: str, box: Box | None, piece: int | None = None) -> None:
        """Show only `box` of one piece, or of all; None is the whole picture."""
        _, pieces = self._now(name, piece or 0)
        for i in range(len(pieces)) if piece is None else [piece]:
            pieces[i] = Piece(pieces[i].start, pieces[i].end, box and tuple(box))
        self.set(name, pieces)

    def split(self, name: str, at: Sequence[float]) -> None:
        """Cut the clip's pieces at these seconds of the clip (snapped to frames)."""
        facts, pieces = self._now(name, 0)
        if facts.is_image or facts.fps <= 0:
            raise Refusal(f"{name} has no times to split it at: use a video of a known rate.")
        cuts = {span(Piece(seconds), facts)[0] for seconds in at if 0 < seconds < facts.time_of(facts.frames - 1)}
        self.set(name, [part for piece in pieces for part in _parts(piece, cuts, facts)])

    def leave_out(self, name: str) -> None:
        """Train on nothing of the clip."""
        self._facts(name)
        self.set_all({name: ()})

    def reset(self, name: str) -> None:
        """Train on the whole clip; also mends an entry that cannot be meant, or whose clip is gone."""
        self.set_all({name: None})

    def set_all(self, pieces: Mapping[str, tuple[Piece, ...] | None]) -> None:
        """Change several clips in one step, which is undone as one; None is a whole clip."""
        self._data = edit_file.read(self.folder)
        clips, entries = self._data["clips"], {}
        for name, wanted in pieces.items():
            before = clips.get(name)
            wanted = self._snapped(name, wanted) if wanted else wanted
            whole = wanted is None or wanted == (WHOLE,)
            entries[name] = None if whole else edit_file.entry_of(wanted, before)
        before = self._put(entries)
        if before:
            self._data["history"] = [*self._data["history"], before][-MOST_STEPS:]
            self._data["undone"] = []
            edit_file.write(self.folder, self._data)

    def undo(self) -> tuple[str, ...]:
        """Take the last change back; the names of the clips that changed, none where there is nothing to undo."""
        return self._step("history", "undone")

    def redo(self) -> tuple[str, ...]:
        """Do again what was undone last."""
        return self._step("undone", "history")

    def _step(self, taken: str, given: str) -> tuple[str, ...]:
        self._data = edit_file.read(self.folder)
        if not self._data[taken]:
            return ()
        *self._data[taken], step = self._data[taken]
        before = self._put(step)
        self._data[given] = [*self._data[given], before][-MOST_STEPS:]
        edit_file.write(self.folder, self._data)
        return tuple(before)

    def _put(self, entries: Mapping[str, edit_file.Entry]) -> dict[str, edit_file.Entry]:
        """Make these the entries (None: none), and return what those were that change."""
        clips, before = self._data["clips"], {}
        for name, entry in entries.items():
            if clips.get(name) != entry:
                before[name] = clips.pop(name, None)
                if entry is not None:
                    clips[name] = entry
        return before

    def _now(self, name: str, piece: int) -> tuple[VideoFacts, list[Piece]]:
        """The facts of the clip's file and its pieces as they are."""
        self._data = edit_file.read(self.folder)
        pieces = self.pieces(name)
        if pieces == ():
            raise Refusal(f"{name} is left out: reset it before it is edited.")
        pieces = list(pieces or (WHOLE,))
        if not 0 <= piece < len(pieces):
            raise Refusal(f"{name} has {len(pieces)} pieces, so none of number {piece} (they count from 0).")
        return self._facts(name), pieces

    def _facts(self, name: str) -> VideoFacts:
        """Of the whole file; a name that leaves the folder, itself or by a link, is refused."""
        if ".." in Path(name).parts or Path(name).is_absolute() or leads_outside(self.folder / name, self.folder):
            raise Refusal(f"{name!r} leaves the folder {self.folder}: use the name of a clip inside it.")
        return probe(self.folder / name)

    def _snapped(self, name: str, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        facts = self._facts(name)
        for piece in pieces:
            _check_span(name, piece.start, piece.end)
        return tuple(snapped(piece, facts) for piece in pieces)


def _check_span(name: str, start: float, end: float | None) -> None:
    try:
        Piece.of_dict({"start": start, "end": end})
    except ValueError as error:
        raise Refusal(f"{name} cannot be trimmed so: {error}.") from None


def _parts(piece: Piece, cuts: set[int], facts: VideoFacts) -> list[Piece]:
    """The piece cut at those of the frames `cuts` that lie inside it."""
    first, stop = span(piece, facts)
    edges = [first, *sorted(cut for cut in cuts if first < cut < stop), stop]
    box = box_of(piece, facts)
    return [of_frames(start, end, box, facts) for start, end in zip(edges, edges[1:], strict=False)]
