"""The proposed pair on runs whose best pair is known because they are drawn."""

import json
import shutil

import numpy as np
import pytest

import wannb
from tests.data.drawn_motion import line, orbit
from tests.runs.drawn_run import STEPS, drawn, write_lora, write_losses
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.choosing import files
from wannb.runs.choosing.evidence import evidence
from wannb.runs.choosing.notes import Notes
from wannb.runs.choosing.plan import along, around
from wannb.runs.choosing.validated import Validated
from wannb.runs.clips.wish import Wish

NOISE = np.random.default_rng(0).integers(0, 255, (17, 16, 16, 3), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
FALLING = [0.3, 0.2, 0.15, 0.12, 0.1]


def _turned(*degrees: float):
    """Clips that turn by `degrees` at 0 and each of STEPS; 0 goes straight."""
    by_step = dict(zip((0, *STEPS), degrees, strict=True))

    def draw(step: int, index: int) -> np.ndarray:
        return orbit(by_step[step], 40 * index, frames=17) if by_step[step] else line(30, 90 * index, frames=17)

    return draw


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Learns to orbit by step 300."""
    return drawn(tmp_path_factory.mktemp("good"), _turned(0, 90, 180, 360, 360))


def test_the_pair_that_moves_as_the_training_clips_is_proposed(good):
    found = wannb.propose(good)
    assert (found.high, found.low) == (300, 300), "the earlier one of two that are equal"
    assert "400 × 400" in " ".join(found.reasons)
    assert not any("Over-trained" in one for one in found.warnings)


def test_of_equal_clips_the_losses_tell(good, tmp_path):
    shutil.copytree(good.path, tmp_path / "small")
    write_losses(tmp_path / "small", {"high": FALLING, "low": FALLING})
    found = wannb.propose(tmp_path / "small")
    assert (found.high, found.low) == (400, 400)
    assert any("held-out clips is 0.1000 at step 400, 0.3000 before" in one for one in found.reasons)


def test_an_over_trained_run_is_left_before_it_falls_apart(tmp_path):
    turned = _turned(0, 180, 360, 0, 0)
    losses = {"high": [0.3, 0.2, 0.1, 0.2, 0.25], "low": FALLING}
    found = wannb.propose(drawn(tmp_path, lambda step, i: NOISE if step == 400 else turned(step, i), losses))
    assert (found.high, found.low) == (200, 200)
    said = " ".join(found.warnings)
    assert "has risen since step 200" in said and "fall apart" in said and "Over-trained: the clips of 300" in said


def test_a_broken_expert_is_named_and_left_out(tmp_path):
    turned = _turned(0, 90, 360, 360, 360)
    draw = lambda step, i: NOISE if step >= 300 else turned(step, i)  # noqa: E731
    found = wannb.propose(drawn(tmp_path, draw, low=[1, 1, 60, 60]))
    assert (found.high, found.low) == (200, 200)
    assert any("low-noise expert is broken from step 300 on" in one and "step 200" in one for one in found.warnings)
    assert {(wish.high, wish.low) for wish in found.missing} >= {(400, 200), (300, 200)}


def test_an_expert_that_was_never_sound_stays_the_base(tmp_path):
    run = drawn(tmp_path, lambda step, i: NOISE if step else line(30, 0, frames=17), low=[200, 200, 200, 200])
    found = wannb.propose(run)
    assert found.low == 0 and found.high == 400
    assert any("stays the base" in one for one in found.warnings)


def test_where_all_clips_are_noise_it_is_the_base(tmp_path):
    losses = {"high": [0.3, 0.9, 1.2, 1.2, 1.3], "low": [0.3, 0.9, 1.2, 1.2, 1.3]}
    found = wannb.propose(drawn(tmp_path, lambda step, i: NOISE if step else line(30, 0, frames=17), losses))
    assert (found.high, found.low) == (0, 0)
    assert sum("rate is too high" in one for one in found.warnings) >= 2


def test_a_run_that_is_too_short_is_to_train_on(tmp_path):
    nothing = wannb.propose(drawn(tmp_path / "nothing", _turned(0, 0, 0, 0, 0)))
    assert any("Nothing is learned yet" in one and "train on" in one for one in nothing.warnings)
    assert (nothing.high, nothing.low) == (400, 400)
    rising = wannb.propose(drawn(tmp_path / "rising", _turned(0, 0, 0, 90, 200)))
    assert (rising.high, rising.low) == (400, 400)
    assert any("Too short" in one and "train on" in one for one in rising.warnings)


def test_a_run_that_has_levelled_off_is_not_too_short(tmp_path):
    found = wannb.propose(drawn(tmp_path, _turned(0, 20, 90, 90, 91)))
    assert not any("Too short" in one for one in found.warnings)


@pytest.fixture
def noted(good, tmp_path):
    """The run that learns to orbit by step 300, and its notes."""
    run = wannb.Run(shutil.copytree(good.path, tmp_path / "small"))
    return run, Notes(run.path)


def _rate(run, notes, step, *stars):
    for sample, one in zip(run.config.samples, stars, strict=False):
        notes.rate(Wish.of(sample, step, step).key, one)


def test_a_persons_stars_go_before_the_figures(noted):
    run, notes = noted
    _rate(run, notes, 300, 2, 3)
    _rate(run, notes, 100, 5, 4)
    found = wannb.propose(run)
    assert (found.high, found.low) == (100, 100)
    assert found.reasons[0] == "2 of its clips have 4.5 of 5 stars in Compare; the others' have 2.5 at most."
    assert "By the figures alone it would be 300 × 300." in found.reasons
    _rate(run, notes, 100, 2, 1)
    _rate(run, notes, 300, 1, 1)
    found = wannb.propose(run)
    assert (found.high, found.low) == (400, 400)
    assert "few stars" in found.reasons[-1] and "300 × 300" in found.reasons[-1]


def test_a_blind_round_goes_before_stars_and_may_speak_for_the_base(noted):
    run, notes = noted
    _rate(run, notes, 100, 5, 5)
    columns = [f"{step}/{step}" for step in (300, 0, 200, 100, 400)]
    notes.put("rounds", [{"columns": columns, "prefers": {"a": "200/200", "b": "200/200", "c": "100/100"}}])
    found = wannb.propose(run)
    assert (found.high, found.low) == (200, 200)
    assert found.reasons[0] == "In blind rounds it was preferred in 2 of 3 rows, as no other pair was."
    assert any("a person's eye" in one for one in found.reasons)
    notes.put("rounds", [{"columns": columns, "prefers": {"a": "0/0", "b": "0/0", "c": "200/200"}}])
    found = wannb.propose(run)
    assert any("the base without LoRA was preferred in 2 of 3 rows" in one for one in found.warnings)


def test_a_prompt_without_the_trigger_tells_nothing_learned(good, tmp_path):
    shutil.copytree(good.path, tmp_path / "small")
    config = tmp_path / "small" / "config.yaml"
    job = Job.load(config)
    job.trigger_word = "red"  # the first of two prompts has it
    job.save(config)
    found = wannb.propose(tmp_path / "small")
    assert all(len(row.each) == 2 and row.each[1] is None and row.learned == row.each[0] for row in found.table)
    assert found.reasons[0].startswith("Of 4 pairs its 1 clip is most like")
    assert all(row.kept is not None for row in found.table)


def test_a_pair_with_clips_of_fewer_prompts_is_not_held_against_the_others(tmp_path):
    run = drawn(tmp_path, _turned(0, 90, 180, 270, 360))
    run.dir.preview(400, 1, ".json").unlink()
    found = wannb.propose(run)
    assert (found.high, found.low) == (300, 300) and found.table[0].clips == 1
    assert any("not made" in one for one in found.warnings) and not any("Too short" in one for one in found.warnings)


def test_a_proposal_can_be_read_and_sent(good):
    found = wannb.propose(good)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (told["high"], told["low"]) == (300, 300)
    assert {(row["high"], row["low"]) for row in told["table"]} == {(step, step) for step in (0, *STEPS)}
    shown = found._repr_mimebundle_()
    assert "Proposed: high 300, low 300" in shown["text/plain"] and "<table>" in shown["text/html"]


def test_a_run_without_files_is_refused(good, tmp_path):
    shutil.copytree(good.path, tmp_path / "small", ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(Refusal, match="no LoRA files yet"):
        wannb.propose(tmp_path / "small")


def test_the_size_of_a_file_is_that_of_the_product(tmp_path):
    write_lora(tmp_path / "one.safetensors", 300, 2.0)
    numbers = np.random.default_rng(0)
    b = (numbers.normal(size=(8, 4)) * 6).astype(np.float32)
    a = numbers.normal(size=(4, 8)).astype(np.float32)
    assert files.size_of(tmp_path / "one.safetensors") == pytest.approx(np.linalg.norm(b @ a), rel=1e-5)
    assert files.size_of(tmp_path / "none.safetensors") is None


@pytest.mark.parametrize(
    ("mine", "bad"),
    [
        ({100: 1.0, 200: 2.0, 300: 3.0}, set()),
        ({100: 1.0, 200: 30.0, 300: 2.5}, {200}),
        ({100: 1.0, 200: float("inf"), 300: 90.0}, {200, 300}),
        ({100: 99.0, 200: 99.0}, {100, 200}),
        ({100: 14.0, 200: 9.0, 300: 1.0}, {100, 200}),
        ({10: 0.0, 1000: 5.0}, set()),
    ],
)
def test_files_that_jump_are_broken(mine, bad):
    assert files.broken(mine, dict.fromkeys(mine, 1.0)) == bad


def test_losses_are_worse_only_where_that_is_sure(good, tmp_path):
    shutil.copytree(good.path, tmp_path / "small")
    write_losses(tmp_path / "small", {"high": FALLING, "low": [0.3, 0.2995, 0.31, 0.33, 0.301]})
    run = wannb.Run(tmp_path / "small")
    high, low = (Validated.of(run.validation(), name) for name in ("high", "low"))
    assert (high.best, high.worse, high.rises) == (400, frozenset(), None)
    assert low.best == 100 and low.worse == {200, 300, 400} and low.rises.mean == pytest.approx(0.0015)
    assert evidence(run)["low"].sound == (100,)


def test_what_is_rendered_first_are_sound_pairs_along_the_steps_then_around_the_best(good, tmp_path):
    shutil.copytree(good.path, tmp_path / "small")
    run = wannb.Run(tmp_path / "small")
    for step in (300, 400):
        write_lora(run.dir.checkpoint("low", step), step, 60.0)
    experts = evidence(run)
    assert along(experts) == [(400, 200), (300, 200), (200, 200), (100, 100)]
    assert set(around((300, 200), experts)) == {(200, 200), (400, 200), (300, 100)}
