"""The runs with a known best: small jobs on the tiny Wan, of which some go wrong in one way."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from wannb import bundled
from wannb.demo import demo_job
from wannb.job import Job
from wannb.runs.run import Run
from wannb.runs.rundir import RunDir
from wannb.wan.adapters.lora_file import tensors_and_header


@dataclass(frozen=True)
class Lesson:
    """`clips`: how many of the bundled ones are learned, 0 all of them."""

    kind: str
    task: str
    steps: int
    save_every: int
    lr: float = 2e-3
    clips: int = 0

    def job(self, name: str, out: Path) -> Job:
        job = demo_job(self.kind, self.task, out, self.steps)
        job.name, job.train.lr = name, self.lr
        job.saving.save_every, job.saving.max_step_saves_to_keep = self.save_every, 1000
        job.wannb.validate_every, job.wannb.hold_out = self.save_every, True
        job.wannb.validate_clips = 2 if self.clips else 4
        if self.clips:
            job.datasets[0].folder_path = str(_few(self.kind, self.clips, out))
        return job


@dataclass(frozen=True)
class Broken:
    """A copy of the run of lesson `of` in which the files of `expert` after `since` of its steps are noise, `times` as
    large as their numbers were."""

    of: str
    expert: str
    since: float
    times: float

    def made(self, name: str, out: Path) -> Run:
        if not (out / name).is_dir():
            source, copy = RunDir(out / self.of), RunDir(out / name)
            shutil.copytree(source.path, copy.path, ignore=shutil.ignore_patterns("checkpoints", "clips", "state"))
            for later in sorted(copy.previews.iterdir())[1:]:
                shutil.rmtree(later)
            copy.checkpoints.mkdir()
            steps = source.checkpoint_steps()
            for expert in ("high", "low"):
                for step in (*steps, None):
                    file = shutil.copy(source.checkpoint(expert, step), copy.checkpoint(expert, step))
                    if expert == self.expert and (step or steps[-1]) > self.since * steps[-1]:
                        _noise(Path(file), self.times)
        return Run(out / name)


LESSONS = {
    "motion": Lesson("motion", "t2v", 800, 100),
    "motion_i2v": Lesson("motion", "i2v", 800, 100),
    "style": Lesson("style", "i2v", 600, 75),
    "character": Lesson("character", "t2v", 800, 100),
    "motion_fast": Lesson("motion", "t2v", 600, 75, lr=1.6e-2),
    "character_fast": Lesson("character", "t2v", 600, 75, lr=1.6e-2),
    "motion_few": Lesson("motion", "i2v", 1000, 125, lr=4e-3, clips=6),
    "motion_short": Lesson("motion", "t2v", 40, 10),
    "style_short": Lesson("style", "t2v", 40, 10, lr=5e-4),
    "character_short": Lesson("character", "i2v", 40, 10, lr=1e-3),
}
"""The rate of the fast ones breaks both experts at once, the short ones have not learned yet."""
BROKEN = {
    "motion_broken_low": Broken("motion", "low", 0.45, 4.0),
    "motion_i2v_broken_low": Broken("motion_i2v", "low", 0.0, 6.0),
    "style_broken_high": Broken("style", "high", 0.7, 10.0),
    "character_broken_low": Broken("character", "low", 0.9, 2.5),
}


def _few(kind: str, count: int, out: Path) -> Path:
    """The first `count` clips of a bundled set with their captions, in a folder of their own."""
    folder = out / f"{kind}_{count}_clips"
    folder.mkdir(parents=True, exist_ok=True)
    for clip in sorted(bundled.folder(kind).glob("*.mp4"))[:count]:
        for file in (clip, clip.with_suffix(".txt")):
            shutil.copy(file, folder / file.name)
    return folder


def _noise(file: Path, times: float) -> None:
    tensors, header = tensors_and_header(file)
    source = torch.Generator().manual_seed(1)
    drawn = {
        name: (torch.randn(one.shape, generator=source) * one.float().std().clamp(min=0.02) * times).to(one.dtype)
        for name, one in tensors.items()
    }
    save_file(drawn, file, metadata=header)
