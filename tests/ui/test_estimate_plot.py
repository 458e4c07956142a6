"""The estimate as a picture that stands still."""

import pytest

import wannb
from tests.job.planned import MODEL, job
from wannb.job.cost.estimate import Clips, Surroundings, estimate_of
from wannb.job.cost.shapes import Shape
from wannb.ui.estimate_plot import MOST_SHAPES, plot_estimate

MANY = tuple(Shape(41, 512 + 16 * n, 512, share=1 / 12, clips=n + 1, encodings=n + 1) for n in range(12))
PORTRAIT = (Shape(41, 480, 832, share=1.0, clips=1, encodings=1),)


def words(plot) -> str:
    """All that is written in it."""
    texts = [text for axes in plot.axes for text in (*axes.texts, *axes.get_yticklabels(), *axes.get_xticklabels())]
    legends = [axes.get_legend() for axes in plot.axes if axes.get_legend()]
    texts += [text for legend in legends for text in (*legend.get_texts(), legend.get_title())]
    return " ".join(text.get_text() for text in texts)


def drawn(shapes=PORTRAIT, files=1, card=24.0, free=10**12, **settings):
    made = job(**settings)
    where = Surroundings(card_gib=card, free_bytes=free)
    one = estimate_of(made, Clips(tuple(shapes), files, files, 5), MODEL, where)
    return one, plot_estimate(made, one)


def test_it_says_memory_time_disk_and_sizes():
    one, plot = drawn(train__disable_sampling=False)
    plot._repr_png_()
    said = words(plot)
    memory = ("Memory", "does not fit 24 GB", "24 GB card", "weights", "LoRA", "training", "previews", "caching")
    rest = ("Time", "steps of", "Disk", "1 TB free", "Sizes", "480×832", "41 frames", "1 clip", "a step")
    for word in (*memory, *rest):
        assert word in said
    assert f"{one.peak_gib:.1f} GB at the peak" in said


def test_bars_are_as_long_as_the_amounts():
    one, plot = drawn()
    memory = plot.axes[0]
    bars = sorted(bar.get_width() for bar in memory.patches if bar.get_height() and bar.get_zorder() == 1)
    wanted = [*one.parts_gib.values(), *(gib for name, gib in one.phases_gib.items() if name != "training")]
    assert bars[-3:] == pytest.approx(sorted(wanted)[-3:])


def test_many_sizes_are_counted_where_they_are_not_drawn():
    _, plot = drawn(MANY, 78)
    said = words(plot)
    assert f"and {12 - MOST_SHAPES} smaller sizes" in said and "78 clips" in said


def test_without_clips_a_card_or_a_gpu_there_is_a_picture_too():
    made = job(device="cpu")
    plot = plot_estimate(made, estimate_of(made, Clips(PORTRAIT), MODEL, Surroundings()))
    assert plot._repr_png_()[:4] == b"\x89PNG"
    said = words(plot)
    assert "no clip is readable yet" in said and "a CPU" in said and "card" not in said


def test_the_face_draws_a_job(tmp_path):
    assert "Memory" in words(wannb.plot_estimate(job()))
