"""The Playground's fields: what they begin with, and the wish they make, or what is wrong with which of them."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

from wannb.job import Job
from wannb.job.frame_counts import MOST_FRAMES
from wannb.job.sample import MOST_SEED, SampleItem
from wannb.job.samples import Sample
from wannb.refusal import Refusal
from wannb.runs.clips.saved import saved_steps
from wannb.runs.clips.wish import BASE, Wish
from wannb.runs.run import Run

EXPERTS = ("high", "low")
SIDE = 16  # pixels: the VAE's 8 times the transformer's 2
WHOLE = {
    "seed": (0, MOST_SEED),
    "steps": (1, 1000),
    "width": (SIDE, 8192),
    "height": (SIDE, 8192),
    "num_frames": (1, MOST_FRAMES),
}
LABELS = {
    "seed": "seed", "steps": "number of steps", "width": "width", "height": "height", "num_frames": "number of frames",
    "guidance_scale": "guidance", "guidance_scale_2": "guidance", "high_strength": "strength",
    "low_strength": "strength",
}  # fmt: skip

Form = dict[str, Any]


def begun(job: Job, steps: dict[str, list[int]]) -> list[Form]:
    """The fields as each of the job's samples has them, with the newest pair of `steps` (expert -> ascending); where
    the job has no sample, one without a prompt."""
    samples = job.samples or _without_prompt(job)
    newest = {expert: steps[expert][-1] if steps[expert] else BASE for expert in EXPERTS}
    return [form_of(Wish.of(sample, newest["high"], newest["low"])) for sample in samples]


def form_of(wish: Wish) -> Form:
    """The fields that `wish_of` reads as `wish`."""
    return wish.to_dict() | {"image": str(wish.image) if wish.image else ""}


def wish_of(form: Form, run: Run, image_at: Callable[[str], Path]) -> Wish:
    """Return what the fields ask for; `image_at` finds the file behind the field `image`. Raises Faults."""
    job, faults = run.config, {}
    read: Form = {name: str(form.get(name) or "") for name in ("prompt", "negative")}
    read["fps"] = int(form.get("fps") or job.sample.fps)
    readers = {**dict.fromkeys(WHOLE, _whole), **dict.fromkeys(LABELS.keys() - WHOLE.keys(), _number)}
    readers |= {expert: lambda name, value: _step(run, name, value) for expert in EXPERTS}
    readers |= {"image": lambda _name, value: _image(job, str(value or "").strip(), image_at)}
    for name, reader in readers.items():
        try:
            read[name] = reader(name, form.get(name))
        except Refusal as refusal:
            faults[name] = str(refusal)
    if faults:
        raise Faults(faults)
    return Wish(**read)


class Faults(Refusal):
    """What is wrong with the fields: `said` has a sentence for each that is."""

    def __init__(self, said: dict[str, str]):
        super().__init__(" ".join(said.values()))
        self.said = said


def _without_prompt(job: Job) -> list[Sample]:
    job.sample.samples = [SampleItem.new(prompt="")]
    return job.samples


def _whole(name: str, value: Any) -> int:
    least, most = WHOLE[name]
    number = _number(name, value)
    if number != int(number) or not least <= number <= most:
        raise Refusal(f"The {LABELS[name]} is a whole number from {least} to {most:,}.")
    number = int(number)
    if name in ("width", "height") and number % SIDE:
        below = number // SIDE * SIDE
        raise Refusal(f"The {name} is a multiple of {SIDE} pixels: {below} or {below + SIDE}.")
    if name == "num_frames" and number % 4 != 1:
        below = (number - 1) // 4 * 4 + 1
        raise Refusal(f"Wan makes 4n+1 frames: {max(1, below)} or {below + 4}.")
    return number


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Refusal(f"Give a number for the {LABELS[name]}.") from None
    if not isfinite(number) or number < 0:
        raise Refusal(f"The {LABELS[name]} is a number from 0 up.")
    return number


def _step(run: Run, expert: str, value: Any) -> int:
    step = int(value or BASE)
    if step != BASE and expert in run.config.stages and step not in saved_steps(run, expert):
        raise Refusal(f"The {expert}-noise file of step {step:,} is not there any more: choose another.")
    return step


def _image(job: Job, value: str, image_at: Callable[[str], Path]) -> Path | None:
    if job.task != "i2v":
        return None
    if not value:
        raise Refusal("Image-to-video starts from a first frame: choose one, or give the path of an image.")
    return image_at(value)
