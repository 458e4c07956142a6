"""Preflight of places on the disk: where runs are written, and folders that get into each other's way."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from wannb.job.cures import Drop, Put
from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.words import say

Findings = Iterator[Finding]
OUTPUT = "training_folder"


def place_findings(job: Job) -> Findings:
    for rule in (_output, _among_clips, _twice, _there):
        yield from rule(job)


def _output(job: Job) -> Findings:
    place = _standing(Path(job.training_folder))
    if not place.is_dir():
        message = say(
            "Runs cannot be written to {folder!r}: {place!r} is a file.", folder=job.training_folder, place=str(place)
        )
        yield Finding("output-not-writable", "error", OUTPUT, message, say("Choose another Output Directory."))
    elif not _writable(place):
        message = say(
            "Runs cannot be written to {folder!r}: nothing may be made in {place!r}.",
            folder=job.training_folder,
            place=str(place),
        )
        yield Finding("output-not-writable", "error", OUTPUT, message, say("Choose another Output Directory."))


def _standing(path: Path) -> Path:
    """`path`, or what of it is there already."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists() or place == place.parent)


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _among_clips(job: Job) -> Findings:
    """Previews are clips, so a run inside a data set's folder is trained on by the next one."""
    for dataset in job.datasets:
        folder = Path(dataset.folder_path).resolve() if dataset.folder_path else None
        if folder and folder.is_dir() and _taken_for_clips(job.run_dir.resolve(), folder):
            message = say(
                "Runs are written inside the clip folder {folder_path!r}: previews would become clips.",
                folder_path=dataset.folder_path,
            )
            beside = _beside(job, folder)
            cure = Put({OUTPUT: str(beside)}) if beside else None
            yield Finding("output-in-clips", "warning", OUTPUT, message, say("Write them beside it."), cure)
            return


def _taken_for_clips(run: Path, folder: Path) -> bool:
    """Whether files of `run` would be listed among those of `folder`: hidden folders and `_…` are not."""
    return run.is_relative_to(folder) and not any(part.startswith((".", "_")) for part in run.relative_to(folder).parts)


def _beside(job: Job, folder: Path) -> Path | None:
    """A writable place for runs that is in no data set's folder."""
    folders = [Path(one.folder_path).resolve() for one in job.datasets if one.folder_path]
    for parent in folder.parents:
        place = parent / "output"
        inside = any(place.is_relative_to(one) for one in folders)
        if not inside and _standing(place).is_dir() and _writable(_standing(place)):
            return place
    return None


def _twice(job: Job) -> Findings:
    """One folder in two sets, of which some clips come at one size and length twice."""
    first: dict[tuple, int] = {}
    for i, dataset in enumerate(job.datasets):
        if not dataset.folder_path or not dataset.network_weight:
            continue
        frames = (dataset.num_frames, dataset.shrink_video_to_frames, dataset.auto_frame_count, dataset.fps)
        for side in dataset.resolution:
            same = (Path(dataset.folder_path).resolve(), side, frames, dataset.is_reg)
            other = first.setdefault(same, i)
            if other != i:
                message = say(
                    "Data sets {first} and {number} are one folder at {side} px: its clips count twice.",
                    first=other + 1,
                    number=i + 1,
                    side=side,
                )
                fix = say("Take one of them out; for more draws set Num Repeats.")
                alike = dataset.model_dump() == job.datasets[other].model_dump()
                cure = Drop("datasets", (i,)) if alike else None
                yield Finding("same-folder-twice", "warning", f"datasets[{i}].folder_path", message, fix, cure)
                break


def _there(job: Job) -> Findings:
    if (job.run_dir / "config.yaml").exists():
        name = _free_name(job)
        message = say("{folder!r} holds a run already: it can be resumed, not begun anew.", folder=str(job.run_dir))
        fix = say("Resume it, or name this one {name}.", name=name)
        yield Finding("run-exists", "info", "name", message, fix, Put({"name": name}))


def _free_name(job: Job) -> str:
    """The name with the next version number that no folder has: `orbit_v1` → `orbit_v2`."""
    found = re.fullmatch(r"(.*)_v(\d{1,6})", job.name)
    stem, number = (found[1], int(found[2])) if found else (job.name, 1)
    while True:
        number += 1
        name = f"{stem}_v{number}"
        if not (Path(job.training_folder) / name).exists():
            return name
