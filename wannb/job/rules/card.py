"""Preflight of what the guides take on the card that counts: resolutions, frames, batch, and which expert is on it."""

from collections.abc import Iterator

from wannb.job.card import card_gb
from wannb.job.cost.model_shape import tokens
from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.guides.facts import BUCKETS, FRAME_RANGE, FRAMES, LARGEST_BUCKET, SMALLEST_CARD, card_for
from wannb.job.job import Job
from wannb.job.rules.data import frames_put
from wannb.machine import Machine
from wannb.words import say

Findings = Iterator[Finding]
ONE_EXPERT = 32
"""GB: cards up to this hold one expert at a time, as the guides have it."""
LOW_VRAM_CARD = 24
"""GB: what Low VRAM is for, where a file names no card."""


def card_findings(job: Job, machine: Machine | None = None) -> Findings:
    """Nothing is said where the card is not known, or where the job trains on the CPU."""
    if job.device == "cpu":
        return
    gb = card_gb(job, machine)
    yield from _buckets(job, gb)
    yield from _text_encoder(job, gb)
    yield from _precision(job)
    if gb is not None:
        yield from _frames(job, gb)
        yield from _batch(job, gb)
        if gb <= ONE_EXPERT and len(job.stages) == 2 and not job.model.low_vram:
            where, fix = "model.low_vram", say("Switch Low VRAM on: the resting expert waits in main memory.")
            message = say("Both experts stay on the card, and {gb:g} GB hold one.", gb=gb)
            yield Finding("low-vram-off", "warning", where, message, fix, Put({where: True}))


def column(gb: float) -> int:
    """The column of the guides for a card, the smallest one for less."""
    return card_for(max(gb, SMALLEST_CARD))


def _buckets(job: Job, gb: float | None) -> Findings:
    if gb is None and not job.model.low_vram:
        return
    most = LARGEST_BUCKET[column(gb or LOW_VRAM_CARD)]
    card = f"{gb:g} GB" if gb else say("the {gb} GB that Low VRAM is for", gb=LOW_VRAM_CARD)
    for i, dataset in enumerate(job.datasets):
        where, kept = f"datasets[{i}].resolution", [side for side in dataset.resolution if side <= most]
        if len(kept) < len(dataset.resolution):
            message = say(
                "A resolution of {side} px is too much for {card}: the guides end at {most}.",
                side=max(dataset.resolution),
                card=card,
                most=most,
            )
            fix = say("Leave out what is above {most}: the largest one decides the memory.", most=most)
            yield Finding("bucket-for-card", "warning", where, message, fix, Put({where: kept or [most]}))


def _text_encoder(job: Job, gb: float | None) -> Findings:
    train, where = job.train, "train.cache_text_embeddings"
    small = gb <= ONE_EXPERT if gb else job.model.low_vram
    if small and not train.cache_text_embeddings and not train.unload_text_encoder:
        message = say("The text encoder stays loaded beside the expert, about 11 GB in bf16.")
        fix = say("Switch Cache Text Embeddings on: captions are encoded once, and it leaves the card.")
        yield Finding("text-encoder-stays", "warning", where, message, fix, Put({where: True}))


def _precision(job: Job) -> Findings:
    where = "train.dtype"
    if job.train.dtype == "fp32" and not job.model.quantize:
        message = say("The experts are held in FP32, 57 GB each (AI Toolkit's default where a file names no dtype).")
        yield Finding("fp32-experts", "warning", where, message, say("Set it to bf16."), Put({where: "bf16"}))


def _frames(job: Job, gb: float) -> Findings:
    """More frames than the guides take, where they weigh more than those would at 512 px."""
    most = FRAME_RANGE[column(gb)][1]
    for i, dataset in enumerate(job.datasets):
        count, largest = dataset.num_frames, max(dataset.resolution)
        heavy = tokens(count, largest, largest) > tokens(most, 512, 512)
        if count > most and heavy and not dataset.auto_frame_count:
            where, fewer = f"datasets[{i}].num_frames", FRAMES[job.task][column(gb)]
            message = say(
                "{count} frames at {largest} px on {gb:g} GB run out of memory: the guides take {most} at most.",
                count=count,
                largest=largest,
                gb=gb,
                most=most,
            )
            cure = Put(frames_put(job, i, fewer))
            yield Finding("frames-for-card", "warning", where, message, say("Take {count}.", count=fewer), cure)


def _batch(job: Job, gb: float) -> Findings:
    """A batch that weighs more than a clip of the guides' frames at their largest resolution."""
    card, batch = column(gb), job.train.batch_size
    side = BUCKETS[card][-1]
    most = tokens(FRAMES[job.task][card], side, side)
    heaviest = max((tokens(one.num_frames, *2 * (max(one.resolution),)) for one in job.datasets), default=0)
    if batch > 1 and batch * heaviest > most:
        where, fix = "train.batch_size", say("Set it to 1, and Gradient Accumulation to what it was.")
        message = say(
            "A batch of {batch} clips on {gb:g} GB runs out of memory: the guides take 1 there.", batch=batch, gb=gb
        )
        steps = {where: 1, "train.gradient_accumulation": job.train.gradient_accumulation * batch}
        yield Finding("batch-for-card", "warning", where, message, fix, Put(steps))
