"""The newest intact state is found whatever was cut off, and a save that fails leaves what was there."""

import errno
import shutil

import pytest
import torch

from wannb.refusal import Refusal
from wannb.runs import checkpoints, manifest, state
from wannb.runs.changed_clips import sentence
from wannb.runs.rundir import RunDir
from wannb.runs.save_clock import SaveClock
from wannb.runs.whole import is_whole

FILES = ("high.safetensors", "state.json", "manifest.json")


def tensors(step):
    return {"high": {"lora.a": torch.full((64,), float(step))}}


@pytest.fixture
def folder(tmp_path):
    for step in (3, 6, 9):
        state.save(tmp_path / "state", step, tensors(step), {"items": "x"})
    return tmp_path / "state"


def value(folder):
    found = state.load(folder)
    return found.facts["step"], found.tensors["high"]["lora.a"][0].item(), found.damaged


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def remove(path):
    path.unlink()


def test_the_last_two_are_kept_and_the_newest_is_loaded(folder):
    assert names(folder) == ["000000006", "000000009"]
    assert sorted(path.name for path in (folder / "000000009").iterdir()) == sorted(FILES)
    assert state.newest(folder).name == "000000009" and value(folder) == (9, 9.0, [])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", [cut, flip, remove])
def test_a_damaged_state_is_passed_over_with_a_sentence(folder, file, damage):
    damage(folder / "000000009" / file)
    step, weight, damaged = value(folder)
    assert (step, weight) == (6, 6.0)
    assert len(damaged) == 1 and "000000009 is damaged" in damaged[0] and "passed over" in damaged[0]
    if damage is not flip:  # sizes alone do not tell
        assert state.newest(folder).name == "000000006"
    state.set_aside_after(folder, 6)
    state.save(folder, 7, tensors(7), {})
    assert names(folder) == ["000000006", "000000007"] and value(folder) == (7, 7.0, [])


def test_where_none_is_intact_the_run_is_not_begun_anew_in_silence(folder):
    for path in folder.iterdir():
        cut(path / "high.safetensors")
    with pytest.raises(Refusal, match="6 is damaged.*delete .* to begin the run anew"):
        state.load(folder)


def test_without_any_state_there_is_nothing_to_load(tmp_path):
    (tmp_path / ".writing-abc").mkdir()
    assert state.load(tmp_path) is None and state.newest(tmp_path) is None
    assert state.load(tmp_path / "none") is None


def test_a_manifest_that_names_files_elsewhere_is_damage(folder):
    listed = folder / "000000009" / "manifest.json"
    listed.write_text(listed.read_text().replace("state.json", "../000000006/state.json"))
    assert "is missing or cut off" in manifest.fault(folder / "000000009")


@pytest.mark.parametrize("place", ["save_file", "sync"])
def test_a_save_that_finds_no_space_leaves_what_was_there(folder, monkeypatch, place):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, place, full)
    with pytest.raises(OSError):
        state.save(folder, 12, tensors(12), {})
    assert names(folder) == ["000000006", "000000009"] and value(folder) == (9, 9.0, [])


def test_a_cut_off_lora_is_not_whole(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    save_file({"w": torch.ones(8)}, path, metadata={"wannb.steps": "3"})
    assert is_whole(path)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert not is_whole(path)
    path.write_bytes(data + b"0")
    assert not is_whole(path) and not is_whole(tmp_path / "none.safetensors")


def test_rotation_leaves_a_run_without_checkpoints_alone(tmp_path):
    checkpoints.rotate(RunDir(tmp_path / "run"), 2)


def test_minutes_count_from_the_last_save():
    now = [0.0]
    clock = SaveClock(2, lambda: now[0])
    now[0] = 119
    assert not clock.due()
    now[0] = 120
    assert clock.due()
    clock.saved()
    assert not clock.due()
    now[0] = 1e9
    assert clock.due() and not SaveClock(0, lambda: now[0]).due()


def test_what_became_of_the_clips_is_said_by_name():
    said = sentence([f"{n}.mp4" for n in range(7)], ["0.mp4", "new.mp4"])
    assert "gone: 1.mp4, 2.mp4, 3.mp4, 4.mp4, 5.mp4 and 1 more; new: new.mp4" in said
    assert "same names" in sentence(["a.mp4"], ["a.mp4"])


def test_states_move_with_their_folder(folder, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    assert value(tmp_path / "elsewhere") == (9, 9.0, [])
