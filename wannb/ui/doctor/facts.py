"""What the doctor looks at, each by itself: one that cannot be told is None and hinders no other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import wannb
from wannb import bundled, machine
from wannb.machine import Machine
from wannb.ui.doctor import packages
from wannb.ui.doctor.host import host


@dataclass(frozen=True)
class Facts:
    """memory_gib, gpu_gib: in GiB. disk_free: bytes where the kernel stands. reads_video: whether a frame of a bundled
    clip could be read. needed_gib: precision → GiB that the 14 B takes; fits: those that this card has room for.
    download_gb: of the 14 B's files that are not here yet, 10⁹ bytes. torch_cuda: what torch was built for. absent,
    optional: packages that are not installed, of those that wannb needs and of those that it can do without.
    uncompiled: what a GPU's blocks cannot be compiled without here.
    """

    version: str
    host: str | None
    cores: int | None
    memory_gib: float | None
    gpu: str | None
    gpu_gib: float | None
    needed_gib: dict[str, float]
    fits: tuple[str, ...]
    download_gb: float | None
    disk_free: int | None
    reads_video: bool
    torch: str | None
    torch_cuda: str | None
    ipywidgets: str | None
    anywidget: str | None
    old_torchao: str | None
    absent: tuple[str, ...]
    optional: tuple[str, ...]
    uncompiled: str | None

    @classmethod
    def here(cls) -> Self:
        """Of this machine; never raises."""
        card = _told(Machine.here)
        gpu, gpu_gib = (card.gpu, card.vram_gb) if card else (None, None)
        return cls(
            version=wannb.__version__,
            host=_told(host),
            cores=_told(machine.cores),
            memory_gib=_told(machine.memory_gib),
            gpu=gpu,
            gpu_gib=gpu_gib,
            needed_gib=_told(_needed_gib) or {},
            fits=tuple(_told(lambda: _fitting(gpu_gib)) or ()),
            download_gb=_told(_download_gb),
            disk_free=_told(lambda: machine.free_bytes(".")),
            reads_video=bool(_told(_reads_video)),
            torch=_told(lambda: packages.version_of("torch")),
            torch_cuda=_told(packages.torch_cuda),
            ipywidgets=_told(lambda: packages.version_of("ipywidgets")),
            anywidget=_told(lambda: packages.version_of("anywidget")),
            old_torchao=_told(packages.old_torchao),
            absent=tuple(_told(packages.absent) or ()),
            optional=tuple(
                name for name in packages.OPTIONAL if _told(lambda name=name: packages.version_of(name)) is None
            ),
            uncompiled=_told(lambda: machine.lacks_to_compile("cuda")) if gpu else None,
        )


def _told(look: Callable[[], Any]) -> Any:
    """What `look` returns; None where it fails in whatever way, for the doctor is asked when things are broken."""
    try:
        return look()
    except Exception:
        return None


def _needed_gib() -> dict[str, float]:
    from wannb.job.cost.precisions import needed_gib

    return needed_gib()


def _fitting(gib: float | None) -> list[str]:
    from wannb.job.cost.precisions import fitting

    return fitting(gib) if gib else []


def _download_gb() -> float:
    from wannb.job import base_model
    from wannb.job.model import BASES

    return base_model.to_download(BASES["wan22_14b_i2v"], list(base_model.EXPERTS))


def _reads_video() -> bool:
    from wannb.data.video import read_frames

    clip = next(bundled.folder("motion").glob("*.mp4"))
    return read_frames(clip, [0]).shape[-1] == 3
