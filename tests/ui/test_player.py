"""The player's Python side: what it sends, what it refuses, what hosts without widgets see."""

import base64
import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.data import numbered
from tests.train import small_job
from wannb.data.clips import ClipFolder
from wannb.refusal import Refusal
from wannb.ui.contact_sheet import contact_sheet
from wannb.ui.playable import MOST_FRAMES, WIDEST, playable
from wannb.ui.player import Player
from wannb.ui.show import show


def decoded(data: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_clip_that_browsers_play_travels_as_it_is(tmp_path: Path) -> None:
    path = numbered.write(tmp_path / "clip.mp4", count=9)
    sent = playable(path)
    assert sent.data == path.read_bytes()
    assert (sent.mime, sent.frames, sent.fps) == ("video/mp4", 9, 16)


def test_other_codecs_are_written_anew_frame_for_frame(tmp_path: Path) -> None:
    path = numbered.write(tmp_path / "clip.webm", codec="libvpx-vp9", count=12, rate=24)
    sent = playable(path)
    assert [numbered.number_of(frame) for frame in decoded(sent.data)] == list(range(12))
    assert (sent.frames, sent.fps) == (12, 24)


def test_long_and_wide_clips_are_made_small_at_their_own_speed(tmp_path: Path) -> None:
    count = MOST_FRAMES + 40
    path = numbered.write(tmp_path / "long.mp4", count=count, size=(640, 96), rate=30)
    sent = playable(path)
    frames = decoded(sent.data)
    assert len(frames) == sent.frames == count / 2
    assert frames[0].shape[1] == WIDEST
    assert sent.frames / sent.fps == pytest.approx(count / 30)


def test_images_are_stills(tmp_path: Path) -> None:
    Image.new("RGB", (33, 21), "red").save(tmp_path / "still.png")
    sent = playable(tmp_path / "still.png")
    assert (sent.mime, sent.frames) == ("image/jpeg", 1)


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("hello")
    for path in (tmp_path / "text.mp4", tmp_path / "nowhere.mp4"):
        with pytest.raises(Refusal, match=path.name):
            Player([path])
    with pytest.raises(Refusal, match="no clips"):
        Player([])
    clip = numbered.write(tmp_path / "clip.mp4", count=5)
    with pytest.raises(Refusal, match="1 clip and 2 captions"):
        Player([clip], ["one", "two"])


def test_the_static_twin_has_a_row_a_clip(tmp_path: Path) -> None:
    paths = [numbered.write(tmp_path / f"{i}.mp4", count=11) for i in range(3)]
    player = Player(paths, ["base", "LoRA", "a caption that is much too long to fit into the width " * 5])
    data, _ = player._repr_mimebundle_()
    sheet = Image.open(io.BytesIO(base64.b64decode(data["image/jpeg"])))
    assert sheet.size == contact_sheet(paths, player.captions).size
    assert sheet.height == 3 * contact_sheet(paths[:1], ["base"]).height
    assert len(data["image/jpeg"]) < 100_000
    assert data["text/plain"].startswith("Player(3 clips: base · LoRA")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_static_twin_shows_first_and_last_frame(tmp_path: Path) -> None:
    sheet = np.asarray(contact_sheet([numbered.write(tmp_path / "clip.mp4", count=31)], ["x"]))[16:-4]
    width = (sheet.shape[1] + 4) // 6
    seen = [numbered.number_of(sheet[:, i * width : (i + 1) * width - 4]) for i in range(6)]
    assert seen[0] == 0 and seen[-1] == 30 and seen == sorted(seen)


def test_show_takes_folders_clips_and_paths(tmp_path: Path) -> None:
    folder = ClipFolder(small_job.clips(tmp_path / "clips"), num_frames=5, resolutions=[32])
    assert show(folder).captions == ["a red circle", "a blue square moves left", "green"]
    assert show(folder.clips[:1]).captions == ["a red circle"]
    assert show(folder.clips[0].path).captions == ["clip0.mp4"]
    assert show([folder.clips[0].path], ["mine"], columns=1).captions == ["mine"]
