"""Decisions 1 to 3: sliced exactly to the expert, both ends reachable, stratified, never rejected; bias inside it."""

import itertools
import math

import numpy as np
import pytest

from wannb.refusal import Refusal
from wannb.train.randomness import Purpose, stream
from wannb.train.timesteps import BIASES, KINDS, Timesteps

TASKS = {"t2v": (0.875, 12.0), "i2v": (0.9, 5.0)}
EVERY = list(itertools.product(KINDS, BIASES, ("high", "low"), TASKS))
MILLION = 10**6


class Fixed:
    """Numbers of no chance: the offset given, the order kept."""

    def __init__(self, offset: int):
        self.offset = offset

    def integers(self, high, endpoint):
        return self.offset

    def permutation(self, count):
        return np.arange(count)


def of(kind: str, bias: str, expert: str, task: str) -> Timesteps:
    return Timesteps(expert, TASKS[task][0], kind, bias, TASKS[task][1])


def whole_density(kind: str, t: np.ndarray, shift: float) -> np.ndarray:
    """The laws over 0…1000 as densities, from the change of variables: dp/dx at x = t / 1000."""
    x = t / 1000
    if kind == "sigmoid":  # logit-normal, as in any table of distributions
        return np.exp(-((np.log(x / (1 - x))) ** 2) / 2) / (math.sqrt(2 * math.pi) * x * (1 - x)) / 1000
    if kind == "shift":  # p = x / (s - (s - 1) x)
        return shift / (shift - (shift - 1) * x) ** 2 / 1000
    return np.full_like(t, 1 / 1000)


def integrated(values: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Running trapezoid sum, 0 at the first t."""
    return np.concatenate([[0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(t))])


@pytest.mark.parametrize("kind, bias, expert, task", EVERY)
def test_a_million_draws_follow_the_density_and_stay_inside(kind, bias, expert, task):
    one = of(kind, bias, expert, task)
    lowest, highest = one.range
    assert one.range == ((1000 * TASKS[task][0], 1000) if expert == "high" else (0, 1000 * TASKS[task][0]))
    drawn = one.draw(MILLION, Fixed(2**20))  # a step of a million draws, left in order
    assert lowest <= drawn[0] and drawn[-1] <= highest and (np.diff(drawn) >= 0).all()
    t = np.linspace(lowest, highest, 40_001)[1:-1]
    plain = whole_density(kind, t, TASKS[task][1])
    v = integrated(plain, t) / integrated(plain, t)[-1]
    u = {"balanced": v, "content": 1 - np.cbrt(1 - v), "style": np.cbrt(v)}[bias]  # AI Toolkit: v = 1 - u³, v = u³
    empirical = np.searchsorted(drawn, t.astype(np.float32)) / MILLION
    inner = slice(400, -400)  # the reference's own trapezoids are coarse beside an infinite end
    assert np.abs(empirical - u)[inner].max() < 1.36 / math.sqrt(MILLION)  # Kolmogorov-Smirnov
    np.testing.assert_allclose(one.density(t)[inner], np.gradient(u, t)[inner], rtol=5e-3)


@pytest.mark.parametrize("kind, bias, expert, task", EVERY)
def test_the_density_integrates_to_one_and_quantile_undoes_cdf(kind, bias, expert, task):
    one = of(kind, bias, expert, task)
    u = np.linspace(0, 1, 4001)
    # The cube root of a float's rounding, at an end.
    np.testing.assert_allclose(one.cdf(one.quantile(u)), u, rtol=0, atol=3e-5)
    t = one.quantile(u)[1:-1]
    np.testing.assert_allclose(one.quantile(one.cdf(t)), t, rtol=0, atol=1e-6)
    # Nodes evenly in cdf between the ends, so that an infinite density costs no accuracy.
    inner = one.quantile(np.linspace(0.02, 0.98, 20_001))
    assert integrated(one.density(inner), inner)[-1] == pytest.approx(0.96, abs=1e-5)
    assert (one.density([-1.0, one.range[0] - 1e-6, one.range[1] + 1e-6, 1001.0]) == 0).all()
    assert not np.isnan(one.density(np.array(one.range))).any()


@pytest.mark.parametrize("kind, bias, expert, task", EVERY)
def test_both_ends_of_the_expert_can_occur(kind, bias, expert, task):
    one = of(kind, bias, expert, task)
    lowest, highest = one.range
    assert one.draw(4, Fixed(0))[0] == np.float32(lowest)
    assert one.draw(4, Fixed(2**24))[-1] == np.float32(highest)
    assert one.quantile([0, 1]) == pytest.approx([lowest, highest], rel=1e-15)


@pytest.mark.parametrize("boundary", [0.875, 0.9, 0.417, 0.3333])
@pytest.mark.parametrize("expert", ["high", "low"])
def test_linear_draws_what_it_always_drew(expert, boundary):
    """The first table of this project, linear interpolation between 0 and 1000, bit for bit."""
    lowest, highest = (1000.0 * boundary, 1000.0) if expert == "high" else (0.0, 1000.0 * boundary)
    first, last = np.interp([lowest, highest], [0.0, 1000.0], [0.0, 1.0])
    for step in range(300):
        count, numbers = step % 5 + 1, stream(7, Purpose.TIMESTEPS, step)
        offset = numbers.integers(2**24, endpoint=True) / 2**24
        strata = (numbers.permutation(count) + offset) / count
        before = np.interp(first + strata * (last - first), [0.0, 1.0], [0.0, 1000.0])
        now = Timesteps(expert, boundary).draw(count, stream(7, Purpose.TIMESTEPS, step))
        assert now.dtype == np.float32
        assert (now == np.clip(before, lowest, highest).astype(np.float32)).all()


@pytest.mark.parametrize("kind, bias", [("linear", "balanced"), ("sigmoid", "content"), ("shift", "style")])
def test_every_step_covers_every_stratum_once_and_every_position_sees_all(kind, bias):
    one = of(kind, bias, "low", "i2v")
    drawn = np.array([one.draw(4, stream(7, Purpose.TIMESTEPS, step)) for step in range(400)])
    strata = np.clip(one.cdf(drawn) * 4, 0, 3.999).astype(int)
    assert (np.sort(strata, axis=1) == np.arange(4)).all()
    assert all(set(position) == {0, 1, 2, 3} for position in strata.T)
    single = np.sort([one.cdf(one.draw(1, stream(7, Purpose.TIMESTEPS, step)))[0] for step in range(2000)])
    assert np.abs(single - np.linspace(0, 1, 2000)).max() < 1.36 / math.sqrt(2000)


AI_TOOLKIT = {  # 5, 25, 50, 75, 95 % of t with the linear table at 875, whose ends are 877 and 2 where ours are exact
    ("content", "high"): (894, 948, 985, 999, 1000), ("content", "low"): (124, 502, 763, 861, 875),
    ("style", "high"): (876, 878, 892, 929, 983), ("style", "low"): (1, 14, 109, 365, 749),
}  # fmt: skip


@pytest.mark.parametrize("bias, expert", AI_TOOLKIT)
def test_bias_has_ai_toolkits_percentiles(bias, expert):
    ours = Timesteps(expert, 0.875, "linear", bias).quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    assert ours == pytest.approx(AI_TOOLKIT[bias, expert], abs=5)


def test_shift_and_sigmoid_have_ai_toolkits_percentiles():
    middles = [Timesteps(expert, 0.875, "shift", "balanced", 5.0).quantile(0.5) for expert in ("high", "low")]
    assert middles == pytest.approx([950, 676], abs=4)  # its table ends at 29, ours at 0
    tables = 1000 / (1 + np.exp(-np.random.default_rng(0).normal(size=(400, 1000))))  # its 1000 random entries
    for expert, inside in (("high", tables[tables >= 875]), ("low", tables[tables <= 875])):
        ours = Timesteps(expert, 0.875, "sigmoid").quantile([0.05, 0.5, 0.95, 0.99])
        assert ours == pytest.approx(np.percentile(inside, [5, 50, 95, 99]), abs=2)


def test_only_weighted_weighs_the_loss():
    t = np.linspace(0, 1000, 100_001)
    for kind in ("linear", "sigmoid", "shift"):
        assert (Timesteps("high", 0.875, kind).loss_weights(t) == 1).all()
    weights = Timesteps("low", 0.875, "weighted").loss_weights(t)
    assert weights.mean() == pytest.approx(1, abs=1e-4)
    assert weights[t >= 875].mean() == pytest.approx(1.36, abs=0.01)
    assert weights[t <= 875].mean() == pytest.approx(0.95, abs=0.01)
    assert weights.max() == pytest.approx(1.523, rel=0.01) and abs(t[weights.argmax()] - 876) < 10
    for at, expected in ((1000, 0.906), (500, 0.925), (1, 0.447)):
        assert Timesteps("high", 0.875, "weighted").loss_weights(at) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"kind": "lognorm_blend"}, "train.timestep_type is 'lognorm_blend': take linear, sigmoid, shift or weighted"),
        ({"bias": "high"}, "train.content_or_style is 'high'"),
        ({"expert": "middle"}, "The expert is 'middle'"),
        ({"boundary": 1.0}, "leaves the high-noise expert no timesteps"),
        ({"boundary": 0.9999, "kind": "sigmoid"}, "wannb.boundary"),
    ],
)
def test_what_has_no_law_is_refused(wrong, sentence):
    with pytest.raises(Refusal, match=sentence):
        Timesteps(**{"expert": "high", "boundary": 0.875} | wrong)
