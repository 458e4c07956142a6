"""Which sets are drawn how often: LoRA Weight, regularization sets, batch sizes of their own."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import pytest

from wannb.data.batches import Schedule
from wannb.job import Job
from wannb.refusal import Refusal


@dataclass
class Drawn:
    """What a schedule looks at."""

    weight: float = 1.0
    is_reg: bool = False
    batch_size: int | None = None
    shape: tuple = (17, 64, 64)


def counted(schedule, batches, expert="high", first=0):
    return Counter(index for k in range(first, first + batches) for index in schedule.batch(expert, k))


def test_whole_weights_are_exact_in_every_epoch():
    schedule = Schedule([Drawn(1), Drawn(2), Drawn(5), Drawn(0)], 1, seed=7)
    for epoch in range(20):
        assert counted(schedule, 8, first=8 * epoch) == {0: 1, 1: 2, 2: 5}
        assert schedule.epoch("high", 8 * epoch) == epoch


@pytest.mark.parametrize("weights", [(0.5, 1, 1.7), (0.1, 0.3), (0.25, 3, 0), (1e-9, 1)])
def test_fractional_weights_are_exact_in_the_long_run(weights):
    """After any whole number of epochs an item was drawn w e times, off by less than one."""
    schedule = Schedule([Drawn(weight) for weight in weights], 1, seed=3)
    scale = max(1 if max(weights) >= 1 else max(weights), 1e-300)
    for expert in ("high", "low"):
        seen, epoch = Counter(), 0
        for k in range(2000):
            if schedule.epoch(expert, k) != epoch:
                epoch = schedule.epoch(expert, k)
                for index, weight in enumerate(weights):
                    assert abs(seen[index] - Fraction(weight) / Fraction(scale) * epoch) < 1 + 1e-9
            seen.update(schedule.batch(expert, k))
        assert epoch > 300


def test_weights_and_epochs_are_pure_functions_of_the_number():
    pool = [Drawn(weight) for weight in (0.5, 1, 1.7, 0.2)]
    forward = [Schedule(pool, 2, 1).batch("low", k) for k in range(60)]
    schedule = Schedule(pool, 2, 1)
    assert [schedule.batch("low", k) for k in reversed(range(60))] == forward[::-1]
    assert [schedule.batch("low", k) for k in range(60)] == forward


def test_a_far_batch_of_fractional_weights_is_found_at_once():
    schedule = Schedule([Drawn(1.5)] * 20 + [Drawn(0.7)] * 20, 2, 1)
    assert len(schedule.batch("high", 100_000)) == 2
    assert 100_000 / 23 < schedule.epoch("high", 100_000) < 100_000 / 21


@pytest.mark.parametrize("switch_every", [1, 10])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_neither_expert_nor_kind_is_starved_by_regularization(switch_every, accumulation):
    """AI Toolkit's parity bug: with Switch Every 1 its high expert got 12 of its 1,500 batches from the set itself."""
    pool = [Drawn()] * 5 + [Drawn(is_reg=True)] * 2
    schedule, kinds = Schedule(pool, 1, seed=1), {"high": Counter(), "low": Counter()}
    seen = Counter()
    for step in range(1, 401):
        expert = ("high", "low")[(step - 1) // switch_every % 2]
        for _ in range(accumulation):
            kinds[expert].update(pool[i].is_reg for i in schedule.batch(expert, seen[expert]))
            seen[expert] += 1
    assert kinds["high"] == kinds["low"] == {False: 100 * accumulation, True: 100 * accumulation}


def test_regularization_leaves_the_order_of_the_others_alone():
    plain, both = Schedule([Drawn()] * 5, 2, 9), Schedule([Drawn()] * 5 + [Drawn(is_reg=True)] * 3, 2, 9)
    assert [both.batch("low", 2 * k) for k in range(30)] == [plain.batch("low", k) for k in range(30)]
    assert {i for k in range(30) for i in both.batch("low", 2 * k + 1)} == {5, 6, 7}


def test_items_of_different_batch_size_never_meet():
    pool = [Drawn(batch_size=3)] * 6 + [Drawn()] * 4 + [Drawn(batch_size=1)] * 2
    schedule = Schedule(pool, 2, seed=4)
    sizes = Counter()
    for k in range(6):
        batch = schedule.batch("high", k)
        assert len({pool[i].batch_size for i in batch}) == 1 and len(batch) == (pool[batch[0]].batch_size or 2)
        sizes[len(batch)] += 1
    assert sizes == {3: 2, 2: 2, 1: 2}


@pytest.mark.parametrize("pool", [[], [Drawn(0)], [Drawn(is_reg=True)], [Drawn(0), Drawn(is_reg=True)]])
def test_nothing_to_learn_from_is_refused(pool):
    with pytest.raises(Refusal, match="nothing would be learned"):
        Schedule(pool, 1, 1)


def job_of(*sets, **train):
    job = Job.recipe("motion", task="t2v")
    document = job.to_dict()
    process = document["config"]["process"][0]
    process["datasets"] = [{"num_frames": 5, "resolution": [64], **one} for one in sets]
    process["train"] |= train
    return Job.from_dict(document)


def test_a_jobs_settings_reach_its_items(tmp_path):
    import numbered

    from wannb.data.items import items_of

    for name in "ab":
        (tmp_path / name).mkdir()
        numbered.write(tmp_path / name / f"{name}.mp4", count=9 + ord(name) % 2)
    learned = {"folder_path": str(tmp_path / "a"), "network_weight": 2.5, "loss_multiplier": 3, "batch_size": 4}
    kept = {"folder_path": str(tmp_path / "b"), "is_reg": True, "loss_multiplier": 0.5}
    items, findings = items_of(job_of(learned, kept, reg_weight=0.2, batch_size=2))
    assert [(i.weight, i.batch_size, i.is_reg, i.loss_weight) for i in items] == [
        (2.5, 4, False, 3.0), (1.0, 2, True, pytest.approx(0.1))]  # fmt: skip
    assert not {"only-regularization", "nothing-drawn", "never-drawn"} & {f.code for f in findings}

    def codes(*sets):
        return {finding.code for finding in items_of(job_of(*sets))[1] if finding.severity == "error"}

    assert codes(kept) == {"only-regularization"}
    assert codes(learned | {"network_weight": 0}) == {"nothing-drawn"}
    assert codes(learned | {"network_weight": 0}, kept) == {"only-regularization"}
