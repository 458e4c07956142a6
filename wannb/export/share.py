"""A folder that is ready for the hub: the pair with all its facts, a card with pictures, what loads it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

from wannb.data import listing
from wannb.export import clip, comfyui, diffusers_script, header, hub, moving_picture
from wannb.export.model_card import NAMED, PIPELINE, Card, Shown, base_of
from wannb.export.pair import job_of, pair
from wannb.files import write_atomically
from wannb.job import Job
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish
from wannb.wan.adapters import lora_file

PICTURES = "pictures"


@dataclass(frozen=True)
class Shared:
    """`folder` and its `files`; `url`: where it was pushed to, or None; `unseen`: prompts without a picture, since the
    run has no clip of base and LoRA for them."""

    folder: Path
    files: list[Path]
    url: str | None
    unseen: list[str]

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "folder": str(self.folder), "files": [str(path) for path in self.files]}


def share(
    run: str | PathLike[str],
    out: str | Path | None = None,
    push: str | None = None,
    *,
    high: int | None = None,
    low: int | None = None,
    private: bool = False,
    update: bool = False,
    license: str | None = None,
) -> Shared:
    """Write the folder `out` (default `<run>/share`) for the pair of the steps `high` and `low` (None: the last).

    It holds the two files with the facts of `modelspec.*`, `ss_*` and `wannb.*`, README.md, pictures of base against
    LoRA from clips that the run has, the ComfyUI workflow and a diffusers script; no path of this machine. Only with
    `push` ("owner/name") it goes to the hub, `private`, `update` as in `hub.push`. Raises Refusal as `export` does.
    """
    run = Path(run)
    job = job_of(run)
    if push:
        hub.checked(push)
    out = Path(out) if out is not None else run / "share"
    sources = pair(run, job, high, low)
    headers = {expert: lora_file.read(path)[1] for expert, path in sources.items()}
    sets = _sets(job)
    out.mkdir(parents=True, exist_ok=True)
    files = [_copy(job, path, out / path.name, headers[expert], sets) for expert, path in sources.items()]
    shown = _shown(run, job, headers, out)
    files += [out / one.picture for one in shown if one.picture]
    files += _loading(job, out, {expert: path.name for expert, path in sources.items()}, headers)
    card = _card(job, sources, headers, shown, sets, license)
    write_atomically(out / "README.md", str(card))
    files.append(out / "README.md")
    url = hub.push(out, push, private, update) if push else None
    return Shared(out, files, url, [one.prompt for one in shown if not one.picture])


def _copy(
    job: Job, source: Path, target: Path, facts: dict[str, str], sets: list[tuple[int, int, str]]
) -> Path:
    trained = datetime.fromtimestamp(source.stat().st_mtime, UTC)
    expert = facts.get("wannb.expert", "")
    wanted = clip.chosen(job)
    more = {
        "modelspec.date": trained.strftime("%Y-%m-%d"),
        "modelspec.description": f"For the {expert}-noise expert of {NAMED[job.task]}; the other file is its pair.",
        "modelspec.tags": ", ".join(["lora", "wan2.2", PIPELINE[job.task], job.wannb.kind or ""]).rstrip(", "),
        "modelspec.resolution": f"{wanted.width}x{wanted.height}",
        "modelspec.prediction_type": "flow",
        "modelspec.usage_hint": f"Load it at the {expert}-noise expert, strength 1.",
        "ss_network_module": "networks.lora",
        "ss_learning_rate": f"{job.lr(expert):g}" if expert in job.stages else "",
        "ss_optimizer": job.train.optimizer,
        "ss_seed": str(job.seed),
        "ss_mixed_precision": job.train.dtype,
        "ss_num_train_images": str(sum(count for count, *_ in sets)),
        "ss_training_comment": "wannb",
    }
    header.copy_with(source, target, {key: value for key, value in more.items() if value})
    return target


def _shown(run: Path, job: Job, headers: dict[str, dict[str, str]], out: Path) -> list[Shown]:
    """Every prompt of the job, with a picture of base against LoRA where the run has both clips."""
    shelf, shown = Shelf(run), []
    steps = {expert: int(headers[expert]["wannb.steps"]) if expert in headers else 0 for expert in ("high", "low")}
    for index, sample in enumerate(job.samples):
        wish = Wish.of(sample, steps["high"], steps["low"])
        base, lora = shelf.find(wish.base), shelf.find(wish)
        name = f"{PICTURES}/{index}.webp"
        if base and lora:
            moving_picture.write(out / name, base.video, lora.video, sample.fps)
        shown.append(Shown(sample.prompt, name if base and lora else None))
    return shown


def _loading(job: Job, out: Path, names: dict[str, str], headers: dict[str, dict[str, str]]) -> list[Path]:
    """The workflow, the script and the first sample's start image; nothing for a tiny Wan, which only wannb has."""
    base = base_of(job)
    if base is None:
        return []
    sample = clip.chosen(job)
    facts = next(iter(headers.values()))
    image = clip.copy_image(job, sample, out)
    given = clip.settings(job, sample, facts) | {"image": image.name if image else "start.png"}
    given["strengths"] = dict.fromkeys(("high", "low"), sample.network_multiplier)
    target = out / f"{job.name}_workflow.json"
    graphs = comfyui.workflow(job.task, names, prefix=f"video/{job.name}", **given)
    write_atomically(target, json.dumps(graphs.ui, indent=1, ensure_ascii=False) + "\n")
    script = out / f"{job.name}_diffusers.py"
    kind = facts.get("wannb.kind", "lora")
    write_atomically(script, diffusers_script.script(job.task, names, base, kind=kind, **given))
    return [target, script, *([image] if image else [])]


def _card(
    job: Job,
    sources: dict[str, Path],
    headers: dict[str, dict[str, str]],
    shown: list[Shown],
    sets: list[tuple[int, int, str]],
    license: str | None,
) -> Card:
    sample = clip.chosen(job)
    given = clip.settings(job, sample, next(iter(headers.values())))
    base, files = base_of(job), {}
    for expert, path in sources.items():
        steps, rank = (headers[expert].get(f"wannb.{key}", "whole") for key in ("steps", "rank"))
        files[expert] = (path.name, steps, rank, sample.network_multiplier)
    return Card(
        job=job,
        base_model=base,
        files=files,
        shown=shown,
        sets=sets,
        shift=given["shift"],
        boundary=given["boundary"],
        clip=sample,
        workflow=f"{job.name}_workflow.json" if base else None,
        script=f"{job.name}_diffusers.py" if base else None,
        kind=next(iter(headers.values())).get("wannb.kind", "lora"),
        license=license,
    )


def _sets(job: Job) -> list[tuple[int, int, str]]:
    """(clips, frames, sizes in pixels) of each data set whose folder is still there; nothing else of it is told."""
    found = []
    for one in job.datasets:
        if one.folder_path and Path(one.folder_path).is_dir():
            count = len(listing.listed(Path(one.folder_path)).files)
            found.append((count, one.num_frames, ", ".join(map(str, one.resolution))))
    return found
