"""Writes the trigger word into the captions that lack it, and keeps what they were in a log beside them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from wannb.data.caption_log import LOG, read
from wannb.data.captions import decoded, has_slot
from wannb.data.items import folder_of
from wannb.files import write_atomically
from wannb.job import Job
from wannb.refusal import Refusal


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
        files = sorted({caption.path for caption in lacking if caption.source == "file"})
        try:
            _rewrite(folder.path, files, trigger)
        except OSError as error:
            message = f"The captions in {folder.path} cannot be written ({error.strerror}): copy the folder elsewhere."
            raise Refusal(message) from error
        if lacks(dataset.default_caption, trigger):
            dataset.default_caption = f"[trigger] {dataset.default_caption}"


def lacks(caption: str, trigger: str) -> bool:
    """Whether a caption has words, and among them neither `trigger` nor a slot for it."""
    return bool(caption.strip()) and not has_slot(caption) and not has_word(caption, trigger)


def has_word(caption: str, trigger: str) -> bool:
    """Whether `trigger` stands in the caption, as a whole word."""
    return re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", caption) is not None


def _rewrite(folder: Path, files: list[Path], trigger: str) -> None:
    if not files:
        return
    texts = {file: decoded(file.read_bytes())[0] for file in files}
    log = read(folder)
    for file, text in texts.items():
        log.setdefault(file.relative_to(folder).as_posix(), []).append(text)
    write_atomically(folder / LOG, json.dumps(log, ensure_ascii=False, indent=1) + "\n")
    for file, text in texts.items():
        write_atomically(file, f"{trigger} {text.lstrip()}")
