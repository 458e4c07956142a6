"""The main job, end to end, on the tiny Wan: inspect, cache, train both experts, preview, export, score."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb import bundled, scores
from wannb.data import ClipFolder
from wannb.data.video import probe, read_frames
from wannb.export.pair import export
from wannb.job import Job
from wannb.job.sample import SampleItem
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.runs.trainer import train
from wannb.train.caching import Progress, silent
from wannb.ui import side_by_side

DUOTONE = ((0.22, 0.07, 0.42), (0.99, 0.80, 0.30))
FRUNG = ((0.94, 0.52, 0.10), (0.12, 0.25, 0.85))
SCORE: dict[str, tuple[str, Callable[..., float]]] = {
    "motion": ("degrees turned", scores.turned),
    "style": ("% in the palette", lambda frames: scores.palette_share(frames, *DUOTONE)),
    "character": ("% with the character", lambda frames: scores.character_share(frames, *FRUNG)),
}
"""What each kind is judged by: the unit of the figure, and how it is read off a clip's frames."""
SHOWN = 4
STEPS = 1600


@dataclass(frozen=True)
class DemoResult:
    """`scores`: mean over `clips`, base and LoRA, in `unit`; `clips`: [{prompt, image, base, lora, scores}];
    `comparison`: all of them in one mp4."""

    run: Path
    export: Path
    seconds: float
    unit: str
    scores: dict[str, float]
    clips: list[dict[str, Any]]
    comparison: Path


def demo_job(kind: str, task: str, out: str | Path, steps: int = STEPS) -> Job:
    """The guides' recipe for `kind` and `task` on the tiny Wan and bundled clips, previewing what was held out.

    One form for all six: timesteps drawn evenly, both experts alike, nothing to preserve.
    """
    job = Job.recipe(kind, task, data=bundled.folder(kind), name=_free_name(Path(out), f"tiny_{task}_{kind}"))
    job.training_folder = str(out)
    job.device = "cpu"
    job.model.name_or_path = f"wannb/tiny-wan2.2-{task}"
    job.model.low_vram = job.model.quantize = job.model.quantize_te = False
    job.datasets[0].resolution, job.datasets[0].num_frames = [64], 33
    train = job.train
    train.steps, train.lr, train.batch_size, train.dtype = steps, 2e-3, 2, "fp32"
    train.optimizer = "adamw"
    train.gradient_checkpointing = False
    train.timestep_type, train.content_or_style, train.diff_output_preservation = "linear", "balanced", False
    job.wannb.high_noise_share, job.trigger_word = 0.5, None
    job.saving.save_every = steps // 2
    job.sample.sample_every = steps
    job.sample.width, job.sample.height, job.sample.num_frames = 64, 64, 33
    job.sample.guidance_scale, job.sample.sample_steps, job.sample.neg = 3.0, 16, ""
    job.sample.samples = [
        SampleItem.new(prompt=one.prompt, ctrl_img=str(one.image) if task == "i2v" else None)
        for one in bundled.held_out(kind)[:SHOWN]
    ]
    return job


def run_demo(
    task: str = "i2v",
    kind: str = "motion",
    out: str | Path = "wannb-demo",
    progress: Progress = silent,
    steps: int = STEPS,
) -> DemoResult:
    """Train, preview and export in `out`, beside whatever demos are there already.

    The base's clips are the run's previews before step 1, the LoRA's those after the last: same prompts, same noise.
    """
    began = time.perf_counter()
    job = demo_job(kind, task, out, steps)
    clips = ClipFolder(bundled.folder(kind), num_frames=33, resolutions=[64])
    if len(clips.clips) < 2:
        raise Refusal(f"The bundled clips in {clips.path} cannot be read: install wannb again.")
    result = train(job, progress=progress)
    if result.state != "done":
        raise Refusal(result.message)
    run = Run(result.run)
    pair = export(run.path, to="comfyui")
    compared = _compared(run, job, kind)
    comparison = run.path / "comparison.mp4"
    side_by_side.write(comparison, [_pair(clip, SCORE[kind][0]) for clip in compared])
    means = {side: sum(clip["scores"][side] for clip in compared) / len(compared) for side in ("base", "lora")}
    return DemoResult(
        run=run.path,
        export=pair.files[0].parent,
        seconds=round(time.perf_counter() - began, 1),
        unit=SCORE[kind][0],
        scores={side: round(mean, 1) for side, mean in means.items()},
        clips=compared,
        comparison=comparison,
    )


def _free_name(out: Path, name: str) -> str:
    """`name`, or where `out` has it `name_2`, `name_3`, …: a demo takes nothing away and can be run again."""
    names = (name, *(f"{name}_{number}" for number in range(2, 1_000_000)))
    return next(name for name in names if not (out / name).exists())


def _pair(clip: dict[str, Any], unit: str) -> side_by_side.Pair:
    sides = (("left", "base", "base"), ("right", "LoRA", "lora"))
    labels = {f"{side}_label": f"{who}: {clip['scores'][key]:.0f} {unit}" for side, who, key in sides}
    return side_by_side.Pair(clip["prompt"], Path(clip["base"]), Path(clip["lora"]), **labels)


def _compared(run: Run, job: Job, kind: str) -> list[dict[str, Any]]:
    """The first and the last preview of each prompt, with their figures."""
    videos = {(preview.step, preview.index): preview.video for preview in run.previews}
    rows = []
    for i, sample in enumerate(job.samples):
        base, lora = videos[0, i], videos[job.train.steps, i]
        figures = {side: round(SCORE[kind][1](_frames(clip)), 1) for side, clip in (("base", base), ("lora", lora))}
        image = str(sample.image) if sample.image else None
        rows.append({"prompt": sample.prompt, "image": image, "base": str(base), "lora": str(lora), "scores": figures})
    return rows


def _frames(clip: Path):
    return read_frames(clip, range(probe(clip).frames))
