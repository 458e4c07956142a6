"""Export one checkpoint of each expert: two files that load in ComfyUI and diffusers, and what loads them."""

import json
import math
import re
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path

from wannb.export import clip, comfyui, diffusers_script, earlier
from wannb.export.distilled import Distilled
from wannb.files import write_atomically
from wannb.job import Job
from wannb.job.model import BASES
from wannb.job.parts import diffusers_folder
from wannb.refusal import Refusal
from wannb.wan.adapters import lora_file
from wannb.wan.loading import tiny

FORMATS = ("comfyui", "diffusers")


@dataclass(frozen=True)
class ExportResult:
    """`files`: the LoRA files, high first; `workflow`: what loads them, a ComfyUI workflow or a diffusers script;
    `extras`: the workflow's API form, the start image. `replaced`: files of an earlier export that were taken away,
    `beside`: others that stay, which nothing here loads."""

    files: list[Path]
    workflow: Path
    extras: list[Path]
    replaced: list[Path]
    beside: list[Path]

    def to_dict(self) -> dict:
        return {key: [str(p) for p in v] if isinstance(v, list) else str(v) for key, v in asdict(self).items()}

    @property
    def about_earlier(self) -> str:
        """A sentence on the files of earlier exports; "" where there are none."""
        gone, stay = (", ".join(path.name for path in paths) for paths in (self.replaced, self.beside))
        said = [f"In place of {gone}, which the run still has in checkpoints/."] if gone else []
        said += [f"Beside them lie {stay} of another export, which nothing here loads."] if stay else []
        return " ".join(said)


def export(
    run_dir: str | PathLike[str],
    to: str = "comfyui",
    high: int | None = None,
    low: int | None = None,
    out: str | Path | None = None,
    *,
    high_strength: float | None = None,
    low_strength: float | None = None,
    sample: int = 0,
    prompt: str | None = None,
    distilled: Distilled | None = None,
) -> ExportResult:
    """Copy the pair of the steps `high` and `low` (None: the final file, or the newest checkpoint of a run that is not
    done) to `out` (default `<run>/export/<to>`) and write beside it the workflow ("comfyui") or script ("diffusers").

    It is set to the clip of the job's `sample` (from 0), with another `prompt` where one is given, at the strengths
    given (None: the sample's LoRA Scale); with `distilled` it also loads that pair and takes its steps, shift and
    guidance 1.

    The run's own export folder holds one pair: copies of other checkpoints of the run, from an earlier export, are
    taken away. In a folder that was given, and where the run has no such checkpoint any more, all stays.

    Both formats are the same files: format A of formats.md 2.3 loads everywhere. A LoKr's script reads them through
    PEFT, since diffusers' pipelines know Wan's names in LoRA files only. Raises Refusal for a folder that is no run, a
    step that was not saved, a damaged file, an unknown format, a sample that the job has not.
    """
    if to not in FORMATS:
        raise Refusal(f"There is no export to {to!r}: choose {' or '.join(FORMATS)}.")
    run_dir = Path(run_dir)
    job = job_of(run_dir)
    own = run_dir / "export" / to
    out = Path(out) if out is not None else own
    wanted = clip.chosen(job, sample, prompt)
    strengths = {"high": high_strength, "low": low_strength}
    strengths = {key: wanted.network_multiplier if v is None else v for key, v in strengths.items()}
    if not all(map(math.isfinite, strengths.values())):
        raise Refusal("The strength of a LoRA is a finite number: 1 is as trained, 0 the base.")
    sources = pair(run_dir, job, high, low)
    headers = {expert: lora_file.read(path)[1] for expert, path in sources.items()}
    facts = next(iter(headers.values()))
    if to == "diffusers" and distilled and facts.get("wannb.kind") == "lokr":
        raise Refusal(f"{job.name} is a LoKr, which diffusers does not run beside a LoRA: export it to comfyui.")
    files = {expert: clip.copy(path, out / path.name) for expert, path in sources.items()}
    image = clip.copy_image(job, wanted, out)
    given = clip.settings(job, wanted, facts) | {"image": image.name if image else "start.png"}
    given = distilled.over(given) | {"distilled": distilled.names} if distilled else given
    given["strengths"] = strengths
    if to == "comfyui":
        workflow, extras = _write_comfyui(job, out, files, given)
    else:
        workflow, extras = _write_diffusers(job, out, files, given | {"kind": facts.get("wannb.kind", "lora")})
    older = earlier.beside(out, job.name, files.values())
    replaced = earlier.take_away(older, run_dir / "checkpoints") if out.resolve() == own.resolve() else []
    stay = [path for path in older if path not in replaced]
    return ExportResult(list(files.values()), workflow, extras + ([image] if image else []), replaced, stay)


def job_of(run_dir: Path) -> Job:
    """The job of a run directory; raises Refusal where it is none."""
    if not (run_dir / "config.yaml").is_file():
        raise Refusal(f"{run_dir} is no run directory, it has no config.yaml: give the folder that training made.")
    return Job.load(run_dir / "config.yaml")


def pair(run_dir: Path, job: Job, high: int | None, low: int | None) -> dict[str, Path]:
    """Expert -> its file after the wanted step, high first; an expert that was not trained has none. Raises Refusal
    where a step is wanted of one, or was not saved."""
    wanted = {"high": high, "low": low}
    for expert, step in wanted.items():
        if step is not None and expert not in job.stages:
            raise Refusal(f"{job.name} did not train the {expert}-noise expert: leave out --{expert}.")
    return {expert: checkpoint(run_dir, job.name, expert, wanted[expert]) for expert in job.stages}


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


def _write_comfyui(job: Job, out: Path, files: dict[str, Path], given: dict) -> tuple[Path, list[Path]]:
    names = {expert: path.name for expert, path in files.items()}
    graphs = comfyui.workflow(job.task, names, prefix=f"video/{job.name}", **given)
    target, api = out / f"{job.name}_workflow.json", out / f"{job.name}_workflow_api.json"
    write_atomically(target, json.dumps(graphs.ui, indent=1, ensure_ascii=False) + "\n")
    write_atomically(api, json.dumps(graphs.api, indent=1, ensure_ascii=False) + "\n")
    return target, [api]


def _write_diffusers(job: Job, out: Path, files: dict[str, Path], given: dict) -> tuple[Path, list[Path]]:
    names = {expert: path.name for expert, path in files.items()}
    base = job.model.name_or_path
    if base in tiny.NAMES:  # plain diffusers does not know the tiny Wan's name, only its folder
        base = str(tiny.folder(tiny.NAMES[base]))
    elif Path(base).exists() and not diffusers_folder.is_one(Path(base)):  # it cannot load ComfyUI's files as a whole
        base = BASES[job.model.arch]
    target = out / f"{job.name}_diffusers.py"
    write_atomically(target, diffusers_script.script(job.task, names, base, **given))
    return target, []
