"""How a run compares with the one over whole experts: its losses, step by step on the same draws, and its clips."""

from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from tools.knobs.measures import psnr
from tools.precisions.lessons import KIND
from wannb import bundled
from wannb.data.video import probe, read_frames
from wannb.demo import SCORE
from wannb.runs.run import Run
from wannb.runs.sampling import sample

LAST = 200
"""Steps at the end whose losses are averaged."""


@dataclass(frozen=True)
class Seen:
    """loss: of each step, float [steps]; clips: uint8 [prompts, F, H, W, 3] of the untaught base and with the LoRA;
    others: those of the held-out prompts that the run did not preview."""

    loss: np.ndarray
    base: np.ndarray
    lora: np.ndarray
    others: np.ndarray

    @classmethod
    def of(cls, run: Run) -> "Seen":
        """What `run`, which is done, left behind; the clips of the other prompts are made where they are not there."""
        videos = {(preview.step, preview.index): preview.video for preview in run.previews}
        prompts = range(len(run.config.samples))
        steps = run.config.train.steps
        base, lora = (np.stack([_frames(videos[step, one]) for one in prompts]) for step in (0, steps))
        others = np.stack([_frames(_clip(run, one)) for one in range(len(prompts), len(bundled.held_out(KIND)))])
        return cls(np.array(run.metrics()["loss"], float), base, lora, others)

    @property
    def scores(self) -> list[float]:
        """Of every prompt's clip what the lesson is judged by."""
        return [SCORE[KIND][1](clip) for clip in (*self.lora, *self.others)]


@dataclass(frozen=True)
class Held:
    """A run against the reference of the same seed: mean loss of the last steps, its distance from the reference's in
    %, the mean score of the prompts, its distance from the reference's, and the PSNR in dB of its clips against the
    reference's from the same noise, base and LoRA."""

    loss: float
    apart: float
    score: float
    moved: float
    base_db: float
    lora_db: float

    @classmethod
    def against(cls, one: Seen, reference: Seen) -> "Held":
        loss, wanted = (float(seen.loss[-LAST:].mean()) for seen in (one, reference))
        score, aim = (float(np.mean(seen.scores)) for seen in (one, reference))
        base, lora = (
            float(np.mean([psnr(*pair) for pair in zip(ours, theirs, strict=True)]))
            for ours, theirs in ((one.base, reference.base), (one.lora, reference.lora))
        )
        return cls(loss, 100 * (loss / wanted - 1), score, score - aim, base, lora)

    @classmethod
    def mean(cls, runs: list["Held"]) -> "Held":
        """Of one way's runs, each with a seed of its own."""
        return cls(*np.mean([astuple(one) for one in runs], axis=0).tolist())


@dataclass(frozen=True)
class Noise:
    """What a seed alone does: how far apart any two runs over whole experts are, in the loss (% of the first's) and in
    the score."""

    loss: float
    score: float

    @classmethod
    def of(cls, runs: list[Held]) -> "Noise":
        """runs: those over whole experts, one a seed."""
        losses, scores = ([getattr(one, name) for one in runs] for name in ("loss", "score"))
        return cls(100 * (max(losses) - min(losses)) / losses[0], max(scores) - min(scores))

    def covers(self, one: Held) -> bool:
        """Whether `one` is no farther from its reference than seeds are from one another."""
        return abs(one.apart) <= self.loss and abs(one.moved) <= self.score


def _clip(run: Run, number: int) -> Path:
    """The clip of the `number`-th held-out prompt, made by the run's last LoRA pair."""
    clip, asked = run.path / "samples" / f"held_out_{number}.mp4", bundled.held_out(KIND)[number]
    return clip if clip.exists() else sample(run, prompt=asked.prompt, image=asked.image, out=clip)


def _frames(clip: Path) -> np.ndarray:
    return read_frames(clip, range(probe(clip).frames))
