"""Clips that are written are the clips that other readers see."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from wannb.data import video_file
from wannb.refusal import Refusal

COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 255, 255], [0, 0, 0]], np.uint8)


def clip():
    """A white square walking over six colours, uint8 [9, 64, 96, 3]."""
    frames = np.repeat(np.repeat(np.repeat(COLOURS.reshape(1, 2, 3, 3), 32, 1), 32, 2), 9, 0)
    for number, frame in enumerate(frames):
        frame[24:40, 8 * number : 8 * number + 16] = 255
    return frames


def test_pyav_reads_back_what_was_written(tmp_path):
    path, frames = tmp_path / "clip.mp4", clip()
    video_file.write_mp4(path, frames, fps=16, meta={"prompt": 'a "红" circle', "seed": 42})
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.average_rate) == ("h264", "yuv420p", 16)
        read = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    assert read.shape == frames.shape
    assert np.abs(read.astype(int) - frames).mean() < 3
    for i, colour in enumerate(COLOURS):  # the middle of each patch, away from the walking square
        assert np.abs(read[-1, 8 + 48 * (i // 3), 16 + 32 * (i % 3)].astype(int) - colour).max() <= 4
    assert video_file.read_meta(path) == {"prompt": 'a "红" circle', "seed": 42}


def test_the_index_stands_in_front_and_no_part_is_left(tmp_path):
    video_file.write_mp4(tmp_path / "clip.mp4", clip())
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.find(b"moov") < data.find(b"mdat")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_equal_clips_are_equal_files(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        video_file.write_mp4(tmp_path / name, clip())
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("shape", [(5, 31, 32, 3), (5, 32, 33, 3), (0, 32, 32, 3), (5, 32, 32)])
def test_frames_that_no_browser_would_play_are_refused(tmp_path, shape):
    with pytest.raises(Refusal, match="A clip"):
        video_file.write_mp4(tmp_path / "clip.mp4", np.zeros(shape, np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_poster_is_a_jpeg_of_the_frame(tmp_path):
    video_file.write_poster(tmp_path / "0.jpg", clip()[0])
    image = Image.open(io.BytesIO((tmp_path / "0.jpg").read_bytes()))
    assert image.format == "JPEG" and np.abs(np.asarray(image).astype(int) - clip()[0]).mean() < 8
