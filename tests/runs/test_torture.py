"""The short form of `make torture`: a few kills of two kinds of job."""

from tools.torture.campaign import Campaign, Process, phases
from tools.torture.compare import differences
from wannb.runs.run import Run

NAMES = ["i2v, EMA, warm-up, validation", "8-bit Adam, states by the clock"]


def test_killed_at_random_and_resumed_is_the_undisturbed_run(tmp_path):
    campaign = Campaign(tmp_path, seed=4, names=NAMES)
    results = campaign.run(kills=6, workers=1)
    assert sum(phases(results).values()) >= 6
    assert {result.kind: result.differences for result in results if result.differences} == {}
    assert_differences_are_seen(tmp_path)


def assert_differences_are_seen(folder):
    """The comparison itself: whatever is changed in a run is told."""
    run, whole = (Run(next(folder.glob(place))) for place in ("whole/i2v*/small", "i2v*/small"))
    assert differences(run, whole, newest_state_only=False) == []
    for name in ("validation.jsonl", "checkpoints/small_high_noise.safetensors", "metrics.jsonl"):
        file = run.path / name
        data = file.read_bytes()
        file.write_bytes(data.replace(b"1", b"2", 1))
        assert differences(run, whole, newest_state_only=False) == [name]
        file.write_bytes(data)
    (run.path / ".small.abcdefgh.yaml").touch()
    assert differences(run, whole, newest_state_only=False) == ["left over: .small.abcdefgh.yaml"]


def test_a_victim_that_ends_by_itself_is_not_counted(tmp_path):
    one = Process(tmp_path / "none.yaml", resume=False)
    assert one.killed_after(60) is None and not one.done()
