"""Frames come back by number, upright and in true colours, whichever decoder reads them."""

import importlib.util
import os
import random

import av
import numbered
import numpy as np
import pytest
from PIL import Image

from wannb.data import decoding, video
from wannb.refusal import Refusal

DECORD = importlib.util.find_spec("decord") is not None
needs_decord = pytest.mark.skipif(not DECORD, reason="decord has no wheel for this platform")

KINDS = {
    "h264.mp4": dict(codec="libx264", bf="3"),
    "h264.mkv": dict(codec="libx264", bf="2", g="12"),
    "h264.mov": dict(codec="libx264"),
    "h264.m4v": dict(codec="libx264", container="mp4"),
    "hevc10.mp4": {"codec": "libx265", "pix_fmt": "yuv420p10le", "x265-params": "log-level=none"},
    "hevc.mp4": {"codec": "libx265", "x265-params": "log-level=none"},
    "vp9.webm": dict(codec="libvpx-vp9"),
    "mpeg4.avi": dict(codec="mpeg4"),
    "wmv2.wmv": dict(codec="wmv2"),
    "flv1.flv": dict(codec="flv"),
    "UPPER.MP4": dict(codec="libx264"),
}


def made(folder, name):
    return numbered.write(folder / name, **KINDS[name])


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_the_numbered_frames(tmp_path, name):
    path = made(tmp_path, name)
    facts = video.probe(path)
    assert (facts.width, facts.height, facts.frames) == (128, 96, 40)
    assert facts.fps == pytest.approx(16, rel=0.01) and facts.seconds == pytest.approx(2.5, rel=0.01)
    asked = [39, 0, 7, 7, 23]
    frames = video.read_frames(path, asked)
    assert frames.dtype == np.uint8 and frames.shape == (5, 96, 128, 3)
    assert [numbered.number_of(frame) for frame in frames] == asked


@needs_decord
@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "h264.mov", "hevc.mp4", "vp9.webm"])
def test_decord_and_pyav_return_the_same_pixels(tmp_path, name):
    path = made(tmp_path, name)
    facts = video.probe(path)
    assert video.decord_suits(facts)
    asked = list(range(0, 40, 3))
    with_decord = list(video._with_decord(path, asked, facts))
    with_pyav = list(video._with_pyav(path, asked))
    assert len(with_decord) == len(asked)
    assert np.abs(np.stack(with_decord).astype(int) - np.stack(with_pyav)).max() <= 1


UNEVEN = np.cumsum(np.random.default_rng(4).integers(20, 105, 60)).tolist()
GROUPS = {
    "closed.mp4": {"bf": "3", "g": "12"},
    "open.mp4": {"bf": "3", "g": "12", "x264-params": "open-gop=1"},
    "open.mkv": {"bf": "3", "g": "12", "x264-params": "open-gop=1"},
    "uneven.mp4": {"bf": "3", "g": "12", "times": UNEVEN},
    "uneven.mkv": {"bf": "3", "g": "12", "times": UNEVEN},
    "hevc.mp4": {"codec": "libx265", "x265-params": "log-level=none:keyint=10:bframes=4"},
    "hevc_uneven.mkv": {"codec": "libx265", "x265-params": "log-level=none:keyint=10:bframes=4", "times": UNEVEN},
    "vp9.webm": {"codec": "libvpx-vp9", "g": "10", "auto-alt-ref": "1", "lag-in-frames": "10"},
    "mpeg4.mp4": {"codec": "mpeg4", "bf": "2"},
    "mpeg4.mkv": {"codec": "mpeg4", "bf": "2"},
    "mpeg4_plain.mp4": {"codec": "mpeg4", "bf": "0"},
}
BY_DECORD = {"closed.mp4", "uneven.mp4", "uneven.mkv", "vp9.webm", "mpeg4_plain.mp4"}


@pytest.mark.parametrize("name", GROUPS)
def test_every_frame_is_itself_wherever_one_seeks_to(tmp_path, name):
    """decord miscounts after a seek into an open group of pictures, so it is not asked there."""
    path = numbered.write(tmp_path / name, count=60, **GROUPS[name])
    assert video.decord_suits(video.probe(path)) == (name in BY_DECORD)
    for asked in [*([number] for number in range(0, 60, 3)), list(range(0, 60, 7)), [1, 50], [13, 14, 47]]:
        assert [numbered.number_of(frame) for frame in video.read_frames(path, asked)] == asked


@needs_decord
def test_decord_numbers_the_frames_of_ten_bit_video_alike(tmp_path):
    path = made(tmp_path, "hevc10.mp4")
    facts = video.probe(path)
    assert not video.decord_suits(facts)
    assert [numbered.number_of(f) for f in video._with_decord(path, [0, 13, 39], facts)] == [0, 13, 39]


@needs_decord
def test_decord_is_the_reader_where_it_suits(tmp_path, monkeypatch):
    path = made(tmp_path, "h264.mp4")
    video.probe(path)
    monkeypatch.setattr(video, "_with_pyav", lambda *_: pytest.fail("PyAV read what decord can"))
    assert numbered.number_of(video.read_frames(path, [5])[0]) == 5


def test_without_decord_pyav_reads(tmp_path, monkeypatch):
    path = made(tmp_path, "h264.mp4")
    monkeypatch.setattr(video, "_decord", lambda: None)
    assert [numbered.number_of(f) for f in video.read_frames(path, [3, 30])] == [3, 30]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_av1_goes_to_pyav(tmp_path, container):
    os.environ.setdefault("SVT_LOG", "0")
    path = numbered.write(tmp_path / f"clip.{container}", codec="libsvtav1")
    facts = video.probe(path)
    assert facts.codec == "av1" and not video.decord_suits(facts)
    assert [numbered.number_of(f) for f in video.read_frames(path, [0, 20, 39])] == [0, 20, 39]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_phone_video_comes_upright(tmp_path, degrees, mirrored):
    """Reference: what numpy's rot90 makes of the stored frame. (A clockwise turn is a negative one for rot90.)"""
    path = made(tmp_path, "h264.mp4")
    stored = video.read_frames(path, [9])[0]
    shown = np.rot90(stored[:, ::-1] if mirrored and degrees % 180 == 0 else stored, -degrees // 90)
    if mirrored and degrees % 180:
        shown = shown[:, ::-1]
    numbered.turn(path, degrees, mirrored)
    facts = video.probe(path)
    assert (facts.height, facts.width) == shown.shape[:2]
    assert np.array_equal(video.read_frames(path, [9])[0], shown)
    assert facts.rotation == (-degrees) % 360 or mirrored


@pytest.mark.parametrize(("matrix", "full"), [(1, False), (5, False), (9, False), (5, True), (1, True)])
def test_colours_follow_the_matrix_and_range_of_the_file(tmp_path, matrix, full):
    colour = (30, 190, 70)
    path = tmp_path / "green.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=16, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 2 if full else 1
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), colour, np.uint8), format="rgb24")
            frame = frame.reformat(
                format="yuv420p",
                src_colorspace=5 if matrix == 1 else 1,
                dst_colorspace=matrix,
                src_color_range=2,
                dst_color_range=2 if full else 1,
            )
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    assert video.probe(path).plain_colours == (matrix == 5 and not full)
    assert np.abs(video.read_frames(path, [2])[0].astype(int) - colour).max() <= 4


def test_uneven_rate_is_seen(tmp_path):
    times = np.cumsum(np.random.default_rng(0).integers(10, 120, 40)).tolist()
    path = numbered.write(tmp_path / "phone.mp4", times=times)
    facts = video.probe(path)
    assert not facts.even_time and facts.frames == 40
    assert facts.seconds == pytest.approx((times[-1] - times[0]) / 1000 * 40 / 39, rel=0.02)
    assert [numbered.number_of(f) for f in video.read_frames(path, [0, 11, 39])] == [0, 11, 39]


@pytest.mark.parametrize("rate", [16, 24, 25, 30, 50, 60])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_even_rates_are_seen_as_even(tmp_path, rate, suffix):
    facts = video.probe(numbered.write(tmp_path / f"a.{suffix}", rate=rate, count=20))
    assert facts.even_time and facts.fps == rate and not facts.truncated


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_truncated_clip_gives_its_good_frames(tmp_path, suffix):
    early = suffix == "mp4"
    path = numbered.write(tmp_path / f"a.{suffix}", count=200, size=(320, 240), faststart=early, g="30", bf="0")
    facts = video.probe(numbered.cut(path, 0.5))
    assert facts.truncated and 20 < facts.frames < 200
    last = facts.frames - 1
    assert [numbered.number_of(f) for f in video.read_frames(path, [0, last // 2, last])] == [0, last // 2, last]
    with pytest.raises(Refusal, match="frames"):
        video.read_frames(path, [facts.frames])


@needs_decord
def test_decord_never_sees_an_index_past_the_probed_end(tmp_path, monkeypatch):
    """A reader that over-reports its length spins for ever past the decodable end (dmlc/decord issue 373)."""
    decord = video._decord()
    path = made(tmp_path, "h264.mp4")
    video.probe(path)
    monkeypatch.setattr(decord.VideoReader, "__len__", lambda _: 400)
    monkeypatch.setattr(decord.VideoReader, "get_batch", lambda *_: pytest.fail("decord was asked"))
    assert numbered.number_of(video.read_frames(path, [39])[0]) == 39


def _empty(path):
    path.write_bytes(b"")


def _text(path):
    path.write_text("once upon a time\n" * 40)


def _playlist(path):
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n")


def _noise(path):
    path.write_bytes(np.random.default_rng(0).bytes(5000))


def _gif(path):
    numbered.write(path, codec="gif", pix_fmt="rgb8", container="gif", count=4)


def _no_index(path):
    numbered.cut(numbered.write(path, count=200, size=(320, 240)), 0.3)


def _sound(path):
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=44100)
        for at in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.rate, frame.pts = 44100, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def _half_an_index(path):
    numbered.cut(numbered.write(path), 0.9)


SPOILED = {
    _empty: ("empty", "is empty"),
    _text: ("unreadable", "is text"),
    _playlist: ("unreadable", "is text"),
    _noise: ("unreadable", "cannot be read"),
    _gif: ("gif", "is a GIF"),
    _no_index: ("truncated", "cut off"),
    _half_an_index: ("truncated", "cut off"),
    _sound: ("unreadable", "only sound"),
}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda f: f.__name__)
def test_what_is_no_clip_is_refused_in_a_sentence(tmp_path, spoil):
    path = tmp_path / "clip.mp4"
    spoil(path)
    code, words = SPOILED[spoil]
    with pytest.raises(Refusal, match=words) as caught:
        video.probe(path)
    assert caught.value.code == code and "clip.mp4" in str(caught.value) and "\n" not in str(caught.value)


def test_a_changed_file_is_probed_again(tmp_path):
    path = numbered.write(tmp_path / "a.mp4", count=8)
    assert video.probe(path).frames == 8
    numbered.write(path, count=11)
    assert video.probe(path).frames == 11


def test_the_better_of_two_pictures_is_taken(tmp_path):
    path = tmp_path / "two.mp4"
    with av.open(str(path), "w") as file:
        streams = [file.add_stream("libx264", rate=16) for _ in range(2)]
        for stream, size in zip(streams, [(64, 48), (128, 96)], strict=True):
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(12):
            for stream in streams:
                pixels = numbered.painted(number, stream.width, stream.height)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode())
    facts = video.probe(path)
    assert facts.streams == 2
    frames = video.read_frames(path, [0, 11])
    assert frames.shape[1:3] == (facts.height, facts.width)
    assert [numbered.number_of(frame) for frame in frames] == [0, 11]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "JPEG"])
def test_images_are_clips_of_one_frame(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(numbered.painted(77)).save(path)
    facts = video.probe(path)
    assert (facts.width, facts.height, facts.frames, facts.is_image) == (128, 96, 1, True)
    assert numbered.number_of(video.read_frames(path, [0])[0]) == 77


def test_images_stand_upright_and_see_through_is_white(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(numbered.painted(5)).save(tmp_path / "phone.jpg", exif=exif)
    assert video.read_frames(tmp_path / "phone.jpg", [0]).shape == (1, 128, 96, 3)
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert video.read_frames(tmp_path / "clear.png", [0]).min() == 255
    Image.fromarray(np.full((32, 32), 40000, np.uint16)).save(tmp_path / "deep.png")
    assert video.read_frames(tmp_path / "deep.png", [0]).max() == 40000 >> 8


@pytest.mark.parametrize(("kind", "code"), [("GIF", "gif"), ("WEBP", "animated-image"), ("PNG", "animated-image")])
def test_moving_images_are_refused(tmp_path, kind, code):
    path = tmp_path / f"a.{'jpg' if kind == 'GIF' else kind.lower()}"
    frames = [Image.fromarray(numbered.painted(n)) for n in (1, 2, 3)]
    frames[0].save(path, format=kind, save_all=True, append_images=frames[1:])
    with pytest.raises(Refusal) as caught:
        video.probe(path)
    assert caught.value.code == code


def test_the_folder_of_real_clips_reads_alike(real_clips):
    for path in sorted(real_clips.glob("*.m*")):
        facts = video.probe(path)
        asked = [0, facts.frames // 2, facts.frames - 1]
        frames = video.read_frames(path, asked)
        assert frames.shape == (3, facts.height, facts.width, 3)
        assert np.array_equal(frames, np.stack(list(video._with_pyav(path, asked))))


def test_a_clip_trimmed_without_encoding_starts_where_it_is_shown(tmp_path):
    """Its first frames are still in the file, hidden by the edit list, and decord would count them."""
    path = numbered.write(tmp_path / "trimmed.mp4", start=-10, g="12", bf="2")
    assert video.probe(path).frames == 30
    assert [numbered.number_of(f) for f in video.read_frames(path, [0, 29])] == [10, 39]


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "hevc10.mp4", "vp9.webm", "mpeg4.avi"])
def test_spoiled_bytes_are_refused_or_read_and_nothing_else(tmp_path, name):
    draw = random.Random(name)
    whole = made(tmp_path, name).read_bytes()
    for number in range(12):
        data = bytearray(whole[: draw.randrange(len(whole))] if number % 3 == 0 else whole)
        for _ in range(draw.choice([0, 1, 5, 50])):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path = tmp_path / f"{number}{name}"
        path.write_bytes(data)
        try:
            facts = video.probe(path)
        except Refusal as refusal:
            assert "\n" not in str(refusal)
            continue
        asked = sorted({0, facts.frames - 1})
        assert video.read_frames(path, asked).shape == (len(asked), facts.height, facts.width, 3)
        assert 0 <= facts.fps <= 1000 and 0 <= facts.seconds < 1e6


def test_a_display_matrix_of_no_use_changes_nothing():
    assert decoding.oriented(np.arange(6, dtype=np.uint8).reshape(2, 3, 1), (1, 0, 0, 1)).shape == (2, 3, 1)
