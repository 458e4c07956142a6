"""One line on any machine: what it can do, what it lacks, and never an error."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import wannb
from wannb import machine
from wannb.job.cost.precisions import fitting, needed_gib
from wannb.machine import Machine
from wannb.ui.doctor import facts, packages
from wannb.ui.doctor.doctor import Doctor
from wannb.ui.doctor.host import host


@pytest.fixture(scope="module")
def here() -> Doctor:
    return wannb.doctor()


@pytest.fixture
def on_a_card(here: Doctor) -> Doctor:
    """The same machine with an H200 and room on its disk."""
    found = replace(here.facts, gpu="NVIDIA H200", gpu_gib=139.8, fits=tuple(fitting(139.8)), torch_cuda="13.0")
    return Doctor(replace(found, disk_free=10**12, optional=()))


def test_it_is_one_line_and_says_what_is_here(here: Doctor) -> None:
    assert repr(here) == here.line and "\n" not in here.line
    assert f"{machine.cores()} core" in here.line
    assert "Video is read without ffmpeg" in here.line
    assert "tiny Wan" in here.can
    assert not here.blocked
    assert str(Path.cwd()) not in here.line


def test_the_page_has_the_same_words(here: Doctor) -> None:
    assert here.can in here._repr_html_()
    assert len(here._repr_html_()) < 2000


def test_a_card_says_which_precisions_of_the_14b_fit(on_a_card: Doctor) -> None:
    assert "NVIDIA H200 with 140 GB" in on_a_card.line
    assert "The 14 B fits in bf16" in on_a_card.can
    assert on_a_card.missing == []
    assert on_a_card.line.endswith("Nothing is missing.")


def test_less_card_takes_fewer_precisions() -> None:
    needed = needed_gib()
    assert needed["bf16"] > needed["float8"] > needed["4-bit"]
    one = 21.4 + 0.7 - 7.8 - 0.4  # GiB reserved on an H200 with both experts, and CUDA's, less one's weights and LoRA
    assert needed["4-bit"] == pytest.approx(one, rel=0.05)
    assert fitting(80) == ["bf16", "float8", "4-bit"]
    assert fitting(24) == ["float8", "4-bit"]
    assert fitting(16) == ["4-bit"]
    assert fitting(8) == []


def test_a_card_too_small_for_the_14b_is_told_what_it_takes(here: Doctor) -> None:
    card = replace(here.facts, gpu="RTX 3070", gpu_gib=8.0, fits=tuple(fitting(8)), torch_cuda="13.0")
    assert f"the 14 B takes a card of {needed_gib()['4-bit']:.0f} GB in 4-bit" in Doctor(card).can


def test_what_is_missing_comes_with_its_cure(on_a_card: Doctor) -> None:
    def lacks(**changed: object) -> str:
        return "; ".join(Doctor(replace(on_a_card.facts, **changed)).missing)

    assert "without CUDA" in lacks(torch_cuda=None)
    assert "pip install peft av" in lacks(absent=("peft", "av"))
    assert "a C compiler: without it" in lacks(uncompiled="a C compiler")
    assert "pip install --upgrade torchao" in lacks(old_torchao="0.10.0")
    assert "pip install tensorboard" in lacks(optional=("tensorboard",))
    assert "pip install --upgrade av" in lacks(reads_video=False)
    assert "disk for the 14 B" in lacks(disk_free=10**9, download_gb=69.0)


def test_a_gpu_that_torch_cannot_use_promises_nothing(on_a_card: Doctor) -> None:
    assert "The 14 B fits" not in Doctor(replace(on_a_card.facts, torch_cuda=None)).can


def test_without_torch_nothing_can_be_trained(here: Doctor) -> None:
    assert Doctor(replace(here.facts, torch=None)).blocked


def test_it_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("broken")

    for name in ("host", "_needed_gib", "_download_gb", "_reads_video"):
        monkeypatch.setattr(facts, name, broken)
    for place, names in ((machine, ("cores", "memory_gib", "free_bytes")), (packages, ("version_of", "torch_cuda"))):
        for name in names:
            monkeypatch.setattr(place, name, broken)
    monkeypatch.setattr(Machine, "here", broken)
    line = wannb.doctor().line
    assert "cores unknown" in line and "memory unknown" in line


def test_what_torch_was_built_for_is_what_torch_says() -> None:
    import torch

    assert packages.torch_cuda() == (torch.version.cuda or torch.version.hip)


def test_an_old_torchao_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for version, told in (("0.10.0", "0.10.0"), ("0.15.1", "0.15.1"), ("0.16.0", None), ("1.0", None), (None, None)):
        monkeypatch.setattr(packages, "version_of", lambda name, version=version: version)
        assert packages.old_torchao() == told


def test_the_host_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert host() == "a shell"
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    assert host() == "Kaggle"
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert host() == "Colab"


def test_a_containers_share_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    whole = machine.memory_gib()
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    (tmp_path / "memory.max").write_text(f"{2**28}\n")
    assert machine.cores() == 1
    assert machine.memory_gib() == 0.25
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.memory_gib() == whole


def test_the_shell_says_the_same_without_torch() -> None:
    script = "import sys; from wannb.cli import main; main(['doctor', '--json']); assert 'torch' not in sys.modules"
    said = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
    assert {"line", "can", "missing", "cores", "gpu", "disk_free"} <= set(said)
    assert said["host"] == "a shell"
