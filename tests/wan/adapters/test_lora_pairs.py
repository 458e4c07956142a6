"""Which file of a pair is whose."""

import pytest

from wannb.refusal import Refusal
from wannb.wan.adapters.lora_pairs import file_for, marked


@pytest.mark.parametrize(
    ("name", "expert"),
    [
        ("orbit_high_noise.safetensors", "high"),
        ("orbit_000000250_low_noise.safetensors", "low"),
        ("wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise.safetensors", "high"),
        ("orbit_high.safetensors", "high"),
        ("orbit-LOW.safetensors", "low"),
        ("OrbitHighNoise.safetensors", "high"),
        ("orbitLowNoise_v2.safetensors", "low"),
        ("High Noise orbit.safetensors", "high"),
        ("lownoise.safetensors", "low"),
        ("low_poly_high_noise.safetensors", "high"),
        ("slow_glow.safetensors", None),
        ("highway_flow.safetensors", None),
        ("yellow-lowland.safetensors", None),
    ],
)
def test_a_name_tells_its_expert(name, expert):
    mark = marked(name)
    assert (mark.expert if mark else None) == expert


@pytest.mark.parametrize(
    ("high", "low"),
    [
        ("orbit_high_noise", "orbit_low_noise"),
        ("orbit_high", "orbit_low"),
        ("Orbit-HighNoise-r32", "Orbit-LowNoise-r32"),
        ("orbit_HIGH", "orbit_low"),
        ("slow_high_noise_v2", "slow_low_noise_v2"),
    ],
)
def test_either_file_of_a_pair_and_its_folder_name_both(tmp_path, high, low):
    files = {expert: tmp_path / f"{name}.safetensors" for expert, name in (("high", high), ("low", low))}
    for file in files.values():
        file.touch()
    for given in (*files.values(), tmp_path):
        for expert, file in files.items():
            assert file_for(given, expert) == file


def test_other_files_beside_a_pair_are_not_taken_for_it(tmp_path):
    for name in ("a_high_noise", "a_low_noise", "b_high_noise", "b_low_noise", "ab"):
        (tmp_path / f"{name}.safetensors").touch()
    assert file_for(tmp_path / "b_high_noise.safetensors", "low").name == "b_low_noise.safetensors"
    with pytest.raises(Refusal, match="5 .safetensors files that are no single pair"):
        file_for(tmp_path, "high")


def test_one_stage_needs_only_its_file_and_a_name_without_a_mark_is_for_both(tmp_path):
    alone = tmp_path / "orbit_high_noise.safetensors"
    alone.touch()
    assert file_for(alone, "high") == file_for(tmp_path, "high") == alone
    for given in (alone, tmp_path):
        with pytest.raises(Refusal, match="low-noise"):
            file_for(given, "low")
    alone.rename(tmp_path / "orbit.safetensors")
    assert file_for(tmp_path, "high") == file_for(tmp_path / "orbit.safetensors", "low")


def test_what_is_no_safetensors_file_is_refused(tmp_path):
    (tmp_path / "x.pt").touch()
    with pytest.raises(Refusal, match="only .safetensors"):
        file_for(tmp_path / "x.pt", "high")
    with pytest.raises(Refusal, match="not there"):
        file_for(tmp_path / "x.safetensors", "high")
    with pytest.raises(Refusal, match="0 .safetensors files"):
        file_for(tmp_path, "high")
