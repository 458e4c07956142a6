"""What there is to say about captions of a whole set: their length, and where the trigger word is in them."""

from collections.abc import Iterator

from wannb.data.clips import ClipFolder
from wannb.data.prompt_tokens import MOST_TOKENS, too_long
from wannb.data.trigger_cure import WriteTrigger, has_word, lacks
from wannb.job import Finding, Job
from wannb.job.base_model import folder_of
from wannb.job.triggers import triggers

Findings = Iterator[Finding]


def caption_checks(job: Job, folders: list[ClipFolder | None]) -> Findings:
    """Nothing is said where captions are not used at all (Unload TE)."""
    if job.train.unload_text_encoder:
        return
    for number, folder in enumerate(folders):
        if folder and folder.clips:
            yield from _length(job, folder)
            yield from _kept(job, number, folder) if folder.is_reg else _in_front(number, folder)


def _length(job: Job, folder: ClipFolder) -> Findings:
    long = [clip for clip in folder.clips if len(clip.caption.encode()) >= MOST_TOKENS]
    base = folder_of(job.model.name_or_path) if long else None
    tokenizer = base / "tokenizer" / "tokenizer.json" if base else None
    for clip in long:
        count = too_long(clip.caption, tokenizer if tokenizer and tokenizer.is_file() else None)
        if count:
            where = clip.name
            message = f"Its caption has about {count} tokens; {MOST_TOKENS} are read and the rest is cut off."
            yield Finding("caption-too-long", "warning", where, message, "Shorten it; what matters goes first.")


def _kept(job: Job, number: int, folder: ClipFolder) -> Findings:
    """Regularization is for what stays as it is, so the word for what is learned does not belong there."""
    words = triggers(job)
    having = [clip for clip in folder.clips if any(has_word(clip.caption, word) for word in words)]
    if having:
        some = having[0].name
        message = (
            f"{len(having)} of {len(folder.clips)} regularization captions have the Trigger Word ({some}): what it "
            "teaches is held back."
        )
        fix = "Take it out of them, or switch Is Regularization off."
        yield Finding("reg-has-trigger", "warning", f"datasets[{number}].folder_path", message, fix)


def _in_front(number: int, folder: ClipFolder) -> Findings:
    trigger = (folder.trigger or "").strip()
    lacking = [clip for clip in folder.clips if trigger and clip.written and lacks(clip.written.text, trigger)]
    if lacking:
        message = (
            f"{len(lacking)} of {len(folder.clips)} captions lack the Trigger Word {trigger}, which is put in front of "
            "them in training."
        )
        fix = "Write it into the files, so that they say what is trained."
        in_json = any(clip.written.path and clip.written.path.suffix.lower() == ".json" for clip in lacking)
        cure = None if in_json else WriteTrigger(number)
        yield Finding("trigger-in-front", "info", f"datasets[{number}].folder_path", message, fix, cure)
