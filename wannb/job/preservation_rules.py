"""Preflight of the trigger word and of what lives on it: preservation, and training without a text encoder."""

import re
from collections.abc import Iterator

from wannb.job.finding import Finding
from wannb.job.job import Job
from wannb.job.recipes import MADE_UP

Findings = Iterator[Finding]
DOP, CLASS = "train.diff_output_preservation", "train.diff_output_preservation_class"


def preservation_findings(job: Job) -> Findings:
    for rule in (_dop, _text_encoder, _made_up):
        yield from rule(job)


def triggers(job: Job) -> set[str]:
    """The trigger words of the sets to learn from, the job's where a set has none of its own."""
    words = {one.trigger_word or job.trigger_word for one in job.datasets if not one.is_reg} or {job.trigger_word}
    return {word.strip() for word in words if word and word.strip()}


def _dop(job: Job) -> Findings:
    train, words = job.train, triggers(job)
    if not train.diff_output_preservation:
        return
    if train.blank_prompt_preservation:
        message = "Differential Output Preservation and Blank Prompt Preservation exclude each other."
        yield Finding("dop-and-bpp", "error", "train.blank_prompt_preservation", message, "Switch one of them off.")
    if not words:
        message = "Differential Output Preservation needs a Trigger Word, whose place the class takes."
        fix = "Set trigger_word to a short rare word; it is put in front of captions that lack it."
        yield Finding("dop-no-trigger", "error", DOP, message, fix)
    name = train.diff_output_preservation_class
    if not name.strip():
        message = "Differential Output Preservation needs a class, which takes the Trigger Word's place."
        yield Finding("dop-no-class", "error", CLASS, message, "Set it to person, scene or the like.")
    for word in sorted(words):
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", name):
            message = f"The class {name!r} has the Trigger Word {word!r} in it: what is learned would be held back."
            yield Finding("dop-class-is-trigger", "error", CLASS, message, "Name what it is one of, such as person.")


def _text_encoder(job: Job) -> Findings:
    train, where = job.train, "train.unload_text_encoder"
    if not train.unload_text_encoder:
        return
    if not triggers(job):
        message = "With Unload TE and without a Trigger Word every clip is trained with the empty prompt."
        yield Finding("unload-no-trigger", "warning", where, message, "Set trigger_word.")
    if train.cache_text_embeddings:
        message = "Unload TE goes before Cache Text Embeddings: the trigger word alone is encoded, captions are not."
        yield Finding("unload-over-cache", "info", where, message, "Switch Unload TE off to train with captions.")


def _made_up(job: Job) -> Findings:
    if job.trigger_word in MADE_UP.values():
        message = f"The Trigger Word {job.trigger_word} is the recipe's; it is put in front of captions without it."
        fix = "Where your captions have a word of their own, set trigger_word to that."
        yield Finding("made-up-trigger", "info", "trigger_word", message, fix)
