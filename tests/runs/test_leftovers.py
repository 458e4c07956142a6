"""What a killed process left half-written goes when the run goes on, and nothing else."""

import os
from pathlib import Path

from wannb.runs.leftovers import clear
from wannb.runs.rundir import RunDir

OURS = (".a_high_noise.k3_x9abz.safetensors", ".tmp5rWKLe")
NOT_OURS = (".gitignore", ".lock", "a_high_noise.safetensors", ".tmp5rWKLe.mine", ".tmp")


def test_unfinished_files_go_and_others_stay(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "run")
    folders = [run.path, run.checkpoints, run.previews / "000000004"]
    for folder in folders:
        folder.mkdir(parents=True)
        for name in OURS + NOT_OURS:
            (folder / name).write_text("x")
    clear(run, tmp_path / "cache")
    for folder in folders:
        assert {file.name for file in folder.iterdir() if file.is_file()} == set(NOT_OURS)


def test_of_a_cache_only_what_is_old_goes(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "latents" / "ab"
    folder.mkdir(parents=True)
    for name in (".tmp5rWKLe", ".tmpABCDEF"):
        (folder / name).write_text("x")
    os.utime(folder / ".tmp5rWKLe", (0, 0))
    clear(RunDir(tmp_path / "run"), tmp_path / "cache")
    assert [file.name for file in folder.iterdir()] == [".tmpABCDEF"]
