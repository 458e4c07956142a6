"""The precisions' table: what is compared with what, and when two runs agree."""

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
    assert len({job.name for job in (*jobs.values(), *(lesson("fp32", tmp_path, seed) for seed in SEEDS[1:]))}) == 11


def seen(loss, grey):
    clips = np.full((2, 4, 8, 8, 3), grey, np.uint8)
    return Seen(np.array([9.0, *[loss] * LAST]), clips, clips, clips)


def test_losses_are_compared_at_the_end_and_clips_frame_by_frame():
    found = Held.against(seen(0.105, 110), seen(0.1, 100))
    assert found.apart == pytest.approx(5) and found.loss == pytest.approx(0.105)
    assert found.base_db == found.lora_db == pytest.approx(20 * np.log10(25.5))
    assert found.scores == [0.0] * 4  # a still clip turns nowhere


def held(apart, score):
    return Held(0.1, apart, [score], 40.0, 30.0)


def test_runs_agree_where_they_are_no_farther_apart_than_seeds():
    reference = held(0.0, 300)
    noise = Noise.of([reference, held(-1.0, 280), held(2.0, 310)])
    assert (noise.loss, noise.score) == (3.0, 30)
    assert noise.covers(held(-3.0, 271), reference)
    assert not noise.covers(held(3.1, 300), reference) and not noise.covers(held(0.0, 269), reference)


def test_a_row_a_way_and_a_seed():
    ways = {name: held(4.0 if name == "qint4" else 1.0, 290) for name in WAYS} | {"fp32": held(0.0, 300)}
    table, _, noise = markdown(ways, [held(-1.0, 280), held(2.0, 310)]).rpartition("\n\n")
    lines = table.splitlines()
    assert len(lines) == 2 + len(WAYS) + len(SEEDS) - 1 and len({line.count("|") for line in lines}) == 1
    assert [line.split("|")[1].strip() for line in lines if line.endswith("| no |")] == ["qint4"]
    assert noise.startswith("Noise: 3.0 % in the loss, 30 ")
