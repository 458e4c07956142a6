"""`doctor`: one line on what this machine can do and what it lacks."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from wannb.job.amounts import counted, size
from wannb.ui.doctor.facts import Facts
from wannb.ui.doctor.packages import OPTIONAL

STYLE = "margin:0;max-width:60em;line-height:1.5"


def doctor() -> "Doctor":
    """Say in one line what this machine can do and what is missing, with the command that brings it; never raises.

    It imports no torch: what torch was built for is read from its files.
    """
    return Doctor(Facts.here())


@dataclass(frozen=True, repr=False)
class Doctor:
    """What was found: `facts`; `can` and `missing` in sentences, what is needed first; `line`: all in one."""

    facts: Facts

    @property
    def can(self) -> str:
        """What can be trained here."""
        facts = self.facts
        if facts.torch is None:
            return "No training without torch."
        gpu_works = facts.gpu and facts.torch_cuda
        if gpu_works and facts.fits:
            return f"The 14 B fits in {_all(facts.fits)}, the tiny Wan trains in minutes."
        return f"The tiny Wan trains here in minutes; {_for_14b(facts)}."

    @property
    def missing(self) -> list[str]:
        """What is missing or wrong, each with its cure; empty where all is well."""
        return list(_lacks(self.facts))

    @property
    def blocked(self) -> bool:
        """Whether nothing can be trained before something is mended."""
        return self.facts.torch is None or not self.facts.reads_video

    @property
    def line(self) -> str:
        lacks = f"Missing: {'; '.join(self.missing)}." if self.missing else "Nothing is missing."
        return f"{_hardware(self.facts)}. {self.can} {_around(self.facts)}. {lacks}"

    def __repr__(self) -> str:
        return self.line

    def _repr_html_(self) -> str:
        lacks = "".join(f"<li>{html.escape(one)}</li>" for one in self.missing)
        first = html.escape(f"{_hardware(self.facts)}. {self.can} {_around(self.facts)}.")
        last = f" <b>Missing:</b><ul>{lacks}</ul>" if lacks else " <b>Nothing is missing.</b>"
        return f'<p style="{STYLE}">{first}{last}</p>'


def _hardware(facts: Facts) -> str:
    cores = counted(facts.cores, "core") if facts.cores else "cores unknown"
    memory = f"{facts.memory_gib:.0f} GB of memory" if facts.memory_gib else "memory unknown"
    gpu = f"{facts.gpu} with {facts.gpu_gib:.0f} GB" if facts.gpu and facts.gpu_gib else "no NVIDIA GPU"
    return f"{cores}, {memory}, {gpu}"


def _for_14b(facts: Facts) -> str:
    """What the 14 B would take that is not here."""
    if not facts.needed_gib:
        return "the 14 B takes a large card"
    name, gib = min(facts.needed_gib.items(), key=lambda one: one[1])
    return f"the 14 B takes a card of {gib:.0f} GB in {name}"


def _around(facts: Facts) -> str:
    parts = []
    if facts.reads_video:
        parts.append("video is read without ffmpeg")
    if facts.disk_free is not None:
        parts.append(f"{size(facts.disk_free)} of disk free")
    widgets = [f"{name} {version}" for name in ("ipywidgets", "anywidget") if (version := getattr(facts, name))]
    parts.append(" with ".join([facts.host or "a kernel", *([_all(widgets)] if widgets else [])]))
    told = "; ".join(parts)
    return told[0].upper() + told[1:]


def _lacks(facts: Facts) -> Iterator[str]:
    """Needed things first."""
    if facts.absent:
        yield f"pip install {' '.join(facts.absent)}"
    if not facts.reads_video:
        yield "no video can be read: pip install --upgrade av"
    if facts.gpu and facts.torch and not facts.torch_cuda:
        yield "torch was built without CUDA and leaves the GPU alone: choose CUDA on pytorch.org/get-started/locally"
    if facts.torch_cuda and facts.uncompiled:
        yield f"{facts.uncompiled}: without it a step of the 14 B takes about twice as long"
    if facts.old_torchao:
        yield f"torchao {facts.old_torchao} is too old for peft: pip install --upgrade torchao"
    short = facts.disk_free is not None and facts.download_gb and facts.disk_free < facts.download_gb * 1e9
    if facts.fits and short:
        yield f"disk for the 14 B, whose files are {facts.download_gb:.0f} GB"
    for name in facts.optional:
        yield f"pip install {name} (optional: {OPTIONAL[name]})"


def _all(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(names)
