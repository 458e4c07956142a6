"""The histograms count every usable clip, and draw one picture for any folder that has one."""

import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
import numbered

from wannb import bundled
from wannb.data import ClipFolder
from wannb.refusal import Refusal
from wannb.ui.clip_histograms import plot_clips


def counts(axes) -> int:
    return round(sum(bar.get_height() for bar in axes.patches))


def test_every_clip_is_in_every_histogram() -> None:
    folder = ClipFolder(bundled.folder("motion"), num_frames=33, resolutions=[64]).look()
    duration, rate, pace, size, motion, caption = plot_clips(folder).axes
    assert [counts(axes) for axes in (duration, rate, pace, motion, caption)] == [len(folder.clips)] * 5
    assert len(size.collections[0].get_offsets()) == 1


def test_stills_count_where_they_can_and_looks_only_where_taken(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "a.png")
    numbered.write(tmp_path / "b.mp4", count=9)
    duration, _, _, size, motion, caption = plot_clips(ClipFolder(tmp_path)).axes
    assert (counts(duration), counts(motion), counts(caption)) == (1, 0, 2)
    assert len(size.collections[0].get_offsets()) == 2


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no clip"):
        plot_clips(ClipFolder(tmp_path))
