"""Where each part of a job's model lies: `model.name_or_path`, and the settings that name a part elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

from wannb.job import base_model
from wannb.job.job import Job
from wannb.job.parts import diffusers_folder, search, text_file, vae_file
from wannb.job.parts.misfit import Misfit, another
from wannb.words import say

Place = Path | str
"""A folder in diffusers' layout or a single file; or no path: a hub id, the name of a model that comes along."""
NAME = "model.name_or_path"
EXPERTS, EXTRAS, TEXT, VAE = "model.unet_path", "model.extras_name_or_path", "model.te_name_or_path", "model.vae_path"
ELSEWHERE = (EXPERTS, EXTRAS, TEXT, VAE)


@dataclass(frozen=True)
class Parts:
    """A model whose parts do not all lie in one folder or repository."""

    high: Place
    low: Place
    vae: Place
    text_encoder: Place
    tokenizer: Place

    def __str__(self) -> str:
        return str(self.high)


Where = Path | str | Parts


def place(where: Where, part: str) -> Place:
    """Where `part` ("high" | "low" | "vae" | "text_encoder" | "tokenizer") of a model lies."""
    return getattr(where, part) if isinstance(where, Parts) else where


def locate(name: str, task: str, elsewhere: Mapping[str, str | None] | None = None) -> Where:
    """Where the parts of the model `name` for `task` ("t2v" | "i2v") lie, whole as far as names and headers tell.

    elsewhere: what the settings ELSEWHERE say. Fetches nothing. Raises Misfit, with `where` the setting to mend, for
    what is missing, ambiguous or another model's.
    """
    said = {key: value.strip() for key, value in (elsewhere or {}).items() if value and value.strip()}
    said[NAME] = name.strip()
    if list(said) == [NAME] and _is_diffusers(Path(said[NAME]).expanduser()):
        return _from(NAME, said, _whole)
    rest, experts = EXTRAS if EXTRAS in said else NAME, EXPERTS if EXPERTS in said else NAME
    found = _from(experts, said, partial(_experts, task))
    high, low = found if isinstance(found, tuple) else (found, found)
    vae = _from(VAE, said, partial(_file, vae_file.read, _vae)) if VAE in said else _from(rest, said, _vae)
    text = _from(TEXT, said, partial(_file, text_file.read, _text)) if TEXT in said else _from(rest, said, _text)
    words = _tokenizer(text, TEXT if TEXT in said else rest, [said[key] for key in (rest, NAME)])
    parts = Parts(high, low, vae, text, words)
    return high if len(set(astuple(parts))) == 1 else parts


def _from(key: str, said: Mapping[str, str], find: Callable[[Path], object]):
    """What `find` makes of the path that the setting `key` names; a name that is no path stays as it is."""
    name = said[key]
    path = Path(name).expanduser()
    try:
        if name and path.exists():
            return find(path)
        if not (base_model.is_random(name) or base_model.is_hub_id(name)):
            message = say("There is no model folder {name!r}, and it is no hub id (org/name) either.", name=name)
            fix = say("Set {key} to a model's folder, one of its files, or a hub id (org/name).", key=key)
            raise Misfit("model-missing", message, fix)
        if (key == EXPERTS or EXPERTS not in said and key == NAME) and (what := base_model.another(name)):
            raise another(name, what)
        return name
    except Misfit as misfit:
        misfit.where = key
        raise


def _is_diffusers(path: Path) -> bool:
    return path.is_dir() and diffusers_folder.is_one(path)


def _whole(path: Path) -> Path:
    diffusers_folder.check(path)
    return path


def _experts(task: str, path: Path) -> Path | tuple[Path, Path]:
    if _is_diffusers(path):
        diffusers_folder.check(path, ("transformer", "transformer_2", "scheduler"))
        return path
    return search.experts(path, task)


def _file(read: Callable[[Path], object], find: Callable[[Path], Path], path: Path) -> Path:
    """The file that a setting names itself, after a look at it; of a folder what `find` finds there."""
    if path.is_dir():
        return find(path)
    read(path)
    return path


def _vae(path: Path) -> Place:
    if _is_diffusers(path):
        diffusers_folder.check(path, ("vae",))
        return path
    return search.vae(path)


def _text(path: Path) -> Place:
    if _is_diffusers(path):
        diffusers_folder.check(path, ("text_encoder", "tokenizer"))
        return path
    return search.text(path)


def _tokenizer(text: Place, key: str, others: list[str]) -> Place:
    """The own one of the text encoder, which the setting `key` names; else that of the first of `others` that has
    one."""
    if isinstance(text, str) or text.is_dir() or text_file.has_words(text):
        return text
    for name in others:
        path = Path(name).expanduser()
        if base_model.is_hub_id(name):
            return name
        if (path / "tokenizer" / "tokenizer_config.json").is_file():
            return path
    message = say("{path} has no tokenizer in it.", path=text)
    fix = say("Take ComfyUI's umt5_xxl_fp16.safetensors, which has one, or name a folder in diffusers' layout.")
    misfit = Misfit("model-incomplete", message, fix)
    misfit.where = key
    raise misfit


def elsewhere(job: Job) -> dict[str, str]:
    """What the job says of parts that do not lie where its base does."""
    return {key: value for key in ELSEWHERE if (value := job.get(key))}


def of_job(job: Job) -> Where:
    """`locate` the parts of the job's model."""
    return locate(base_model.named(job.model.name_or_path, job.task), job.task, elsewhere(job))
