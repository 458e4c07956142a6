"""Preview clips: the job's samples through both experts, from the base at step 0 to the last step (decision 15)."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from wannb.data import video_file
from wannb.files import write_atomically
from wannb.job import Job, distilled_previews
from wannb.job.distilled_previews import previewed
from wannb.job.samples import Sample
from wannb.runs.rundir import RunDir
from wannb.train.device import device_of, release
from wannb.train.experts import Experts, load_expert
from wannb.train.model import Model
from wannb.train.texts import CachedTexts, LiveTexts
from wannb.wan.adapters import distilled
from wannb.wan.loading import weights
from wannb.wan.previews import Components, Request, sample

BOTH = ("high", "low")


def due(job: Job, step: int) -> bool:
    """Whether clips are made after `step`: the base's at 0, then every Sample Every and after the last step."""
    train = job.train
    if train.disable_sampling or not job.samples:
        return False
    if step == 0:
        return train.force_first_sample or not train.skip_first_sample
    return step == train.steps or step % job.sample.sample_every == 0


def missing(run: RunDir, job: Job, step: int) -> list[int]:
    """Return the indices of the samples without a finished clip of `step`."""
    return [i for i in range(len(job.samples)) if not run.preview(step, i, ".json").exists()]


def make(
    run: RunDir,
    job: Job,
    model: Model,
    texts: CachedTexts | LiveTexts,
    experts: Experts,
    step: int,
    indices: list[int],
    on_step: Callable[[int], None],
    on_clip: Callable[[int], None],
) -> None:
    """Make the clips of `indices` as they are after `step`: mp4, poster, and last the facts, so that a clip with
    facts is whole. `on_step` is called after every denoising step and may raise to leave, `on_clip` with the number of
    clips that are whole."""
    with components(job, model, experts) as parts, _distilled(job, parts) as more:
        for done, index in enumerate(indices, 1):
            wanted = previewed(job, job.samples[index])
            strengths = {"high_strength": wanted.network_multiplier, "low_strength": wanted.network_multiplier}
            embeds = tuple(texts.embed([wanted.prompt, wanted.negative]))
            frames = sample(parts, Request.of(wanted, **strengths), embeds, on_step)
            facts = {"step": step, "index": index, **facts_of(wanted), "boundary": parts.boundary, "shift": parts.shift}
            facts |= more
            video_file.write_mp4(run.preview(step, index, ".mp4"), frames, wanted.fps, facts)
            video_file.write_poster(run.preview(step, index, ".jpg"), frames[0])
            write_atomically(run.preview(step, index, ".json"), json.dumps(facts, ensure_ascii=False, indent=1))
            on_clip(done)


@contextmanager
def components(job: Job, model: Model, experts: Experts) -> Iterator[Components]:
    """Lend what clips are made with: the learners, and what is loaded only for this time (VAE, an untrained expert)."""
    residency = experts.residency
    trained = {expert: learner.transformer for expert, learner in experts.learners.items()}
    lent = {one: load_expert(job, model.where, one, residency) for one in BOTH if one not in trained}
    parts = Components(
        **trained,
        **lent,
        vae=weights.load_vae(model.where, device_of(job.device)),
        boundary=model.boundary,
        shift=model.shift,
        scheduler_config=weights.load_scheduler_config(model.where),
        make_room=residency.vacate if residency else None,
    )
    try:
        yield parts
    finally:
        parts.high = parts.low = parts.vae = None
        while lent:
            _, expert = lent.popitem()
            if residency:
                residency.dismiss(expert)
            del expert
        release()


@contextmanager
def _distilled(job: Job, parts: Components) -> Iterator[dict[str, object]]:
    """Lend `parts` the job's distillation LoRA with its shift and steps; yield what such clips have more of facts."""
    wanted, own = distilled_previews.files(job), job.wannb.preview_lora
    if wanted is None:
        yield {}
        return
    plain = parts.shift, parts.scheduler_config
    parts.shift, parts.scheduler_config = own.shift, distilled.euler(parts.scheduler_config, own.steps)
    try:
        with ExitStack() as stack:
            for expert, path in wanted.items():
                model = getattr(parts, expert)
                stack.enter_context(distilled.attached(model, path, own.strength, parts.vae.device))
            yield {"distilled": distilled_previews.label(job)}
    finally:
        parts.shift, parts.scheduler_config = plain


def facts_of(wanted: Sample) -> dict[str, object]:
    """Return a sample's settings as JSON has them."""
    return {**dataclasses.asdict(wanted), "image": None if wanted.image is None else str(wanted.image)}
