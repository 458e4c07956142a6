"""Three hundred bytes flipped anywhere in any clip: a finding or a clean read, in time, and never a crash."""

import time

import numbered
import numpy as np
import pytest

from wannb.data import video
from wannb.data.looks.looking import seen_of
from wannb.data.unusable import Unusable

FLIPPED, EACH = 300, 90
SLOWEST = 5.0  # seconds of work on a file of some kilobytes
KINDS = {
    "a.mp4": dict(codec="libx264", bf="2", preset="ultrafast", crf="1"),
    "a.mkv": dict(codec="libx264", g="6", preset="ultrafast", crf="1"),
    "a.webm": {"codec": "libvpx-vp9", "deadline": "realtime", "cpu-used": "8"},
    "a.avi": dict(codec="mpeg4"),
    "a.wmv": dict(codec="wmv2"),
    "a.flv": dict(codec="flv"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_spoiled_clip_is_refused_in_a_sentence_or_read(tmp_path, name: str) -> None:
    whole = np.frombuffer(
        numbered.write(tmp_path / name, count=12, size=(64, 48), **KINDS[name]).read_bytes(), np.uint8
    )
    draw = np.random.default_rng(list(name.encode()))
    for number in range(EACH):
        data = whole.copy()
        # Every third time the header, the index and the frames alike; else spare the first bytes, so that it opens.
        spared = 0 if number % 3 == 0 else min(len(data) // 3, 900)
        data[draw.integers(spared, len(data), FLIPPED)] ^= draw.integers(1, 256, FLIPPED, dtype=np.uint8)
        path = tmp_path / f"{number}{name}"
        path.write_bytes(data.tobytes())
        began = time.process_time()
        facts, look = seen_of(path)
        assert time.process_time() - began < SLOWEST
        if isinstance(facts, Unusable):
            assert look is None and str(facts) and "\n" not in str(facts)
            continue
        assert look.frames == facts.frames and len(look.motion) == facts.frames - 1
        assert np.isfinite(look.motion).all() and 0 <= look.still_start + look.still_end <= facts.frames
        assert 0 <= facts.fps <= 1000 and 0 <= facts.seconds < 1e6
        last = video.read_frames(path, [facts.frames - 1])
        assert last.shape == (1, facts.height, facts.width, 3)
        path.unlink()


def test_enough_cases() -> None:
    assert EACH * len(KINDS) >= 500
