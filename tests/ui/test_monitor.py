"""The monitor's numbers against slow obvious versions, and what travels to a browser."""

import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.ui.made_run import MadeRun
from tests.ui.monitored import measure, train, weigh
from wannb.refusal import Refusal
from wannb.runs.lines import LineWriter
from wannb.ui.monitor import followed
from wannb.ui.monitor.bins import size_for
from wannb.ui.monitor.history import History
from wannb.ui.monitor.monitor import Monitor
from wannb.ui.monitor.pictured import Pictured, Smooth
from wannb.ui.monitor.views import BANDS, FIRST, SERIES, Firsts, Stretch, curves, heat
from wannb.ui.monitor_plot import monitor_plot
from wannb.ui.smoothing import Smoothing, smoothed

VIEW = {"low": 1, "high": None, "columns": 30, "cells": 20, "keep": 0.9}
PLACE = {name: 1 + 3 * i for i, name in enumerate(SERIES)}


def asked(monitor: Monitor, view: dict, have: list, chosen: int = 0) -> tuple[list[dict], list[bytes]]:
    """What a browser is answered."""
    heard: list = []
    monitor.send = lambda content, buffers=None: heard.append((content, buffers))
    monitor._handle_custom_msg({"ask": {"view": view, "have": have, "chosen": chosen}}, [])
    content, buffers = heard[-1]
    return content["news"], buffers


def packet(data: bytes, width: int) -> np.ndarray:
    return np.frombuffer(data, "<f4").reshape(-1, width)


def slow_bins(rows: list[dict], size: int) -> dict[tuple[int, str], list[float]]:
    """(bin, curve) -> its values, by hand."""
    found = defaultdict(list)
    for row in rows:
        place, stage = math.ceil(row["step"] / size) - 1, row["stage"]
        for name in ("loss", "lr", "grad_norm"):
            found[place, f"{name}/{stage}"].append(row[name])
        found[place, f"delta_norm/{stage}"].append(row["delta_norm"][stage])
        found[place, "seconds"].append(row["seconds"])
        found[place, "tokens_s"].append(row["tokens"] / row["seconds"])
        found[place, "memory_gib"].append(row["memory_gib"])
    return found


def test_a_bin_is_the_least_that_fits_and_no_extreme_is_lost(tmp_path: Path) -> None:
    for steps in range(1, 3000, 7):
        for most in (2, 30, 600):
            size = size_for(steps, most)
            assert -(-steps // size) <= most and str(size).rstrip("0") in "125"
            smaller = {1: 1, 2: 1, 5: 2}.get(int(str(size)[0])) * 10 ** (len(str(size)) - 1) if size > 1 else 0
            smaller = size // 2 if str(size)[0] == "1" and size > 1 else smaller
            assert not smaller or -(-steps // smaller) > most
    with MadeRun(tmp_path) as made:
        train(made, 237)
        rows = list(made.run.metrics())
        history = History()
        history.add(rows)
        for size in (1, 2, 10, 50):
            got = curves(history, Smooth(history).of(0.9), Stretch(1, 237, size, size))
            wanted = slow_bins(rows, size)
            for (place, name), values in wanted.items():
                line = got[got[:, 0] == place][0]
                three = min(values), max(values), sum(values) / len(values)
                assert line[PLACE[name] : PLACE[name] + 3] == pytest.approx(three, rel=1e-5)
            there = {(int(line[0]), name) for line in got for name in SERIES if np.isfinite(line[PLACE[name]])}
            assert {one for one in there if not one[1].startswith("smooth")} == set(wanted)


def test_the_heat_map_has_the_mean_loss_of_each_cell_and_blanks(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        train(made, 300)
        rows = list(made.run.metrics())
    history, cells, first = History(), defaultdict(list), defaultdict(list)
    history.add(rows)
    for row in rows:
        for t, loss in zip(row["timesteps"], row["losses"], strict=True):
            cells[(row["step"] - 1) // 20, int(t // (1000 / BANDS))].append(loss)
            first[int(t // (1000 / BANDS))].append(loss)
    got = heat(history, Stretch(1, 300, 1, 20))
    assert len(got) == 15
    for column in got:
        for band in range(BANDS):
            values = cells.get((int(column[0]), band))
            if values is None:
                assert math.isnan(column[1 + band])
            else:
                assert column[1 + band] == pytest.approx(sum(values) / len(values), rel=1e-5)
    assert np.isnan(got[:, 1:]).any()
    at_once, bit_by_bit = Firsts(history), History()
    kept = Firsts(bit_by_bit)
    for row in rows:
        bit_by_bit.add([row])
        kept.means()
    for band in range(BANDS):
        values = first[band][:FIRST]
        wanted = pytest.approx(np.mean(values) if values else np.nan, nan_ok=True)
        assert at_once.means()[band] == wanted and kept.means()[band] == wanted


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95, 0.999])
def test_smoothing_bit_by_bit_is_smoothing_at_once(keep: float) -> None:
    numbers = np.random.default_rng(0)
    values = numbers.normal(size=3000)
    values[[7, 500]] = np.nan
    good, average, weight, slow = np.isfinite(values), 0.0, 0.0, []
    for value in values[good]:
        average, weight = keep * average + (1 - keep) * value, keep * weight + (1 - keep)
        slow.append(average / weight)
    at_once = np.array(smoothed(values, keep))
    assert at_once[good] == pytest.approx(slow)
    assert at_once[7] == at_once[6]
    smoothing, parts = Smoothing(keep), []
    for part in np.split(values, [1, 2, 9, 1000, 1001]):
        parts.append(smoothing.more(part))
    assert np.concatenate(parts)[good] == pytest.approx(slow)


def test_only_what_is_new_travels_and_it_is_what_a_new_kernel_sends(tmp_path: Path) -> None:
    width = 1 + 3 * len(SERIES)
    with MadeRun(tmp_path) as made:
        train(made, 100)
        monitor = Monitor(made.run)
        (news,), buffers = asked(monitor, VIEW, [None])
        bins, cells = packet(buffers[0], width), packet(buffers[1], 1 + BANDS)
        assert news["whole"] and news["size"] == 5 and len(bins) == 20 and news["events"] == 1
        have = {**news, "events": news["events"]}
        (again,), buffers = asked(monitor, VIEW, [have])
        assert not again["whole"] and not again["new_events"] and not buffers[0]
        train(made, 104)
        (again,), buffers = asked(monitor, VIEW, [have])
        new = packet(buffers[0], width)
        assert new[:, 0].tolist() == [20] and again["first"] == 20
        made.back_to(33)
        train(made, 60, seed=5)
        (told,), buffers = asked(monitor, VIEW, [{**have, "last": 104}])
        kept = bins[bins[:, 0] < told["first"]] if not told["whole"] else bins[:0]
        patched = np.concatenate([kept, packet(buffers[0], width)])
        (fresh,), whole = asked(Monitor(made.run), VIEW, [None])
        assert fresh["steps"] == 60
        if told["size"] == fresh["size"]:
            assert np.array_equal(patched, packet(whole[0], width), equal_nan=True)
        assert len(cells)


def test_a_long_log_is_seen_at_once_and_then_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "PATIENCE", 0.0)
    monkeypatch.setattr(followed, "PIECE", 1 << 16)
    monkeypatch.setattr("wannb.ui.monitor.samples.PIECES", 12)
    monkeypatch.setattr("wannb.ui.monitor.samples.LENGTH", 1 << 12)
    with MadeRun(tmp_path) as made:
        train(made, 1500)
        monitor = Monitor(made.run)
        have, looks = [None], 0
        while True:
            (news,), buffers = asked(monitor, VIEW, have)
            bins = packet(buffers[0], 1 + 3 * len(SERIES))
            if looks == 0:
                assert 0 < news["reading"] < 0.5 and news["steps"] == 1500
                assert bins[-1, 0] == 29 and len(bins) > 12
            have, looks = [{**news}], looks + 1
            if not news["reading"]:
                break
        _, exact = asked(monitor, VIEW, [None])
        history = History()
        history.add(made.run.metrics())
        wanted = curves(history, Smooth(history).of(0.9), Stretch(1, 1500, 50, 100))
        assert looks > 3 and np.allclose(packet(exact[0], wanted.shape[1]), wanted, equal_nan=True)


def test_a_cut_forgets_what_was_smoothed() -> None:
    pictured, numbers = Pictured(), np.random.default_rng(0)
    rows = [{"step": step, "stage": "high", "loss": float(numbers.random())} for step in range(1, 201)]
    pictured.add(rows)
    pictured.curves(Stretch(1, 200, 1, 1), 0.9)
    pictured.back_to(50)
    pictured.add({**row, "loss": 1.0} for row in rows[50:100])
    smooth = pictured.curves(Stretch(1, 100, 1, 1), 0.9)[:, PLACE["smooth/high"] + 2]
    wanted = smoothed([*(row["loss"] for row in rows[:50]), *[1.0] * 50], 0.9)
    assert smooth == pytest.approx(wanted, rel=1e-5)


def test_validation_norms_and_where_it_stands_travel_once(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        train(made, 100)
        measure(made.dir.validation, [0, 50, 100])
        weigh(made.dir.norms, [0, 50, 100])
        monitor = Monitor(made.run)
        (news,), _ = asked(monitor, VIEW, [None])
        last = news["validation"]["rows"][-1]
        assert last["change"] == pytest.approx([-10.0] * 9) and last["step"] == 100
        assert "3 clips that training never sees" in news["validation"]["words"]
        norms = news["norms"]["low"]
        assert norms["steps"] == [0, 50, 100] and norms["delta"][-1] == [1.0, 2.0, 3.0, 4.0]
        assert norms["weights"] == [100.0] * 4 and news["boundary"] == 875
        assert news["status"]["state"] == "training"
        (again,), _ = asked(monitor, VIEW, [news])
        assert "validation" not in again and "norms" not in again
        measure(made.dir.validation, [0, 50, 100, 150])
        (again,), _ = asked(monitor, VIEW, [news])
        assert again["validation"]["rows"][-1]["step"] == 150


def test_other_trainers_logs_lie_beside_ours(tmp_path: Path) -> None:
    log = tmp_path / "theirs"
    log.mkdir()
    lines = LineWriter(log / "metrics.jsonl")
    for step in range(1, 41):
        lines.append({"step": step, "loss": 1 / step, "learning_rate": 1e-4})
    lines.close()
    with MadeRun(tmp_path) as made:
        train(made, 30)
        monitor = Monitor([made.run, log])
        news, buffers = asked(monitor, VIEW, [None, None])
        assert [told["steps"] for told in news] == [30, 40] and len(buffers) == 4
        theirs = packet(buffers[3], 1 + 3 * len(SERIES))
        assert theirs[0, PLACE["loss/"] : PLACE["loss/"] + 3] == pytest.approx([0.5, 1.0, 0.75])
        assert len(monitor_plot([made.run, log], "loss").axes) == 2


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="holds no run"):
        Monitor(tmp_path / "nothing")
    with pytest.raises(Refusal, match="no log that is known"):
        Monitor(tmp_path)
    with pytest.raises(Refusal, match="no run to monitor"):
        Monitor([])
    with MadeRun(tmp_path) as made:
        with pytest.raises(Refusal, match="no step yet"):
            monitor_plot(made.run)
        train(made, 3)
        with pytest.raises(Refusal, match="no plot 'lost'"):
            monitor_plot(made.run, "lost")
        with pytest.raises(Refusal, match="nothing to draw in norms"):
            monitor_plot(made.run, "norms")


def test_the_sheet_draws_the_same_numbers(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        train(made, 120)
        measure(made.dir.validation, [0, 60, 120])
        weigh(made.dir.norms, [0, 60, 120])
        plot = monitor_plot(made.run)
        strip, loss, timesteps, validation, quantiles, norms, lr, *rest = plot.axes
        assert len(rest) == 4
        rows = made.run.metrics().of("high")
        line = next(one for one in loss.lines if one.get_label() == "high noise")
        assert line.get_xdata().tolist() == rows["step"].tolist()
        assert line.get_ydata() == pytest.approx(smoothed(rows["loss"]), rel=1e-5)
        assert validation.lines[1].get_ydata()[-1] == pytest.approx(-0.4 * 0.12)
        mesh = norms.collections[0].get_array()
        assert mesh.shape == (8, 3) and mesh[3, 2] == pytest.approx(4.8)
        assert quantiles.collections[0].get_array()[0, 2] == pytest.approx(-12)
        assert timesteps.lines[0].get_ydata()[0] == 875
        assert max(lr.lines[0].get_ydata()) == pytest.approx(1e-4)


def test_hosts_without_widgets_get_a_picture(tmp_path: Path) -> None:
    with MadeRun(tmp_path) as made:
        monitor = Monitor(made.run)
        assert "image/png" not in monitor._repr_mimebundle_()[0]
        train(made, 20)
        data, _ = monitor._repr_mimebundle_()
        assert data["text/plain"] == "Monitor(small)" and len(data["image/png"]) < 200_000


def test_a_preview_is_sent_when_it_is_opened(tmp_path: Path) -> None:
    clip = Path(__file__).parents[2] / "datasets" / "orbit" / "orbit_04.mp4"
    with MadeRun(tmp_path) as made:
        made.preview(0, clip, "a vase")
        monitor, heard = Monitor(made.run), []
        monitor.send = lambda content, buffers=None: heard.append((content, buffers))
        monitor._handle_custom_msg({"open": {"run": 0, "step": 0, "index": 0}}, [])
        content, (data,) = heard[0]
        assert content["clip"]["prompt"] == "a vase" and content["clip"]["count"] == 1
        assert data == clip.read_bytes()
        monitor._handle_custom_msg({"open": {"run": 0, "step": 0, "index": 9}}, [])
        assert "no preview 9" in heard[1][0]["trouble"]
        json.dumps([content for content, _ in heard])
