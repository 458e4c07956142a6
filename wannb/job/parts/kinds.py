"""What the parts of a model are, and whether they belong together, by configurations and headers alone."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wannb.job.parts import diffusers_folder, noise, text_file, vae_file
from wannb.job.parts.diffusers_folder import EXPERTS
from wannb.job.parts.expert_file import CHANNELS, ExpertFile
from wannb.job.parts.misfit import TAKE_14B, Misfit
from wannb.job.parts.parts import Place, Where, place
from wannb.job.parts.tensor_file import TensorFile
from wannb.job.parts.vae_file import LATENT_CHANNELS, another_vae
from wannb.words import say

SMALL = 1 << 20  # bytes: norms, biases and modulations, which are enough to tell two experts apart
NOISE = re.compile(r"(?:high|low)[-_ ]?noise", re.IGNORECASE)


def expert_config(where: Place, expert: str) -> dict[str, Any]:
    """The configuration of one expert of a folder or file on this machine; raises Misfit where it cannot be had."""
    if where.is_file():
        return ExpertFile.read(where).config
    return diffusers_folder.read_config(where, f"{EXPERTS[expert]}/config.json")


def vae_config(where: Path) -> dict[str, Any]:
    return vae_file.read(where).config if where.is_file() else diffusers_folder.read_config(where, "vae/config.json")


def text_config(where: Path) -> dict[str, Any]:
    if where.is_file():
        return text_file.read(where).config
    return diffusers_folder.read_config(where, "text_encoder/config.json")


def task_of(where: Where) -> str | None:
    """What the model is for ("t2v" | "i2v"), after a look at every part that is on this machine; None where its experts
    are not.

    Raises Misfit for another model's parts, one expert given for both, an expert whose header names it the other one,
    another VAE, a text encoder of another width.
    """
    found, width = None, None
    if isinstance(place(where, "high"), Path):
        configs = {expert: expert_config(place(where, expert), expert) for expert in EXPERTS}
        found = task_of_configs(place(where, "high"), configs.values(), {})
        width = configs["high"].get("text_dim")
        _refuse_swapped(where)
        _refuse_one_for_both(where)
    if isinstance(vae := place(where, "vae"), Path):
        channels = vae_config(vae).get("z_dim", LATENT_CHANNELS)
        if channels != LATENT_CHANNELS:
            raise another_vae(vae / "vae" if vae.is_dir() else vae, channels)
    if width and isinstance(text := place(where, "text_encoder"), Path):
        own = text_config(text).get("d_model", width)
        if own != width:
            message = say(
                "{path} gives {own} numbers a token, and the experts take {width}.", path=text, own=own, width=width
            )
            raise Misfit("wrong-checkpoint", message, say("Take the text encoder of the same model."))
    return found


def task_of_configs(name: object, configs: Iterable[Mapping[str, Any]], index: Mapping[str, Any]) -> str:
    """The task by the experts' config.json and the folder's model_index.json; raises Misfit for another model."""
    tasks = {_task_of(name, config, index) for config in configs}
    if len(tasks) > 1:
        message = say("The two experts of {name} take different inputs: they belong to different models.", name=name)
        raise Misfit("wrong-checkpoint", message, TAKE_14B)
    return tasks.pop()


def _task_of(name: object, config: Mapping[str, Any], index: Mapping[str, Any]) -> str:
    kind, channels = config.get("_class_name", "WanTransformer3DModel"), config.get("in_channels")
    if kind != "WanTransformer3DModel":
        what = say("a {kind} model", kind=kind)
    elif config.get("image_dim") or config.get("added_kv_proj_dim"):
        what = say("a Wan 2.1 image-to-video model")
    elif index.get("expand_timesteps") or channels not in CHANNELS:
        what = say("a model with {channels} input channels (TI2V 5B or another)", channels=channels)
    else:
        return CHANNELS[channels]
    raise Misfit("wrong-checkpoint", say("{name} is {kind}, not Wan 2.2 14B.", name=name, kind=what), TAKE_14B)


def _files(where: Where, expert: str) -> list[Path]:
    lies = place(where, expert)
    return [lies] if lies.is_file() else diffusers_folder.weight_files(lies / EXPERTS[expert])


def _refuse_swapped(where: Where) -> None:
    """Names and headers are all there is: nothing in the weights themselves says which expert they are."""
    for expert in EXPERTS:
        for file in _files(where, expert)[:1]:
            said = {noise.named(one) for one in NOISE.findall(" ".join(TensorFile.read(file).metadata.values()))}
            if said == {noise.OTHER[expert]}:
                message = say(
                    "{path} stands for the {expert}-noise expert, and its header calls it the {other}-noise one.",
                    path=file,
                    expert=expert,
                    other=noise.OTHER[expert],
                )
                raise Misfit("wrong-expert", message, say("Exchange the two files, or correct their names."))


def _refuse_one_for_both(where: Where) -> None:
    high, low = (_small(_files(where, expert)) for expert in EXPERTS)
    if high.keys() == low.keys() and all(high[name].bytes_of(name) == low[name].bytes_of(name) for name in high):
        name = place(where, "high")
        message = say("Both experts of {name} have the same weights: one file stands for both.", name=name)
        raise Misfit("wrong-expert", message, say("Wan 2.2 14B has two: put the other one in its place."))


def _small(files: list[Path]) -> dict[str, TensorFile]:
    """The file that each small tensor of an expert is in."""
    found = {}
    for file in map(TensorFile.read, files):
        found |= {name: file for name, one in file.tensors.items() if one.end - one.begin <= SMALL}
    return found
