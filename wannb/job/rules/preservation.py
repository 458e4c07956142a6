"""Preflight of the trigger word and of what lives on it: preservation, and training without a text encoder."""

import re
from collections.abc import Iterator

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.job.guides import GUIDES, advised
from wannb.job.job import Job
from wannb.job.new_job import MADE_UP
from wannb.job.triggers import made_up, triggers
from wannb.words import say

Findings = Iterator[Finding]
DOP, CLASS = "train.diff_output_preservation", "train.diff_output_preservation_class"


def preservation_findings(job: Job) -> Findings:
    for rule in (_dop, _text_encoder, _made_up):
        yield from rule(job)


def class_for(job: Job) -> str:
    """What a job of this kind preserves: the guides' class, or another word where that one is the trigger word."""
    usual = advised(GUIDES[CLASS], job.wannb.kind, job.task, None).value or "person"
    words = triggers(job)
    return next(name for name in (usual, "person", "scene", "landscape", "subject") if name not in words)


def _dop(job: Job) -> Findings:
    train, words = job.train, triggers(job)
    if not train.diff_output_preservation:
        return
    if train.blank_prompt_preservation:
        where = "train.blank_prompt_preservation"
        message = say("Differential Output Preservation and Blank Prompt Preservation exclude each other.")
        yield Finding("dop-and-bpp", "error", where, message, say("Switch one of them off."), Put({where: False}))
    if not words:
        message = say("Differential Output Preservation needs a Trigger Word, whose place the class takes.")
        fix = say("Set trigger_word to a short rare word; it is put in front of captions that lack it.")
        yield Finding("dop-no-trigger", "error", DOP, message, fix, Put({"trigger_word": made_up(job)}))
    name = train.diff_output_preservation_class
    if not name.strip():
        message = say("Differential Output Preservation needs a class, which takes the Trigger Word's place.")
        cure = Put({CLASS: class_for(job)})
        yield Finding("dop-no-class", "error", CLASS, message, say("Set it to person, scene or the like."), cure)
    for word in sorted(words):
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", name):
            message = say(
                "The class {name!r} has the Trigger Word {word!r} in it: what is learned would be held back.",
                name=name,
                word=word,
            )
            fix, cure = say("Name what it is one of, such as person."), Put({CLASS: class_for(job)})
            yield Finding("dop-class-is-trigger", "error", CLASS, message, fix, cure)


def _text_encoder(job: Job) -> Findings:
    train, where = job.train, "train.unload_text_encoder"
    if not train.unload_text_encoder:
        return
    if not triggers(job):
        message = say("With Unload TE and without a Trigger Word every clip is trained with the empty prompt.")
        cure = Put({"trigger_word": made_up(job)})
        yield Finding("unload-no-trigger", "warning", where, message, say("Set trigger_word."), cure)
    if train.cache_text_embeddings:
        message = say(
            "Unload TE goes before Cache Text Embeddings: the trigger word alone is encoded, captions are not."
        )
        fix = say("Switch Unload TE off to train with captions.")
        yield Finding("unload-over-cache", "info", where, message, fix, Put({where: False}))


def _made_up(job: Job) -> Findings:
    if job.trigger_word in MADE_UP.values():
        message = say(
            "The Trigger Word {word} is the recipe's; it is put in front of captions without it.", word=job.trigger_word
        )
        fix = say("Where your captions have a word of their own, set trigger_word to that.")
        yield Finding("made-up-trigger", "info", "trigger_word", message, fix)
