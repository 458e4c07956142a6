"""Copies: what is trained on, as files of their own; the clips stay as they are."""

import hashlib

import av
import numbered
import numpy as np
import pytest
from PIL import Image

from wannb.data import ClipFolder, pixels
from wannb.data.copies import write_copies
from wannb.data.edits import Edits
from wannb.data.pieces import Piece
from wannb.data.video import probe, read_frames
from wannb.refusal import Refusal


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "clips"
    (home / "sub").mkdir(parents=True)
    numbered.write(home / "a.mp4", count=64)
    numbered.write(home / "sub" / "b.mkv", codec="libvpx-vp9", count=60, rate=30)
    numbered.write(home / "c.mp4", count=30)
    Image.fromarray(numbered.painted(3)).save(home / "still.png")
    (home / "a.txt").write_text("a ball turns")
    (home / "sub" / "b.txt").write_bytes("ein Fräulein".encode("cp1252"))
    return home


def contents(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def numbers(path):
    return [numbered.number_of(frame) for frame in read_frames(path, range(probe(path).frames))]


def test_pieces_become_files_with_their_captions(folder, tmp_path):
    edits = Edits.of(folder)
    edits.set("a.mp4", [Piece(0.5, 1.0), Piece(2.0, 3.0, (0, 0, 128, 81))])
    edits.leave_out("c.mp4")
    edits.crop("still.png", (0, 0, 64, 48))
    before, told = contents(folder), []
    written = write_copies(folder, tmp_path / "new", progress=lambda *at: told.append(at))
    names = [path.relative_to(tmp_path / "new").as_posix() for path in written]
    assert names == ["a_1.mp4", "a_2.mp4", "still.png", "sub/b.mp4"] and told[-1] == (4, 4)
    assert numbers(written[0]) == list(range(8, 16)) and numbers(written[1]) == list(range(32, 48))
    assert (probe(written[1]).width, probe(written[1]).height) == (128, 80)
    assert Image.open(written[2]).size == (64, 48)
    assert numbers(written[3]) == list(range(60)) and probe(written[3]).fps == 30
    for path in written:
        if path.suffix == ".mp4":
            with av.open(str(path)) as file:
                stream = file.streams.video[0]
                assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
    assert [(tmp_path / "new" / f"a_{i}.txt").read_text() for i in (1, 2)] == ["a ball turns"] * 2
    assert (tmp_path / "new/sub/b.txt").read_bytes() == (folder / "sub/b.txt").read_bytes()
    assert contents(folder) == before and len(ClipFolder(tmp_path / "new", 5, [64]).clips) == 4
    assert not [path for path in tmp_path.rglob(".*") if path.name != ".wannb-edits.json"]


def test_sixteen_frames_a_second_are_taken_by_true_time(folder, tmp_path):
    stamps = [0, 30, 60, 500, 1000, 1030, 1060, 1500]
    numbered.write(folder / "uneven.mp4", count=8, times=stamps)
    write_copies(folder, tmp_path / "new", fps=16)
    facts = probe(tmp_path / "new/sub/b.mp4")
    assert facts.fps == 16 and facts.frames == 32
    assert numbers(tmp_path / "new/sub/b.mp4") == [round(i * 30 / 16) for i in range(32)]
    shown = numbers(tmp_path / "new/uneven.mp4")
    for i, number in enumerate(shown):
        assert abs(stamps[number] - i * 1000 / 16) == min(abs(stamp - i * 1000 / 16) for stamp in stamps)
    assert (tmp_path / "new/a.mp4").read_bytes() == (folder / "a.mp4").read_bytes()


def test_trained_pixels_are_those_of_the_copy(folder, tmp_path):
    """But for what H.264 loses, and a caption that is carried."""
    Edits.of(folder).set("a.mp4", [Piece(0.5, 2.5, (16, 0, 112, 96))])
    write_copies(folder, tmp_path / "new")
    ours, copy = (ClipFolder(path, 17, [64]).clips[0] for path in (folder, tmp_path / "new"))
    assert ours.buckets == copy.buckets and ours.caption == copy.caption
    one, other = (pixels.of_clip(clip, clip.picked, (64, 64)).astype(int) for clip in (ours, copy))
    assert np.abs(one - other).mean() < 4


def test_nothing_is_written_over_or_among_the_clips(folder, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.mp4").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for to in (tmp_path / "there", tmp_path / "file", folder / "new", folder):
        with pytest.raises(Refusal):
            write_copies(folder, to)
    assert (tmp_path / "there" / "a.mp4").read_text() == "mine" and (tmp_path / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert write_copies(folder, tmp_path / "empty")
    for fps in (0, -1, float("nan"), 1e9):
        with pytest.raises(Refusal, match="frames a second"):
            write_copies(folder, tmp_path / "other", fps=fps)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interruption_leaves_nothing(folder, tmp_path, after):
    def interrupt(done, of):
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_copies(folder, tmp_path / "new", fps=8, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["clips"]


def test_names_that_would_meet_are_numbered(folder, tmp_path):
    numbered.write(folder / "a.mov", count=20)
    numbered.write(folder / "a_1.mp4", count=21)
    written = write_copies(folder, tmp_path / "new")
    assert len({path.name.lower() for path in written}) == len(written) == 6
    assert sorted(probe(path).frames for path in written) == [1, 20, 21, 30, 60, 64]


def test_a_folder_of_nothing_is_one_sentence(tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(Refusal, match="no clip"):
        write_copies(tmp_path / "none", tmp_path / "new")
