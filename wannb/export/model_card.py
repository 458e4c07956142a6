"""The hub's page of a LoRA pair: README.md with what it is, what it does, how to use it and how it was made."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from wannb.job import Job
from wannb.job.samples import Sample
from wannb.wan.loading import tiny

OFFICIAL = {"t2v": "Wan-AI/Wan2.2-T2V-A14B-Diffusers", "i2v": "Wan-AI/Wan2.2-I2V-A14B-Diffusers"}
PIPELINE = {"t2v": "text-to-video", "i2v": "image-to-video"}
NAMED = {"t2v": "Wan 2.2 T2V A14B", "i2v": "Wan 2.2 I2V A14B"}
CLASS = {"t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline"}
KINDS = {"lora": "LoRA", "lokr": "LoKr"}
EXPERT = {"high": "high noise: layout and motion", "low": "low noise: look and detail"}


@dataclass(frozen=True)
class Shown:
    """One prompt with its picture's file name; None where the run has no clips of both base and LoRA."""

    prompt: str
    picture: str | None


@dataclass(frozen=True)
class Card:
    """All that a card tells. `files`: expert -> (file name, steps, rank, strength); `sets`: (clips, frames, sizes) of
    each data set; `workflow`, `script`: file names beside it, None for a tiny Wan, which only wannb has; `clip`:
    the sample that they are set to; `kind`: lora or lokr."""

    job: Job
    base_model: str | None
    files: dict[str, tuple[str, str, str, float]]
    shown: Sequence[Shown]
    sets: Sequence[tuple[int, int, str]]
    shift: float
    boundary: float
    clip: Sample
    workflow: str | None
    script: str | None
    kind: str = "lora"
    license: str | None = None

    def __str__(self) -> str:
        parts = [self._front(), f"# {self.job.name}", self._what(), self._pictures(), self._use(), self._settings()]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _front(self) -> str:
        """The YAML that the hub reads."""
        job, task = self.job, self.job.task
        tags = [PIPELINE[task], "lora", "diffusers", "template:diffusion-lora", "wan", "wan2.2", "comfyui"]
        facts = {
            "license": self.license,
            "base_model": self.base_model,
            "base_model_relation": "adapter" if self.base_model else None,
            "pipeline_tag": PIPELINE[task],
            "library_name": "diffusers",
            "tags": tags + ([job.wannb.kind] if job.wannb.kind else []),
            "instance_prompt": job.trigger_word,
            "widget": [{"text": one.prompt, "output": {"url": one.picture}} for one in self.shown if one.picture],
        }
        facts = {key: value for key, value in facts.items() if value}
        return f"---\n{yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=110).rstrip()}\n---"

    def _what(self) -> str:
        job = self.job
        kind = job.wannb.kind or ""
        what = f"{kind} {KINDS[self.kind]}".strip()
        model = NAMED[job.task] if self.base_model else f"the tiny Wan of wannb, {PIPELINE[job.task]}"
        lines = [f"A {what} for {model}, {_both(self.files)}."]
        if job.trigger_word:
            lines.append(f"**Trigger word:** `{job.trigger_word}`. Put it in the prompt.")
        if self.base_model is None:
            lines.append("It was made for practice: no other model takes it, neither in ComfyUI nor in diffusers.")
        rows = [
            (f"[{name}]({name})", EXPERT[expert], steps, rank, f"{strength:g}")
            for expert, (name, steps, rank, strength) in self.files.items()
        ]
        return "\n\n".join([*lines, _table(("file", "expert", "steps", "rank", "strength"), rows)])

    def _pictures(self) -> str:
        if not self.shown:
            return ""
        blocks = ["## What it does"]
        if any(one.picture for one in self.shown):
            blocks.append("Left the base model, right with the LoRA; same prompt, same noise.")
        for one in self.shown:
            picture = f"![base against LoRA: {_plain(one.prompt)}]({one.picture})\n\n" if one.picture else ""
            blocks.append(f"{picture}> {' '.join(one.prompt.split())}")
        return "\n\n".join(blocks)

    def _use(self) -> str:
        if not self.workflow:
            return ""
        names = [f"`{name}`" for name, *_ in self.files.values()]
        text = (
            f"## ComfyUI\n\nPut {' and '.join(names)} into `models/loras`, and drag "
            f"[{self.workflow}]({self.workflow}) into the page: it loads each file at its expert, with the step at "
            "which they change over set for shift and boundary."
        )
        return f"{text}\n\n## diffusers\n\n{self._diffusers()}" if self.script else text

    def _diffusers(self) -> str:
        what = f"[{self.script}]({self.script}) samples the first prompt with the files beside it."
        if self.kind == "lokr":
            return what
        where = {"high": "", "low": ", load_into_transformer_2=True"}
        loads = [
            f'pipe.load_lora_weights("OWNER/NAME", weight_name="{name}"{where[expert]})'
            for expert, (name, *_) in self.files.items()
        ]
        code = [
            "import torch",
            f"from diffusers import {CLASS[self.job.task]}",
            "",
            f'pipe = {CLASS[self.job.task]}.from_pretrained("{self.base_model}", torch_dtype=torch.bfloat16)',
            *loads,
        ]
        return f"{what} The lines that matter:\n\n```python\n" + "\n".join(code) + "\n```"

    def _settings(self) -> str:
        job, train, clip = self.job, self.job.train, self.clip
        rows = [
            ("base model", self.base_model or job.model.name_or_path),
            ("steps", f"{train.steps}, of which {job.wannb.high_noise_share:.0%} for the high-noise expert"
             if len(job.stages) == 2 else f"{train.steps}"),
            ("learning rate", ", ".join(f"{job.lr(expert):g} ({expert} noise)" for expert in job.stages)),
            ("optimizer", f"{train.optimizer}, batch {train.batch_size}"),
            ("timesteps", f"{train.timestep_type}, {train.content_or_style}"),
            ("shift, boundary", f"{self.shift:g}, {self.boundary:g}"),
            ("precision", f"{train.dtype}, saved as {job.saving.dtype}"),
            ("trained on", "; ".join(_set(*one) for one in self.sets) or "not told"),
            ("seed", f"{job.seed}"),
            ("clips above", f"{clip.width} × {clip.height} px, {clip.num_frames} frames, {clip.steps} steps, guidance "
             f"{clip.guidance_scale:g}, first seed {clip.seed}"),
        ]  # fmt: skip
        text = f"## Settings\n\n{_table(('setting', 'value'), rows)}"
        return f"{text}\n\nTrained with wannb."


def base_of(job: Job) -> str | None:
    """The hub id of the base that the card names: the job's own, the official one of its task for a local folder, none
    for a tiny Wan, which is on no hub."""
    name = job.model.name_or_path
    if name in tiny.NAMES:
        return None
    local = name.startswith(("/", ".", "~", "\\")) or name.count("/") != 1 or ":" in name
    return OFFICIAL[job.task] if local or not name else name.partition("@")[0]


def _both(files: dict[str, object]) -> str:
    if len(files) == 2:
        return "one file for each of its two experts"
    return f"for its {next(iter(files))}-noise expert alone"


def _set(clips: int, frames: int, sizes: str) -> str:
    return f"{clips} {'clip' if clips == 1 else 'clips'}, {frames} frames each at {sizes} px"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", r"\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _plain(text: str) -> str:
    """Without what would end a Markdown image's description."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())
