"""What the looks of a clip suggest: its dead time, black frames and bars cut away, its scenes apart."""

from dataclasses import dataclass

import numbered
import numpy as np
import pytest

from wannb.data.edits import Edits
from wannb.data.pieces import Piece, span
from wannb.data.suggested_edits import apply_suggestions, suggested
from wannb.data.video import probe
from wannb.data.video_file import write_mp4


@pytest.fixture
def folder(tmp_path):
    return numbered.four(tmp_path / "clips")


@dataclass
class Seen:
    """What a look at a clip says, without one."""

    still_start: int = 0
    still_end: int = 0
    black: tuple = ()
    cuts: tuple = ()
    box: tuple | None = None


SUGGESTIONS = {
    "nothing": (Seen(), None, None),
    "dead time": (Seen(8, 16), None, [(8, 48, None)]),
    "dead time, only its start": (Seen(8, 16), ("static-start",), [(8, 64, None)]),
    "all still": (Seen(64, 64), None, None),
    "bars": (Seen(box=(0, 12, 128, 84)), None, [(0, 64, (0, 12, 128, 84))]),
    "cuts": (Seen(cuts=(20, 40)), None, [(0, 20, None), (20, 40, None), (40, 64, None)]),
    "a flash between cuts": (Seen(cuts=(20, 24)), None, [(0, 20, None), (24, 64, None)]),
    "black at either end": (Seen(black=((0, 6), (60, 64))), None, [(6, 60, None)]),
    "black inside": (Seen(black=((30, 34),)), None, [(0, 30, None), (34, 64, None)]),
    "everything": (Seen(8, 8, ((30, 32),), (16,), (0, 8, 128, 88)), None,
                   [(8, 16, (0, 8, 128, 88)), (16, 30, (0, 8, 128, 88)), (32, 56, (0, 8, 128, 88))]),
}  # fmt: skip


@pytest.mark.parametrize(("look", "codes", "wanted"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_suggestions_cut_away_what_was_found(folder, look, codes, wanted):
    facts = probe(folder / "a.mp4")
    found = suggested(facts, look, None, codes)
    assert (found and [(*span(piece, facts), piece.crop) for piece in found]) == wanted
    assert found is None or suggested(facts, look, found, codes) is None


def test_suggestions_keep_what_was_cut_before(folder):
    facts = probe(folder / "a.mp4")
    (piece,) = suggested(facts, Seen(8, 8, box=(0, 12, 128, 84)), (Piece(1.0, 4.0, (10, 0, 100, 96)),))
    assert span(piece, facts) == (16, 56) and piece.crop == (10, 12, 100, 84)


def test_suggestions_for_a_whole_folder_are_one_step(folder):
    """A film with bars above and below that stands still for a second, then moves, beside clips without faults."""
    rng = np.random.default_rng(0)
    ground = rng.integers(30, 220, (24, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    frames = np.stack([np.roll(ground, max(0, i - 16) * 4, 1)[:160, :256] for i in range(64)])
    frames[:, :24] = frames[:, -24:] = 0
    write_mp4(folder / "film.mp4", frames)
    (changed,) = apply_suggestions(folder, names={"film.mp4", "still.png"}).items()
    assert changed[0] == "film.mp4" and Edits.of(folder).pieces("film.mp4") == changed[1]
    ((first, stop), crop) = (span(changed[1][0], probe(folder / "film.mp4")), changed[1][0].crop)
    assert abs(first - 16) <= 2 and stop == 64 and len(changed[1]) == 1
    assert np.abs(np.subtract(crop, (0, 24, 256, 136))).max() <= 2
    assert Edits.of(folder).undo() == ("film.mp4",)
    assert list(apply_suggestions(folder, codes=["bars"], names={"film.mp4"}).values())[0][0].start == 0
