"""A whole run at full size on this GPU from random weights: what breaks only at size breaks here.

python -m tools.rehearsal OUT [--quantize float8] [--steps 40] [--frames 41] [--preview-frames 81]

Made-up clips are cached by the real text encoder's and VAE's shapes, both experts train, the trainer is killed half-way
and resumed, a clip is previewed, the pair exported; every part is a command that users run. Prints what each took.
With --side 512 768 1024 --steps 60 --projected the job draws clips of three sizes, and what `wannb fit` says of it
beforehand stands beside what its steps took.
With --model wannb/tiny-wan2.2-i2v --device cpu --side 64 --preview-size 64 64 it rehearses in small.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data.video_file import write_mp4
from wannb.job import Job
from wannb.runs.run import Run

CLIPS = 4
POLL = 0.5  # seconds


def job_of(asked: argparse.Namespace) -> Job:
    """The job: image-to-video, both experts in turn, one preview after the last step."""
    folder = asked.out / "clips"
    clips(folder, asked.frames, max(asked.side))
    job = Job.recipe("motion", "i2v", data=folder, name="rehearsal")
    job.training_folder, job.device, job.model.name_or_path = str(asked.out / "runs"), asked.device, asked.model
    job.model.low_vram = asked.low_vram
    job.model.quantize = job.model.quantize_te = bool(asked.quantize)
    job.model.qtype = asked.quantize or job.model.qtype
    job.datasets[0].resolution, job.datasets[0].num_frames = asked.side, asked.frames
    job.train.steps, job.train.switch_boundary_every, job.saving.save_every = asked.steps, 5, max(1, asked.steps // 4)
    job.train.dtype, job.train.optimizer = ("fp32" if asked.device == "cpu" else "bf16"), "adamw"
    job.wannb.compile = asked.device != "cpu"
    job.sample.width, job.sample.height = asked.preview_size
    job.sample.num_frames, job.sample.sample_steps = asked.preview_frames, asked.preview_steps
    job.sample.sample_every, job.train.skip_first_sample = asked.steps, True
    del job.sample.samples[1:]
    job.sample.samples[0].ctrl_img = str(asked.out / "first.png")
    return job


def clips(folder: Path, frames: int, side: int) -> None:
    """Write CLIPS clips of moving noise with captions into `folder`, and a first frame beside it."""
    numbers = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(CLIPS):
        still = numbers.integers(0, 255, (side, side, 3), dtype=np.uint8)
        write_mp4(folder / f"{number}.mp4", np.stack([np.roll(still, 4 * frame, axis=1) for frame in range(frames)]))
        (folder / f"{number}.txt").write_text("noise that moves to the right")
    Image.fromarray(still).save(folder.parent / "first.png")


def wannb(*words: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "wannb", *words])


def done(process: subprocess.Popen) -> None:
    if code := process.wait():
        raise SystemExit(f"{' '.join(process.args[2:])} ended with exit code {code}")


def killed_at(step: int, job_file: Path, run: Path) -> None:
    """Train until `step`, then kill the trainer as a power cut would."""
    process = wannb("train", str(job_file))
    while process.poll() is None and reached(run) < step:
        time.sleep(POLL)
    process.send_signal(signal.SIGKILL)
    process.wait()


def reached(run: Path) -> int:
    rows = Run(run).metrics() if (run / "config.yaml").exists() else []
    return rows[-1]["step"] if rows else 0


def parts(asked: argparse.Namespace, job: Job, job_file: Path) -> dict[str, Callable[[], None]]:
    """What is rehearsed, in order."""
    run = Path(job.run_dir)
    first = {"fit": lambda: projected(job_file, asked.out / "fit.json")} if asked.projected else {}
    return first | {
        "check": lambda: done(wannb("check", str(job_file))),
        "cache": lambda: done(wannb("cache", str(job_file))),
        "train, killed half-way": lambda: killed_at(asked.steps // 2 + 1, job_file, run),
        "resume, train, preview": lambda: done(wannb("train", str(job_file), "--resume")),
        "export": lambda: done(wannb("export", str(run), "--to", "comfyui", "-o", str(asked.out / "export"))),
    }


def projected(job_file: Path, into: Path) -> None:
    """Write what `wannb fit` measures and projects."""
    with into.open("w") as file:
        command = [sys.executable, "-m", "wannb", "fit", str(job_file), "--json", "--steps", "3"]
        if code := subprocess.call(command, stdout=file):
            raise SystemExit(f"fit ended with exit code {code}: {into.read_text()}")


def beside(run: Run, fit: Path) -> dict[str, object]:
    """The projected mean of a step and that of the run, without the first steps of each size, expert and process."""
    if not fit.exists():
        return {}
    seen, later = set(), []
    for row in run.metrics():
        kind = row["tokens"], row["stage"], row["step"] > run.config.train.steps // 2 + 1
        later += [row["seconds"]] if kind in seen else []
        seen.add(kind)
    said, mean = json.loads(fit.read_text()), sum(later) / len(later)
    return {"projected_s": said["s_per_step"], "mean_s": mean, "fit_peak_gib": said["peak_reserved_gib"]}


def told(run: Run) -> dict[str, object]:
    """What the run says of itself: each step once, seconds of the later half of each expert's, the highest peak."""
    rows = run.metrics()
    later = {stage: [row["seconds"] for row in rows if row["stage"] == stage][-5:] for stage in ("high", "low")}
    return {
        "steps": [row["step"] for row in rows] == list(range(1, len(rows) + 1)) and len(rows),
        "seconds": {stage: sorted(values)[len(values) // 2] for stage, values in later.items() if values},
        "peak_gib": max(row["memory_gib"] for row in rows),
        "checkpoints": len(run.checkpoints),
        "previews": sorted(str(path.relative_to(run.path)) for path in run.path.glob("previews/*/*.mp4")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.rehearsal", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="random")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quantize", help="what the experts and the text encoder are held in; without: bf16")
    parser.add_argument("--low-vram", action="store_true")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--frames", type=int, default=41)
    parser.add_argument("--side", type=int, nargs="+", default=[512])
    parser.add_argument("--projected", action="store_true", help="with what `wannb fit` says beforehand")
    parser.add_argument("--preview-frames", type=int, default=81)
    parser.add_argument("--preview-size", type=int, nargs=2, default=(832, 480), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--preview-steps", type=int, default=8)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True)
    job, job_file = job_of(asked), asked.out / "job.yaml"
    job.save(job_file)
    took = {}
    for name, part in parts(asked, job, job_file).items():
        began = time.monotonic()
        part()
        took[name] = round(time.monotonic() - began, 1)
        print(f"--- {name}: {took[name]} s", flush=True)
    run = Run(job.run_dir)
    print(json.dumps({"took": took, **told(run), **beside(run, asked.out / "fit.json")}, indent=1))


if __name__ == "__main__":
    main()
