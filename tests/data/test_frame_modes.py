"""Frames at true rate, in several windows, as many as there are: against slow and obvious versions."""

import json
import math
import random
from fractions import Fraction

import numbered
import numpy as np
import pytest
from PIL import Image

from tests.train import small_job
from wannb.data import ClipFolder, frames
from wannb.data.facts import VideoFacts
from wannb.data.items import items_of
from wannb.data.picking import FrameMode, choose
from wannb.job import Job
from wannb.refusal import Refusal

RATES = [16, 24, 25, 29.97, 50]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_every_frame_is_the_one_shown_at_its_time(rate, most):
    """Frame i of a window is one of the nearest to i/16 s after its first, whatever the source's rate."""
    times = [Fraction(i) / Fraction(rate) for i in range(200)]
    windows = frames.at_rate(200, rate, 16, 33, most)
    assert len(windows) == most and windows[0][0] == 0
    assert most == 1 or windows[-1][-1] == 199
    for window in windows:
        for i, index in enumerate(window):
            wanted = times[window[0]] + Fraction(i, 16)
            away = [abs(time - wanted) for time in times]
            assert away[index] == min(away) and len(window) == 33
    gaps = np.diff([window[0] for window in windows])
    assert most == 1 or gaps.max() - gaps.min() <= 1


def test_windows_that_coincide_are_one():
    assert frames.at_rate(33, 16, 16, 33, 5) == [list(range(33))]
    assert len(frames.at_rate(35, 16, 16, 33, 9)) == 3
    assert frames.at_rate(32, 16, 16, 33, 1) == []
    assert frames.at_rate(100, 24, 16, 1, 2) == [[0], [99]]


def test_uneven_clips_go_by_their_time_stamps():
    draw = random.Random(2)
    for _ in range(60):
        times = np.cumsum([0, *(draw.uniform(0.005, 0.12) for _ in range(draw.randint(5, 120)))]).tolist()
        count, most = draw.choice([5, 9, 33]), draw.randint(1, 4)
        windows = frames.at_times(times, 16, count, most)
        fits = times[-1] + 1e-3 >= (count - 1) / 16
        assert bool(windows) == fits and (frames.most_at_times(times, 16) >= count) == fits
        for window in windows:
            wanted = [times[window[0]] + i / 16 for i in range(count)]
            assert window == [min(range(len(times)), key=lambda j: abs(times[j] - t)) for t in wanted]
        assert not windows or windows[0][0] == 0
        latest = [a for a in range(len(times)) if times[a] + (count - 1) / 16 <= times[-1] + 1e-3]
        assert len(windows) < 2 or windows[-1][0] == latest[-1]


def test_the_count_that_fits_is_the_largest():
    draw = random.Random(3)
    for _ in range(100):
        count, rate, fps = draw.randint(2, 100), draw.choice(RATES), draw.choice([8, 16, 24])
        most = frames.most_at_rate(count, rate, fps)
        assert (
            most % 4 == 1 and frames.at_rate(count, rate, fps, most) and not frames.at_rate(count, rate, fps, most + 4)
        )


def test_auto_frame_count_is_ai_toolkits():
    """F = 4⌊max(0, ⌊seconds fps⌋ - 1)/4⌋ + 1 and index_i = min(round(i source/fps), N - 1)."""
    draw = random.Random(4)
    for _ in range(500):
        count, rate, fps = draw.randint(1, 400), draw.choice([16, 24, 25, 50]), draw.choice([16, 24])
        whole = count * fps // rate
        wanted = 4 * (max(0, whole - 1) // 4) + 1
        assert frames.auto_count(count, rate, fps) == wanted
        assert frames.auto_count(count, rate, fps, trim=False) == 4 * (whole // 4) + 1
        assert frames.auto(count, rate, fps, wanted) == [
            min(round(Fraction(i * rate, fps)), count - 1) for i in range(wanted)
        ]


def facts(count=100, fps=24.0, **more):
    return VideoFacts(64, 64, fps, count, count / fps if fps else 0.0, "h264", **more)


def test_modes_and_what_they_fall_back_to():
    shrunk = choose(facts(), FrameMode(17, windows=4))
    assert shrunk.how == "uniform" and shrunk.windows == (tuple(frames.pick(100, 17)),)
    assert len(choose(facts(), FrameMode(17, shrink=False, windows=4)).windows) == 4
    short = choose(facts(40), FrameMode(33, shrink=False))
    assert short.fell_back and short.how == "uniform" and short.fits == 25 and len(short.windows[0]) == 33
    assert choose(facts(fps=0.0), FrameMode(33, shrink=False)).fell_back
    assert choose(facts(), FrameMode(17, auto=True)).windows[0] == tuple(frames.auto(100, 24, 16, 65))
    huge = choose(facts(80_000), FrameMode(17, auto=True))
    assert len(huge.windows[0]) == 10_001 and huge.fits > 10_001
    still = facts(1, 0.0, is_image=True)
    assert all(choose(still, FrameMode(17, shrink=a, auto=b)).windows == ((0,),) for a in (0, 1) for b in (0, 1))


@pytest.fixture
def folder(tmp_path):
    numbered.write(tmp_path / "long.mp4", count=100, rate=24)
    numbered.write(tmp_path / "short.mp4", count=20, rate=24)
    Image.fromarray(numbered.painted(3)).save(tmp_path / "still.png")
    return tmp_path


def said(folder, name):
    return {finding.code: finding for finding in folder.findings if finding.where == name}


def test_true_rate_of_a_folder(folder):
    looked = ClipFolder(folder, num_frames=33, resolutions=[64], shrink_video_to_frames=False, windows=3)
    long, short, still = looked.clips
    assert [window[0] for window in long.windows] == [0, 26, 51] and long.windows[2][-1] == 99
    assert long.picked == long.windows[0] == tuple(round(i * Fraction(24, 16)) for i in range(33))
    assert not {"time-warp", "too-short-for-rate"} & set(said(looked, "long.mp4"))
    assert short.windows == (tuple(frames.pick(20, 33)),) and still.windows == ((0,),)
    warning = said(looked, "short.mp4")["too-short-for-rate"]
    assert warning.severity == "warning" and "13" in warning.fix and "whole clip" in warning.message
    assert "time-warp" in said(ClipFolder(folder, num_frames=33), "long.mp4")
    slow = ClipFolder(folder, num_frames=33, shrink_video_to_frames=False, fps=24)
    assert "67%" in next(f.message for f in slow.findings if f.code == "rate-not-wans")


def test_auto_frame_count_of_a_folder(folder):
    looked = ClipFolder(folder, num_frames=40, auto_frame_count=True)
    assert [len(clip.picked) for clip in looked.clips] == [65, 13, 1]
    assert not [f for f in looked.findings if f.code in ("not-4n1", "time-warp", "repeats-frames")]
    numbered.write(folder / "short.mp4", count=5, rate=24)
    assert "auto-too-short" in said(ClipFolder(folder, auto_frame_count=True), "short.mp4")
    numbered.write(folder / "short.mp4", count=200, rate=24)
    assert "auto-long" in said(ClipFolder(folder, auto_frame_count=True), "short.mp4")


def test_an_uneven_clip_of_a_folder(tmp_path):
    times = [0, 30, 60, 90, 300, 510, 720, 760, 800, 840, 880, 920, 960, 1000]
    numbered.write(tmp_path / "a.mp4", count=len(times), times=times)
    looked = ClipFolder(tmp_path, num_frames=13, resolutions=[64], shrink_video_to_frames=False)
    wanted = [min(range(len(times)), key=lambda j: abs(times[j] - 1000 * i / 16)) for i in range(13)]
    assert looked.clips[0].picked == tuple(wanted) and "variable-fps" not in said(looked, "a.mp4")
    assert "variable-fps" in said(ClipFolder(tmp_path, num_frames=13), "a.mp4")


def test_each_window_is_an_item_of_its_own(folder):
    job = Job.recipe("motion", task="t2v", data=folder)
    job.wannb.windows, dataset = 3, job.datasets[0]
    dataset.num_frames, dataset.resolution, dataset.shrink_video_to_frames = 33, [64], False
    items = [item for item in items_of(job)[0] if item.source == "long.mp4"]
    assert [item.name.removeprefix("long.mp4 64x64x33 window ") for item in items] == [
        "1 of 3 (0.00-2.00 s)", "2 of 3 (1.08-3.08 s)", "3 of 3 (2.12-4.12 s)"]  # fmt: skip
    assert len({item.key for item in items}) == 3 and len({item.content for item in items}) == 1
    dataset.shrink_video_to_frames = True
    assert len(items_of(job)[0]) == 3


def test_the_report_says_what_is_lost(tmp_path):
    numbered.write(tmp_path / "a.mp4", count=100, rate=24, size=(256, 128))
    looked = ClipFolder(tmp_path, num_frames=17, resolutions=[64, 96], shrink_video_to_frames=False, windows=2)
    clip = json.loads(json.dumps(looked.to_dict(), allow_nan=False))["clips"][0]
    assert clip["picked"] == clip["windows"][0] and len(clip["windows"]) == 2
    assert clip["frames_used"] == len({i for window in clip["windows"] for i in window}) / 100
    for one, size in zip(clip["lost"], clip["buckets"], strict=True):
        assert one["bucket"] == size
        scale = max(size[0] / 256, size[1] / 128)
        shown = (size[0] / scale) * (size[1] / scale) / (256 * 128)
        assert one["scale"] == pytest.approx(scale, abs=1e-4) and one["cropped"] == pytest.approx(1 - shown, abs=1e-4)
    for text in (repr(looked), looked._repr_html_()):
        assert "34% of the frames used" in text and "cut off" in text and "scaled to 38%" in text
        assert "2 windows of 17 frames" in text


def test_odd_settings_are_refused(tmp_path):
    for odd in ({"fps": 0}, {"windows": 0}, {"num_frames": 0}):
        with pytest.raises(Refusal):
            ClipFolder(tmp_path, **odd)
    assert math.isclose(facts().time_of(48), 2.0) and facts(fps=0.0).time_of(3) == 0


def test_windows_without_a_true_rate_are_said_to_have_no_effect(tmp_path):
    small_job.clips(tmp_path, count=1)
    for shrink in (True, False):
        folder = ClipFolder(tmp_path, 5, windows=3, shrink_video_to_frames=shrink)
        assert ("windows-unused" in {finding.code for finding in folder.findings}) == shrink
