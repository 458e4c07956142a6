"""Train Wan 2.2 LoRAs in a notebook. The names below are the face; each is imported when it is first used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wannb.data.clips import ClipFolder
    from wannb.data.first_frames import give_first_frames
    from wannb.data.mending import mend
    from wannb.data.outlook import estimate
    from wannb.data.preflight import check
    from wannb.export.merge import merge
    from wannb.export.share import share
    from wannb.export.shrink import shrink
    from wannb.job import Finding, Job
    from wannb.refusal import Refusal
    from wannb.runs.ara import ara
    from wannb.runs.choosing import propose
    from wannb.runs.fitting import fit
    from wannb.runs.foreign import read_log
    from wannb.runs.launching import launch
    from wannb.runs.queue import Queue
    from wannb.runs.run import Run
    from wannb.runs.waiting import train
    from wannb.ui.clip_histograms import plot_clips
    from wannb.ui.compare.compare import Compare
    from wannb.ui.compare.sheet import compare_sheet, pair_sheet, strength_sheet
    from wannb.ui.doctor.doctor import doctor
    from wannb.ui.estimate_plot import plot_estimate
    from wannb.ui.inspector.inspector import Inspector
    from wannb.ui.live_loss import LiveLoss
    from wannb.ui.loss_plot import loss_plot
    from wannb.ui.monitor.monitor import Monitor
    from wannb.ui.monitor_plot import monitor_plot
    from wannb.ui.moving_sheet import moving
    from wannb.ui.player import Player
    from wannb.ui.playground.playground import Playground
    from wannb.ui.show import show
    from wannb.ui.studio.studio import Studio
    from wannb.ui.timestep_plot import plot_timesteps
    from wannb.ui.validation_plot import validation_plot
    from wannb.wan.adapters.lora_layers import read_lora
    from wannb.words import language

__version__ = "0.1.0"

# name -> its module. Nothing here is imported before it is asked for: `import wannb` needs no torch.
_WHERE = {
    "ClipFolder": "wannb.data.clips",
    "Compare": "wannb.ui.compare.compare",
    "Finding": "wannb.job",
    "Inspector": "wannb.ui.inspector.inspector",
    "Job": "wannb.job",
    "LiveLoss": "wannb.ui.live_loss",
    "Monitor": "wannb.ui.monitor.monitor",
    "Player": "wannb.ui.player",
    "Playground": "wannb.ui.playground.playground",
    "Queue": "wannb.runs.queue",
    "Refusal": "wannb.refusal",
    "Run": "wannb.runs.run",
    "Studio": "wannb.ui.studio.studio",
    "ara": "wannb.runs.ara",
    "check": "wannb.data.preflight",
    "compare_sheet": "wannb.ui.compare.sheet",
    "doctor": "wannb.ui.doctor.doctor",
    "estimate": "wannb.data.outlook",
    "fit": "wannb.runs.fitting",
    "give_first_frames": "wannb.data.first_frames",
    "language": "wannb.words",
    "launch": "wannb.runs.launching",
    "loss_plot": "wannb.ui.loss_plot",
    "mend": "wannb.data.mending",
    "merge": "wannb.export.merge",
    "monitor_plot": "wannb.ui.monitor_plot",
    "moving": "wannb.ui.moving_sheet",
    "pair_sheet": "wannb.ui.compare.sheet",
    "plot_clips": "wannb.ui.clip_histograms",
    "plot_estimate": "wannb.ui.estimate_plot",
    "plot_timesteps": "wannb.ui.timestep_plot",
    "propose": "wannb.runs.choosing",
    "read_log": "wannb.runs.foreign",
    "read_lora": "wannb.wan.adapters.lora_layers",
    "share": "wannb.export.share",
    "show": "wannb.ui.show",
    "shrink": "wannb.export.shrink",
    "strength_sheet": "wannb.ui.compare.sheet",
    "train": "wannb.runs.waiting",
    "validation_plot": "wannb.ui.validation_plot",
}

__all__ = [
    "ClipFolder",
    "Compare",
    "Finding",
    "Inspector",
    "Job",
    "LiveLoss",
    "Monitor",
    "Player",
    "Playground",
    "Queue",
    "Refusal",
    "Run",
    "Studio",
    "ara",
    "check",
    "compare_sheet",
    "doctor",
    "estimate",
    "fit",
    "give_first_frames",
    "language",
    "launch",
    "loss_plot",
    "mend",
    "merge",
    "monitor_plot",
    "moving",
    "pair_sheet",
    "plot_clips",
    "plot_estimate",
    "plot_timesteps",
    "propose",
    "read_log",
    "read_lora",
    "share",
    "show",
    "shrink",
    "strength_sheet",
    "train",
    "validation_plot",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'wannb' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


class _Face(ModuleType):
    """The package, on which the import of `wannb.train`, a folder, leaves `wannb.train`, a function, alone."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
