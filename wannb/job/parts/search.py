"""Find the single files of a Wan 2.2 14B in ComfyUI's folders, or in one folder: by names and verified headers."""

from collections.abc import Callable, Iterable
from pathlib import Path

from wannb.job import base_model
from wannb.job.parts import noise, text_file, vae_file
from wannb.job.parts.expert_file import ExpertFile
from wannb.job.parts.misfit import Misfit, another
from wannb.words import say

EXPERTS, VAES, TEXTS = ("diffusion_models", "unet"), ("vae",), ("text_encoders", "clip")
KINDS = (*EXPERTS, *VAES, *TEXTS)
SUFFIXES = {".safetensors", ".sft", ".gguf", ".pt", ".pth", ".bin", ".ckpt"}
"""Of weights; those that nobody reads here are refused by what is in them."""
TASKS = {"t2v": say("text-to-video (T2V)"), "i2v": say("image-to-video (I2V)")}
NAME_ONE = say("Name the one that you mean.")
NAME_IT = say("Put it there, or name it.")
ABOVE = 4  # folders between a file and ComfyUI's own


def models_folder(path: Path) -> Path:
    """ComfyUI's folder of models around or in `path`; where there is none, the folder that `path` is or lies in."""
    folder = path if path.is_dir() else path.parent
    for place in [folder, *list(folder.parents)[:ABOVE]]:
        for home in (place / "models", place):
            if any((home / kind).is_dir() for kind in EXPERTS):
                return home
    return folder


def experts(path: Path, task: str) -> tuple[Path, Path]:
    """The files of the high- and the low-noise expert for `task`: of the pair that the file `path` is one of, or the
    only pair in the folder `path`.

    Raises Misfit where they are not there, are more than one pair, or are something else than their names say.
    """
    if path.is_file():
        return _of_file(path)
    folder = models_folder(path)
    inside = path if _within(path, folder, EXPERTS) else folder
    files = _files(inside, EXPERTS)
    pairs: dict[str, dict[str, Path]] = {}
    refused: list[Misfit] = []
    for file in files:
        expert = noise.expert_of(file)
        if expert and _is_for(task, file, refused):
            pairs.setdefault(noise.pair(file), {})[expert] = file
    whole = [one for one in pairs.values() if len(one) == 2]
    if len(whole) > 1:
        message = say(
            "{folder} holds several pairs for {task}: {names}.",
            folder=path,
            task=TASKS[task],
            names=", ".join(one["high"].name for one in whole),
        )
        raise Misfit("model-ambiguous", message, NAME_ONE)
    if not whole:
        raise _no_pair(path, task, pairs, refused)
    return whole[0]["high"], whole[0]["low"]


def vae(path: Path) -> Path:
    """The only VAE of Wan 2.1 among the files of the folder `path`; of several the one that is called so."""
    return _only(path, VAES, vae_file.read, say("VAE"), "wan_2.1_vae.safetensors", _like_wan)


def text(path: Path) -> Path:
    """The UMT5 encoder among the files of the folder `path`, in BF16 before FP16 before FP32."""
    return _only(path, TEXTS, text_file.read, say("text encoder"), "umt5_xxl_fp16.safetensors", _smallest)


def _of_file(path: Path) -> tuple[Path, Path]:
    if what := base_model.another(path.name):
        raise another(path, what)
    expert = noise.expert_of(path)
    if expert is None:
        ExpertFile.read(path)  # what it is goes before what it is called
        message = say("Nothing in the name of {path} says whether it is the high- or the low-noise expert.", path=path)
        raise Misfit("model-ambiguous", message, say("Call the two files ..._high_noise... and ..._low_noise...."))
    other = noise.counterpart(path)
    if not other.is_file():
        ExpertFile.read(path)
        message = say("{path} has no counterpart {name} beside it.", path=path, name=other.name)
        raise Misfit("model-incomplete", message, say("Wan 2.2 14B has two experts: put the other one there."))
    return (path, other) if expert == "high" else (other, path)


def _is_for(task: str, file: Path, refused: list[Misfit]) -> bool:
    try:
        if what := base_model.another(file.name):
            raise another(file, what)
        return ExpertFile.read(file).task == task
    except Misfit as misfit:
        refused.append(misfit)
        return False


def _no_pair(path: Path, task: str, pairs: dict[str, dict[str, Path]], refused: list[Misfit]) -> Misfit:
    for one in pairs.values():  # half a pair
        (file,) = one.values()
        message = say("{path} has no counterpart {name} beside it.", path=file, name=noise.counterpart(file).name)
        return Misfit("model-incomplete", message, say("Wan 2.2 14B has two experts: put the other one there."))
    if refused:
        return refused[0]
    message = say(
        "{folder} is no model: neither a folder in diffusers' layout, nor are two single files for {task} in it whose "
        "names say high and low.",
        folder=path,
        task=TASKS[task],
    )
    return Misfit("wrong-checkpoint", message, say("Name the model's folder, one of its files, or a hub id."))


def _only(
    path: Path,
    kinds: tuple[str, ...],
    read: Callable[[Path], object],
    what: str,
    name: str,
    best: Callable[[list[Path]], list[Path]],
) -> Path:
    """The file of one kind: what `read` refuses is left out, and of several `best` keeps the ones to take."""
    folder = models_folder(path)
    found, refused = [], []
    for file in _files(folder, kinds):
        try:
            read(file)
            found.append(file)
        except Misfit as misfit:
            refused.append((file, misfit))
    found = best(found) if len(found) > 1 else found
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        message = say(
            "{folder} holds several files that may be the {what}: {names}.", folder=folder, what=what, names=names
        )
        raise Misfit("model-ambiguous", message, NAME_ONE)
    if not found:
        near = [misfit for file, misfit in refused if _near(file, name)]
        if near:
            raise near[0]
        message = say("There is no {what} in {folder}, such as {name}.", what=what, folder=folder, name=name)
        raise Misfit("model-incomplete", message, NAME_IT)
    return found[0]


def _near(file: Path, name: str) -> bool:
    """Whether `file` was meant for `name` (`umt5_xxl_fp8…`, `wan2.2_vae`), and is not some other model's."""
    return file.name.lower()[:3] == name[:3]


def _files(folder: Path, kinds: Iterable[str]) -> list[Path]:
    """The files in those of ComfyUI's folders that are there; where none of any kind is, all in `folder`."""
    if any((folder / kind).is_dir() for kind in KINDS):
        found = [file for kind in kinds for file in (folder / kind).rglob("*")]
    else:
        found = [*folder.glob("*"), *folder.glob("*/*")]
    return sorted(file for file in found if file.suffix.lower() in SUFFIXES and file.is_file())


def _within(path: Path, folder: Path, kinds: Iterable[str]) -> bool:
    return path != folder and any(path.is_relative_to(folder / kind) for kind in kinds)


def _like_wan(files: list[Path]) -> list[Path]:
    """Other models have VAEs of the same shapes (Qwen-Image): the name decides."""
    return [file for file in files if "wan" in file.name.lower()] or files


def _smallest(files: list[Path]) -> list[Path]:
    """Those whose largest weight takes the fewest bytes, and BF16 before FP16."""
    tensors = {file: text_file.read(file).file.tensors.values() for file in files}
    largest = {file: max(of, key=lambda one: one.end - one.begin) for file, of in tensors.items()}
    rank = {file: (one.end - one.begin, one.dtype) for file, one in largest.items()}
    return [file for file in files if rank[file] == min(rank.values())]
