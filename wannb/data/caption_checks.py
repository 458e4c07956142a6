"""What there is to say about captions of a whole set: their length, and where the trigger word is in them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wannb.data.clips import Clip, ClipFolder
from wannb.data.prompt_tokens import MOST_TOKENS, too_long
from wannb.data.trigger_cure import WriteTrigger, has_word, lacks
from wannb.job import Finding, Job
from wannb.job.parts.words import tokenizer_file
from wannb.job.triggers import triggers
from wannb.words import say

Findings = Iterator[Finding]


def caption_checks(job: Job, folders: list[ClipFolder | None]) -> Findings:
    """Nothing is said where captions are not used at all (Unload TE)."""
    if job.train.unload_text_encoder:
        return
    for number, folder in enumerate(folders):
        if folder and folder.clips:
            yield from _length(job, folder)
            yield from _kept(job, number, folder) if folder.is_reg else _mendable(number, folder)


def of_length(clips: list[Clip], tokenizer: Path | None) -> Findings:
    """On captions of which the text encoder reads only the first part."""
    for clip in clips:
        count = too_long(clip.caption, tokenizer)
        if count:
            message = say(
                "Its caption has about {count} tokens; {read} are read and the rest is cut off.",
                count=count,
                read=MOST_TOKENS,
            )
            fix, evidence = say("Shorten it; what matters goes first."), {"tokens": count, "read": MOST_TOKENS}
            yield Finding("caption-too-long", "warning", clip.name, message, fix, evidence=evidence)


def in_front(folder: ClipFolder, where: str) -> Findings:
    """On captions that get the Trigger Word only in training."""
    trigger = (folder.trigger or "").strip()
    lacking = [clip for clip in folder.clips if trigger and clip.written and lacks(clip.written.text, trigger)]
    if lacking:
        message = say(
            "{count} of {all} captions lack the Trigger Word {trigger}, which is put in front of them in training.",
            count=len(lacking),
            all=len(folder.clips),
            trigger=trigger,
        )
        fix = say("Write it into the files, so that they say what is trained.")
        evidence = {"clips": [clip.name for clip in lacking]}
        yield Finding("trigger-in-front", "info", where, message, fix, evidence=evidence)


def _length(job: Job, folder: ClipFolder) -> Findings:
    long = [clip for clip in folder.clips if len(clip.caption.encode()) >= MOST_TOKENS]
    yield from of_length(long, tokenizer_file(job) if long else None)


def _kept(job: Job, number: int, folder: ClipFolder) -> Findings:
    """Regularization is for what stays as it is, so the word for what is learned does not belong there."""
    words = triggers(job)
    having = [clip for clip in folder.clips if any(has_word(clip.caption, word) for word in words)]
    if having:
        some = having[0].name
        message = say(
            "{count} of {all} regularization captions have the Trigger Word ({some}): what it teaches is held back.",
            count=len(having),
            all=len(folder.clips),
            some=some,
        )
        fix = say("Take it out of them, or switch Is Regularization off.")
        yield Finding("reg-has-trigger", "warning", f"datasets[{number}].folder_path", message, fix)


def _mendable(number: int, folder: ClipFolder) -> Findings:
    """`in_front`, with a cure where the captions are plain text."""
    for finding in in_front(folder, f"datasets[{number}].folder_path"):
        lacking = set(finding.evidence["clips"])
        files = [clip.written.path for clip in folder.clips if clip.name in lacking]
        in_json = any(file and file.suffix.lower() == ".json" for file in files)
        yield finding if in_json else replace(finding, cure=WriteTrigger(number))
