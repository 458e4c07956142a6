"""A run's model, loaded once for many clips; only the weights of the LoRA files are exchanged between them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from wannb.job import Job
from wannb.runs.clips.wish import Wish
from wannb.runs.previews import BOTH
from wannb.train.caching import texts_of
from wannb.train.device import device_of, release
from wannb.train.experts import load_expert, residency_for
from wannb.train.model import Model
from wannb.train.texts import CachedTexts
from wannb.wan.adapters import lora_file
from wannb.wan.loading import weights
from wannb.wan.previews import Components, Request, sample

Files = dict[str, Path | None]
"""expert -> its LoRA file; None: the base."""


class Maker:
    """Makes clips with the model of `job`; `heed` is told what goes on before each long piece of work, and may raise to
    leave. Raises Refusal where the model is missing or incomplete."""

    def __init__(self, job: Job, heed: Callable[[str], None] = lambda doing: None):
        self.job, self.model, self.heed = job, Model.of(job), heed
        self._device = device_of(job.device)
        self._residency = residency_for(job)
        self._texts: CachedTexts | None = None
        self._parts: Components | None = None
        self._loaded: dict[str, tuple[Path, int]] = {}  # expert -> the file whose weights it has, and the file's time

    def read(self, prompts: Iterable[str]) -> None:
        """Have the embeddings of `prompts`; the text encoder is loaded for those never encoded yet, and leaves."""
        prompts = list(prompts)
        lacking = self._texts.lacks(prompts) if self._texts else prompts
        if not lacking:
            return
        self.heed("encoding the prompt")
        self._make_room()
        new = texts_of(self.job, self.model, lacking)
        if self._texts:
            self._texts.add(new)
        else:
            self._texts = new

    def frames(self, wish: Wish, files: Files, on_step: Callable[[int], None] | None = None) -> np.ndarray:
        """Return the clip of `wish` with the LoRAs in `files`: uint8 [F, H, W, 3]. `on_step` hears the number of each
        finished denoising step and may raise to leave. Raises Refusal for what the model cannot make, and for a file
        that is no LoRA of it."""
        self.read([wish.prompt, wish.negative])
        parts = self._components()
        for expert, file in files.items():
            if file is not None:
                self._exchange(expert, file)
        bare = {f"{expert}_strength": 0.0 for expert, file in files.items() if file is None}
        embeds = tuple(self._texts.embed([wish.prompt, wish.negative]))
        self.heed("")
        return sample(parts, Request.of(wish, **bare), embeds, on_step)

    def _components(self) -> Components:
        if self._parts is None:
            experts = {expert: self._expert(expert) for expert in BOTH}
            self.heed("loading the VAE")
            self._parts = Components(
                **experts,
                vae=weights.load_vae(self.model.where, self._device),
                boundary=self.model.boundary,
                shift=self.model.shift,
                scheduler_config=weights.load_scheduler_config(self.model.where),
                make_room=self._residency.vacate if self._residency else None,
            )
        return self._parts

    def _expert(self, expert: str):
        self.heed(f"loading the {expert}-noise expert")
        return load_expert(self.job, self.model.where, expert, self._residency)

    def _exchange(self, expert: str, file: Path) -> None:
        there = file, file.stat().st_mtime_ns
        if self._loaded.get(expert) == there:
            return
        self.heed(f"loading {file.name}")
        self._loaded.pop(expert, None)
        lora_file.exchange(getattr(self._parts, expert), file)
        self._loaded[expert] = there

    def _make_room(self) -> None:
        """Where experts are in main memory too, have them leave the device to the text encoder."""
        if self._residency is not None:
            self._residency.vacate()
            release()
