"""The precisions' table: what is compared with what, and when two runs agree."""

from dataclasses import astuple

import numpy as np
import pytest

from tools.precisions.lessons import ADAPTER, SEEDS, WAYS, adapter, lesson
from tools.precisions.measures import LAST, Held, Noise, Seen
from tools.precisions.table import markdown
from wannb.data.preflight import check
from wannb.job.choices import PRECISIONS
from wannb.job.qtypes import WORKING


def test_every_way_that_a_job_offers_is_trained(tmp_path):
    jobs = {name: lesson(name, tmp_path) for name in WAYS}
    assert {job.model.qtype for job in jobs.values() if job.model.quantize} >= set(WORKING)
    assert {job.train.dtype for job in jobs.values()} <= set(PRECISIONS) and jobs["compiled"].wannb.compile
    for name, job in jobs.items():
        if name != ADAPTER:  # its file is computed first
            assert not [finding for finding in check(job) if finding.severity == "error"], name
    assert jobs[ADAPTER].model.qtype == f"uint4|{adapter(tmp_path)}"
    assert len({lesson(name, tmp_path, seed).name for name, way in WAYS.items() for seed in way.seeds}) == 15


def seen(loss, grey):
    clips = np.full((2, 4, 8, 8, 3), grey, np.uint8)
    return Seen(np.array([9.0, *[loss] * LAST]), clips, clips, clips)


def test_losses_are_compared_at_the_end_and_clips_frame_by_frame():
    found = Held.against(seen(0.105, 110), seen(0.1, 100))
    assert found.apart == pytest.approx(5) and found.loss == pytest.approx(0.105)
    assert found.base_db == found.lora_db == pytest.approx(20 * np.log10(25.5))
    assert found.score == found.moved == 0.0  # a still clip turns nowhere


def held(apart, score, moved=0.0):
    return Held(0.1 + apart / 1000, apart, score, moved, 40.0, 30.0)


def test_runs_agree_where_they_are_no_farther_apart_than_seeds():
    noise = Noise.of([held(0.0, 300), held(-1.0, 280), held(2.0, 310)])
    assert noise.loss == pytest.approx(3.0) and noise.score == 30
    assert noise.covers(held(-2.9, 250, -29.0))
    assert not noise.covers(held(3.1, 300)) and not noise.covers(held(0.0, 300, 31.0))


def test_several_seeds_count_as_their_mean():
    mean = Held.mean([held(1.0, 300, -40.0), held(-2.0, 240, 10.0)])
    assert astuple(mean) == pytest.approx(astuple(held(-0.5, 270, -15.0)))


def test_a_row_a_way_and_one_a_seed_of_the_reference():
    ways = {name: [held(4.0 if name == "qint4" else 1.0, 290)] * len(way.seeds) for name, way in WAYS.items()}
    ways["fp32"] = [held(0.0, 300), held(-1.0, 280), held(2.0, 310)]
    table, _, noise = markdown(ways).rpartition("\n\n")
    lines = table.splitlines()
    assert len(lines) == 2 + len(WAYS) + len(SEEDS) - 1 and len({line.count("|") for line in lines}) == 1
    assert [line.split("|")[1].strip() for line in lines if line.endswith("| no |")] == ["qint4"]
    assert {line.split("|")[2].strip() for line in lines[5:]} == {"1", "3"}
    assert noise.startswith("Noise: 3.0 % in the loss, 30 ")
