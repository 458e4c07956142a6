"""Writes the trigger word into the captions that lack it, and keeps what they were in a log beside them."""

import re
from dataclasses import dataclass

from wannb.data import caption_log
from wannb.data.captions import decoded, has_slot
from wannb.data.items import folder_of
from wannb.job import Job


@dataclass(frozen=True)
class WriteTrigger:
    """Puts the trigger word in front of each caption of the data set `number` that lacks it, as training does.

    Caption files are rewritten, each whole or not at all, after the log has what they were; a Default Caption becomes
    one with `[trigger]`. Raises Refusal where the folder cannot be written to.
    """

    number: int

    def __call__(self, job: Job) -> None:
        dataset = job.datasets[self.number]
        folder = folder_of(dataset, job.trigger_word)
        trigger = (folder.trigger or "").strip()
        if not trigger:
            return
        lacking = [clip.written for clip in folder.clips if clip.written and lacks(clip.written.text, trigger)]
        files = {caption.path for caption in lacking if caption.source == "file"}
        texts = {file: decoded(file.read_bytes())[0].lstrip() for file in sorted(files)}
        named = {file.relative_to(folder.path).as_posix(): f"{trigger} {text}" for file, text in texts.items()}
        caption_log.write(folder.path, named)
        if lacks(dataset.default_caption, trigger):
            dataset.default_caption = f"[trigger] {dataset.default_caption}"


def lacks(caption: str, trigger: str) -> bool:
    """Whether a caption has words, and among them neither `trigger` nor a slot for it."""
    return bool(caption.strip()) and not has_slot(caption) and not has_word(caption, trigger)


def has_word(caption: str, trigger: str) -> bool:
    """Whether `trigger` stands in the caption, as a whole word."""
    return re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", caption) is not None
