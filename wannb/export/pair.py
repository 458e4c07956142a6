"""Export one checkpoint of each expert: two files that load in ComfyUI and diffusers, and what loads them."""

import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from wannb.export import comfyui, diffusers_script
from wannb.files import replacing, write_atomically
from wannb.job import Job, schedule
from wannb.refusal import Refusal
from wannb.wan import lora_file, tiny

FORMATS = ("comfyui", "diffusers")
CLIP = {  # what a job without samples leaves open
    "prompt": "",
    "negative": "",
    "width": 832,
    "height": 480,
    "num_frames": 81,
    "fps": 16,
    "steps": 20,
    "guidance_scale": 3.5,
    "guidance_scale_2": None,
    "seed": 42,
}


@dataclass(frozen=True)
class ExportResult:
    """`files`: the LoRA files, high first; `workflow`: what loads them, a ComfyUI workflow or a diffusers script;
    `extras`: the workflow's API form, the start image."""

    files: list[Path]
    workflow: Path
    extras: list[Path]

    def to_dict(self) -> dict:
        return {key: [str(p) for p in v] if isinstance(v, list) else str(v) for key, v in asdict(self).items()}


def export(
    run_dir: str | Path,
    to: str = "comfyui",
    high: int | None = None,
    low: int | None = None,
    out: str | Path | None = None,
) -> ExportResult:
    """Copy the pair of the steps `high` and `low` (None: the final file, or the newest checkpoint of a run that is not
    done) to `out` (default `<run>/export/<to>`) and write beside it the workflow ("comfyui") or script ("diffusers").

    Both formats are the same files: format A of formats.md 2.3 loads everywhere. A LoKr's script reads them through
    PEFT, since diffusers' pipelines know Wan's names in LoRA files only. Raises Refusal for a folder that is no run, a
    step that was not saved, a damaged file, an unknown format.
    """
    if to not in FORMATS:
        raise Refusal(f"There is no export to {to!r}: choose {' or '.join(FORMATS)}.")
    run_dir = Path(run_dir)
    if not (run_dir / "config.yaml").is_file():
        raise Refusal(f"{run_dir} is no run directory, it has no config.yaml: give the folder that training made.")
    job = Job.load(run_dir / "config.yaml")
    out = Path(out) if out is not None else run_dir / "export" / to
    wanted = {"high": high, "low": low}
    _refuse_untrained(job, wanted)
    sources = {expert: checkpoint(run_dir, job.name, expert, wanted[expert]) for expert in job.stages}
    headers = {expert: lora_file.read(path)[1] for expert, path in sources.items()}
    files = {expert: _copy(path, out / path.name) for expert, path in sources.items()}
    image = _copy_image(job, out)
    facts = next(iter(headers.values()))
    clip = _clip(job, facts) | {"image": image.name if image else "start.png"}
    if to == "comfyui":
        workflow, extras = _write_comfyui(job, out, files, clip)
    else:
        workflow, extras = _write_diffusers(job, out, files, clip | {"kind": facts.get("wannb.kind", "lora")})
    return ExportResult(list(files.values()), workflow, extras + ([image] if image else []))


def checkpoint(run_dir: Path, name: str, expert: str, step: int | None) -> Path:
    """The file of `expert` after `step` in the run of the job `name`; None: the final one, else the newest.

    Files bear the job's name, so a run directory may have been renamed. Raises Refusal where there is none.
    """
    folder = run_dir / "checkpoints"
    numbered = re.compile(re.escape(name) + rf"_(\d{{9}})_{expert}_noise\.safetensors")
    steps = {int(found[1]): path for path in folder.glob("*.safetensors") if (found := numbered.fullmatch(path.name))}
    final = folder / f"{name}_{expert}_noise.safetensors"
    if step is None and (final.is_file() or steps):
        return final if final.is_file() else steps[max(steps)]
    if step in steps:
        return steps[step]
    what = "file" if step is None else f"file of step {step}"
    saved = ", ".join(map(str, sorted(steps))) or "none"
    raise Refusal(f"{run_dir} has no {what} of the {expert}-noise expert: its saved steps are {saved}.")


def _refuse_untrained(job: Job, wanted: dict[str, int | None]) -> None:
    for expert, step in wanted.items():
        if step is not None and expert not in job.stages:
            raise Refusal(f"{job.name} did not train the {expert}-noise expert: leave out --{expert}.")


def _copy(source: Path, target: Path) -> Path:
    if source.resolve() != target.resolve():
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
    return target


def _write_comfyui(job: Job, out: Path, files: dict[str, Path], clip: dict) -> tuple[Path, list[Path]]:
    names = {expert: path.name for expert, path in files.items()}
    graphs = comfyui.workflow(job.task, names, prefix=f"video/{job.name}", **clip)
    target, api = out / f"{job.name}_workflow.json", out / f"{job.name}_workflow_api.json"
    write_atomically(target, json.dumps(graphs.ui, indent=1, ensure_ascii=False) + "\n")
    write_atomically(api, json.dumps(graphs.api, indent=1, ensure_ascii=False) + "\n")
    return target, [api]


def _write_diffusers(job: Job, out: Path, files: dict[str, Path], clip: dict) -> tuple[Path, list[Path]]:
    names = {expert: path.name for expert, path in files.items()}
    base = job.model.name_or_path
    if base in tiny.NAMES:  # plain diffusers does not know the tiny Wan's name, only its folder
        base = str(tiny.folder(tiny.NAMES[base]))
    target = out / f"{job.name}_diffusers.py"
    write_atomically(target, diffusers_script.script(job.task, names, base, **clip))
    return target, []


def _clip(job: Job, header: dict[str, str]) -> dict:
    """The clip that the workflow is set to: the job's first sample, else CLIP.

    Shift and boundary: the job's own, else those the run trained with, as its files say, else the model's.
    """
    sample = next(iter(job.samples), None)
    clip = {name: getattr(sample, name, default) for name, default in CLIP.items()}
    clip["negative"] = clip["negative"] or ""
    for name, of_task in (("shift", schedule.SHIFT), ("boundary", schedule.BOUNDARY)):
        own = getattr(job.wannb, name)
        clip[name] = own if own is not None else float(header.get(f"wannb.{name}", of_task[job.task]))
    return clip


def _copy_image(job: Job, out: Path) -> Path | None:
    """The first sample's control image, beside the files under a name of its own; None where the job has none."""
    image = getattr(next(iter(job.samples), None), "image", None)
    if job.task != "i2v" or image is None or not Path(image).is_file():
        return None
    return _copy(Path(image), out / f"{job.name}_start{Path(image).suffix}")
