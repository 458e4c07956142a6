"""A clip from any pair of a run's checkpoints (`wannb sample`), made here and now."""

from dataclasses import replace
from pathlib import Path

from wannb.data import video_file
from wannb.job import Job
from wannb.job.sample import SampleItem
from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.runs.clips.making import Maker
from wannb.runs.clips.wish import BASE, Wish
from wannb.runs.previews import facts_of
from wannb.runs.run import Run


def sample(
    run: Run | str | Path,
    high: int | None = None,
    low: int | None = None,
    prompt: str | None = None,
    image: str | Path | None = None,
    *,
    negative: str | None = None,
    seed: int | None = None,
    steps: int | None = None,
    guidance_scale: float | None = None,
    width: int | None = None,
    height: int | None = None,
    num_frames: int | None = None,
    out: str | Path | None = None,
) -> Path:
    """Make one clip and return its mp4, `out` or a new name in the run's `samples/`.

    high, low: the step of each expert's checkpoint; None is the final or newest one, 0 the base without LoRA.
    What is not given is as in the job's first sample. Raises Refusal for a step without a checkpoint.
    """
    run = run if isinstance(run, Run) else Run(run)
    job = run.config
    given = {
        "prompt": prompt,
        "image": None if image is None else Path(image),
        "negative": negative,
        "seed": seed,
        "steps": steps,
        "guidance_scale": guidance_scale,
        "guidance_scale_2": guidance_scale,
        "width": width,
        "height": height,
        "num_frames": num_frames,
    }
    wanted = replace(_first(job, prompt), **{key: value for key, value in given.items() if value is not None})
    files = {"high": _file(run, "high", high), "low": _file(run, "low", low)}
    maker = Maker(job)
    frames = maker.frames(Wish.of(wanted, high or BASE, low or BASE), files)
    loaded = {expert: file.name if file else "base" for expert, file in files.items()}
    facts = {**facts_of(wanted), **loaded, "boundary": maker.model.boundary, "shift": maker.model.shift}
    out = Path(out) if out else _new_name(run)
    video_file.write_mp4(out, frames, wanted.fps, facts)
    return out


def _first(job: Job, prompt: str | None) -> Sample:
    if not job.samples and prompt is None:
        raise Refusal(f"The job {job.name} has no sample to go by: give a prompt.")
    if not job.samples:
        job.sample.samples = [SampleItem.new(prompt="")]
    return job.samples[0]


def _file(run: Run, expert: str, step: int | None) -> Path | None:
    """Return the LoRA file to load; None for the base, or where the run did not train this expert."""
    if step == BASE or expert not in run.config.stages:
        return None
    file = getattr(run.checkpoint(step), expert)
    if file is None:
        raise Refusal(f"{run.path} has no {expert}-noise file of step {step}.")
    return file


def _new_name(run: Run) -> Path:
    folder = run.path / "samples"
    number = len(list(folder.glob("*.mp4")))
    while (folder / f"{number:04d}.mp4").exists():
        number += 1
    return folder / f"{number:04d}.mp4"
