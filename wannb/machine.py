"""What this machine has, as far as a job needs to know before it runs; asked without torch."""

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import psutil

GIB = 2**30
ASK_GPU = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
CGROUP = Path("/sys/fs/cgroup")  # Linux containers write their limits here
PATIENCE = 5  # seconds: a wedged driver must not hold up a notebook
COMPILERS = {"cuda": ("gcc", "cc", "clang"), "cpu": ("g++", "c++", "clang++")}
"""By device, those that Triton and Inductor call."""
COMPILER_NAMED = {"cuda": "CC", "cpu": "CXX"}
"""The variables that name another one."""


@dataclass(frozen=True)
class Machine:
    """gpu: the name of the first NVIDIA card that training would see, vram_gb its memory in GiB; None without one.

    ram_gb: main memory in GiB.
    """

    gpu: str | None
    vram_gb: float | None
    ram_gb: float

    @classmethod
    @lru_cache(maxsize=1)
    def here(cls) -> Self:
        """This machine, asked once a process."""
        gpu, vram = _first_gpu()
        return cls(gpu, vram, memory_gib())


def cores() -> int:
    """How many cores this process may use."""
    counted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _number(CGROUP / "cpu.max", 0)
    period = _number(CGROUP / "cpu.max", 1)
    return min(counted, max(1, round(quota / period))) if quota and period else counted


def memory_gib() -> float:
    """Main memory that this process may use, in GiB: a container's share where it has one."""
    limit = _number(CGROUP / "memory.max", 0)
    return min(limit or float("inf"), psutil.virtual_memory().total) / GIB


def lacks_to_compile(device: str) -> str | None:
    """What is not here of what torch needs to compile for a kind of device ("cuda" | "cpu"), in words; None where
    nothing is lacking."""
    wanted = os.environ.get(COMPILER_NAMED.get(device, "CC")), *COMPILERS.get(device, ())
    if not any(shutil.which(one) for one in wanted if one):
        return "a C compiler (on Debian and Ubuntu apt install g++)"
    if device == "cuda" and importlib.util.find_spec("triton") is None:
        return "Triton (pip install triton, on Windows triton-windows)"
    return None


def free_bytes(path: str | Path) -> int | None:
    """Free bytes where `path` is or would be made; None where that cannot be told."""
    place = Path(path).absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None


def _number(path: Path, place: int) -> float | None:
    """The number at `place` in a line of the control group's; None where there is no limit or no such file."""
    try:
        return float(path.read_text().split()[place])
    except (OSError, ValueError, IndexError):
        return None


def _first_gpu() -> tuple[str | None, float | None]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        asked = subprocess.run(ASK_GPU, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None, None
    cards = [line.rsplit(",", 1) for line in asked.splitlines() if line.count(",")]
    chosen = next((one for i, one in enumerate(cards) if _sees(visible, i)), None)
    return (chosen[0].strip(), float(chosen[1]) / 1024) if chosen else (None, None)


def _sees(visible: str | None, index: int) -> bool:
    """Whether CUDA_VISIBLE_DEVICES lets the card with this number be seen; names of cards (UUIDs) let any."""
    if visible is None:
        return True
    names = [name.strip() for name in visible.split(",")]
    return str(index) in names or any(name and not name.lstrip("-").isdigit() for name in names)
