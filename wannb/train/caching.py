"""Before the first step: every clip to latents, every prompt to an embedding, once, kept by content."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

from wannb.data import held_out, masks, pixels
from wannb.data.cache import TensorCache, clip_key, text_key
from wannb.data.edits import Edits
from wannb.data.items import Item, items_of
from wannb.job import Finding, Job
from wannb.refusal import Refusal
from wannb.train import held
from wannb.train.captions import Captions
from wannb.train.device import DTYPES, device_of, release
from wannb.train.examples import Examples
from wannb.train.model import Model
from wannb.train.texts import CachedTexts, LiveTexts, are_live, prompts_of, prompts_of_samples
from wannb.train.validation import Questions
from wannb.wan import condition, latents, text
from wannb.wan.loading import weights
from wannb.wan.streaming.residency import Residency

Progress = Callable[..., None]
"""Called as `progress(phase, done, total)`; phase is `encoding clips`, `encoding prompts`, `training`, `preview`.
While training it also gets `row=`, the step's metrics."""


def silent(phase: str, done: int, total: int, **facts: Any) -> None:
    """The progress of those who do not ask."""


@dataclass
class CacheResult:
    """What caching did. Clips are counted once for each size, flip and choice of frames that they are trained in."""

    items: int = 0
    encoded: int = 0
    reused: int = 0
    prompts: int = 0
    prompts_encoded: int = 0
    refused: list[Finding] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `wannb cache --json`."""
        return {**vars(self), "refused": [finding.to_dict() for finding in self.refused]}


@dataclass
class Prepared:
    """Everything of a job that is read and not learned."""

    items: list[Item]
    keys: list[str]  # of each item's latents in the cache, in the order of `items`
    examples: Examples
    texts: CachedTexts | LiveTexts
    result: CacheResult
    questions: Questions


def cache(job: Job, progress: Progress = silent) -> CacheResult:
    """Encode what is not cached yet; raises Refusal where nothing is left to train on."""
    return prepare(job, Model.of(job), progress).result


def prepare(job: Job, model: Model, progress: Progress = silent) -> Prepared:
    """Encode what is missing and return the run's items, tensors and embeddings.

    The VAE and the text encoder are loaded only where something is missing, one after the other, and freed again;
    with `cache_text_embeddings: false` the text encoder stays. Raises Refusal where no clip is usable, or an edit list
    is broken: what it cuts off would be trained on.
    """
    for dataset in job.datasets:
        if dataset.folder_path:
            Edits.of(dataset.folder_path)
    result = CacheResult()
    found, findings = items_of(job)
    result.refused += _left_out(job, found, findings)
    items, keys, store = _clips(job, model, found, result, progress)
    if not items:
        why = "; ".join(finding.message for finding in result.refused[:3]) or "the folders hold no clips"
        raise Refusal(f"There is nothing to train on: {why}.")
    texts = _texts(job, model, prompts_of(job, items), result, progress)
    key_of = dict(zip(items, keys, strict=True))
    trained, asked = _parted(job, items)
    keys = [key_of[item] for item in trained]
    examples = Examples(store, [key_of[item] for item in asked])
    questions = Questions(asked, examples, texts, Captions(job), job.wannb.hold_out)
    return Prepared(trained, keys, Examples(store, keys), texts, result, questions)


def _parted(job: Job, items: list[Item]) -> tuple[list[Item], list[Item]]:
    """Return the items to train on and those to measure, which are none of them with `wannb.hold_out`."""
    own = job.wannb
    if not own.validate_every:
        return items, []
    if own.hold_out:
        return held_out.split(items, own.validate_clips, job.seed)
    return items, held_out.measured(items, own.validate_clips, job.seed)


def _left_out(job: Job, items: list[Item], findings: list[Finding]) -> list[Finding]:
    """Return the errors, and the findings on files that gave no item."""
    used = {item.path for item in items}
    folders = [Path(dataset.folder_path).expanduser() for dataset in job.datasets if dataset.folder_path]

    def unused(where: str) -> bool:
        return any((folder / where).is_file() and folder / where not in used for folder in folders)

    def counts(finding: Finding) -> bool:
        """Not what the edit list leaves out: that is as it was meant."""
        return finding.severity == "error" or finding.code != "left-out" and unused(finding.where)

    return [finding for finding in findings if counts(finding)]


def _clips(
    job: Job, model: Model, items: list[Item], result: CacheResult, progress: Progress
) -> tuple[list[Item], list[str], TensorCache]:
    store = TensorCache(job.cache_dir / "latents")
    vae = weights.fingerprint(model.where, "vae")
    keys = [clip_key(item, vae, job.task) for item in items]
    missing = {key: item for key, item in zip(keys, items, strict=True) if not store.has(key)}
    failed = _encode_clips(job, model, missing, store, progress) if missing else {}
    result.items = len(set(keys))
    result.reused, result.encoded = result.items - len(missing), len(missing) - len(failed)
    result.refused += failed.values()
    kept = [(item, key) for item, key in zip(items, keys, strict=True) if key not in failed]
    return [item for item, _ in kept], [key for _, key in kept], store


def _encode_clips(
    job: Job, model: Model, missing: dict[str, Item], store: TensorCache, progress: Progress
) -> dict[str, Finding]:
    vae = weights.load_vae(model.where, device_of(job.device))
    failed = {}
    for done, (key, item) in enumerate(missing.items()):
        progress("encoding clips", done, len(missing))
        try:
            store.write(key, _encoded(vae, item, job.task), {"name": item.name})
        except Refusal as refusal:
            failed[key] = Finding("unreadable", "error", str(item.path), str(refusal), "Replace or remove the file.")
    progress("encoding clips", len(missing), len(missing))
    del vae
    release()
    return failed


def _encoded(vae, item: Item, task: str) -> dict[str, torch.Tensor]:
    """Return `latents` and, for image-to-video, `condition`: float32 [16, f, h, w] each; also a masked clip's `mask`:
    float32 [1, f, h, w] of mean 1."""
    clip = latents.to_video(pixels.load(item))
    videos = {"latents": clip}
    if task == "i2v":
        videos["condition"] = condition.video(clip[:, :1], clip.shape[1])
    encoded = latents.encode_batch(vae, torch.stack(list(videos.values()))).cpu()
    tensors = {name: one.contiguous() for name, one in zip(videos, encoded, strict=True)}
    if item.mask:
        mask = masks.weights(item.mask, item.frames, item.size, item.flip_x, item.flip_y)
        tensors["mask"] = torch.from_numpy(mask)
    return tensors


def _texts(
    job: Job, model: Model, prompts: list[str], result: CacheResult, progress: Progress
) -> CachedTexts | LiveTexts:
    result.prompts = len(prompts)
    if are_live(job):
        return LiveTexts(*_text_encoder(job, model))
    return _cached_texts(job, model, prompts, result, progress)


def _text_encoder(job: Job, model: Model) -> tuple[PreTrainedTokenizerBase, UMT5EncoderModel]:
    """The job's tokenizer and text encoder; with Layer Offloading blocks of it stream from main memory."""
    own, device = job.model, device_of(job.device)
    streamed = own.layer_offloading_text_encoder_percent if own.layer_offloading else 0.0
    wait = torch.device("cpu") if streamed else device
    tokenizer, encoder = weights.load_text(model.where, DTYPES[job.train.dtype], wait, held.text(job))
    if streamed:
        Residency(device, streamed, one_at_a_time=False).settle(encoder, encoder.encoder.block)
    return tokenizer, encoder


def _cached_texts(job: Job, model: Model, prompts: list[str], result: CacheResult, progress: Progress) -> CachedTexts:
    store = TensorCache(job.cache_dir / "text")
    scheme = held.text(job)
    encoder = f"{weights.fingerprint(model.where, 'text_encoder')}-{scheme.kind if scheme else job.train.dtype}"
    keys = {prompt: text_key(prompt, encoder) for prompt in prompts}
    missing = [prompt for prompt in prompts if not store.has(keys[prompt])]
    if missing:
        _encode_texts(job, model, missing, keys, store, progress)
    result.prompts_encoded = len(missing)
    return CachedTexts(store, keys)


def add_texts(job: Job, model: Model, texts: CachedTexts | LiveTexts, progress: Progress = silent) -> None:
    """Give `texts` the embeddings of the job's samples that it lacks, for a job that was edited while it trains.

    The text encoder is loaded where the cache lacks one of them, and freed again.
    """
    if isinstance(texts, LiveTexts):
        return
    lacking = texts.lacks(prompts_of_samples(job))
    if lacking:
        texts.add(_texts(job, model, lacking, CacheResult(), progress))


def texts_of(job: Job, model: Model, prompts: list[str], progress: Progress = silent) -> CachedTexts:
    """Return the embeddings of `prompts`; the text encoder is loaded where the job's cache lacks one of them, and freed
    again."""
    return _cached_texts(job, model, list(dict.fromkeys(prompts)), CacheResult(), progress)


def _encode_texts(
    job: Job, model: Model, missing: Iterable[str], keys: dict[str, str], store: TensorCache, progress: Progress
) -> None:
    models = _text_encoder(job, model)
    for done, prompt in enumerate(missing):
        progress("encoding prompts", done, len(missing))
        store.write(keys[prompt], {"embeds": text.encode(*models, [prompt])[0].cpu().contiguous()}, {"prompt": prompt})
    progress("encoding prompts", len(missing), len(missing))
    del models
    release()
