"""A job beside the recipe for its own kind, task and card: where it differs, what the recipe set and why."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from wannb.job.advice import advice, general
from wannb.job.amounts import in_unit
from wannb.job.dataset import Dataset
from wannb.job.guides import GUIDES, KINDS
from wannb.job.guides.facts import SMALLEST_CARD, card_for
from wannb.job.job import Job
from wannb.job.new_job import MADE_UP, recipe
from wannb.job.section import Section, child
from wannb.job.setting import key_of, works
from wannb.job.settings import SETTINGS
from wannb.words import join, say

OWN = (
    "trigger_word", "training_folder", "device", "training_seed", "wannb.kind", "wannb.vram_gb", "wannb.cache_folder",
    "model.name_or_path", "model.unet_path", "model.vae_path", "model.te_name_or_path", "model.extras_name_or_path",
    "network.pretrained_lora_path", "wannb.preview_lora.high", "wannb.preview_lora.low",
    "sample.seed", "sample.neg", "sample.prompts",
)  # fmt: skip
OWN_OF_A_SET = ("folder_path", "dataset_path", "mask_path", "caption_ext", "default_caption", "trigger_word", "is_reg")
"""What is nobody's business but the job's: a recipe takes it over, and it never counts as a difference."""
SETS = "datasets[]."
MADE = say("Made up, and unknown to Wan.")
_SETTINGS = {one.key: one for one in SETTINGS}


@dataclass(frozen=True)
class Reason:
    """A setting of a recipe: `value` as its panel shows it, `why` the guides set it so."""

    key: str
    label: str
    panel: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.panel} · {self.label}: {self.value}. {self.why}".strip()


def recipe_for(job: Job) -> Job | None:
    """The recipe for the kind, task and card that `job` names, with the job's own data, words, previews and paths.

    None where it names no kind or no card, or a card too small for any recipe.
    """
    if not _has_recipe(job):
        return None
    usual = copy.copy(job)
    usual.replace(_mapping(job.wannb.kind, job.task, card_for(job.wannb.vram_gb)))
    usual.name = job.name
    for key in OWN:
        usual.put(key, copy.deepcopy(job.get(key)))
    usual.datasets = [_with_own(usual.datasets[0], one) for one in job.datasets]
    usual.sample.samples = copy.deepcopy(job.sample.samples)
    return usual


def differences(job: Job) -> dict[str, Any]:
    """Dotted key → the recipe's value, wherever `job` has another; {} where there is no recipe for it.

    Left out are what is the job's own (`OWN`), what has no effect, and what belongs to a switch that is off in the job.
    """
    if not _has_recipe(job):
        return {}
    usual = _values(job.wannb.kind, job.task, card_for(job.wannb.vram_gb))
    return {
        key: copy.deepcopy(usual[general(key)])
        for key, value in _values_of(job.process)
        if value != usual[general(key)] and _counts(job, general(key))
    }


def reasons(job: Job) -> list[Reason]:
    """What the recipe for `job` sets and why, in the order of the panels; [] where there is no recipe for it."""
    if not _has_recipe(job):
        return []
    usual = _values(job.wannb.kind, job.task, card_for(job.wannb.vram_gb))
    return [reason for key in GUIDES if (reason := _reason(job, key, usual))]


def shown(key: str, value: Any) -> str:
    """A value of the setting `key` as a panel shows it: the choice's label, on or off, with the unit."""
    one = _SETTINGS[general(key)]
    if one.choices and not isinstance(value, list):
        return one.choices.get(value, str(value))
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        text = ", ".join(f"{part}" for part in value)
    else:
        text = f"{value:g}" if isinstance(value, float) else "none" if value in (None, "") else str(value)
    return text if not one.unit or "path" in one.unit else in_unit(text, one.unit)


def _with_own(usual: Dataset, own: Dataset) -> Dataset:
    """The recipe's data set over the folder and the words of `own`."""
    new = copy.deepcopy(usual)
    for field in OWN_OF_A_SET:
        setattr(new, field, getattr(own, field))
    return new


def _has_recipe(job: Job) -> bool:
    return job.wannb.kind in KINDS and (job.wannb.vram_gb or 0) >= SMALLEST_CARD


@cache
def _mapping(kind: str, task: str, card: int) -> dict[str, Any]:
    return recipe(kind, task, card)


@cache
def _values(kind: str, task: str, card: int) -> dict[str, Any]:
    """Declared key → the recipe's value, previews apart."""
    return {general(key): value for key, value in _values_of(Job.from_dict(_mapping(kind, task, card)).process)}


def _values_of(section: Section, where: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of every setting below `section`, previews apart."""
    for field, info in type(section).model_fields.items():
        key, value = f"{where}{key_of(field, info)}", getattr(section, field)
        if not child(info):
            yield key, value
        elif isinstance(value, Section):
            yield from _values_of(value, f"{key}.")
        elif key != "sample.samples":
            for i, one in enumerate(value):
                yield from _values_of(one, f"{key}[{i}].")


def _counts(job: Job, key: str) -> bool:
    """Whether another value of the declared `key` is a difference."""
    is_own = key in OWN or key.removeprefix(SETS) in OWN_OF_A_SET and key.startswith(SETS)
    return not (is_own or _SETTINGS[key].inert) and (_SETTINGS[key].of is None or _is_on(job, _SETTINGS[key].of))


def _is_on(job: Job, switch: str) -> bool:
    """Whether the switch, of any data set where it is one of theirs, is not as where a file does not name it."""
    if switch.startswith(SETS):
        return any(_is_switched(switch, getattr(one, switch.removeprefix(SETS))) for one in job.datasets)
    return _is_switched(switch, job.get(switch))


def _is_switched(switch: str, value: Any) -> bool:
    return (value or None) != (_SETTINGS[switch].absent or None)


def _reason(job: Job, key: str, usual: dict[str, Any]) -> Reason | None:
    """None where the guides name no value, and where what the value belongs to is off in the recipe."""
    one, told, value = _SETTINGS[key], advice(job, key), usual.get(key)
    if key == "trigger_word" and job.trigger_word in MADE_UP.values():
        return Reason(key, one.label, one.panel, job.trigger_word, join(" ", [MADE, told.why]))
    if told.value is None or one.of in usual and not _is_switched(one.of, usual[one.of]):
        return None
    guides = say("The guides: {advice}.", advice=say(told.text))
    why = told.why if works(told.value, one.built) else join(" ", [told.why, guides])
    return Reason(key, one.label, one.panel, shown(key, value), why)
