"""A training job: AI Toolkit's file, read whole, changed where asked, written back."""

import copy
from pathlib import Path
from typing import Any, Self

from wannb.files import write_atomically
from wannb.job import base_model, text
from wannb.job.dataset import Dataset
from wannb.job.dotted import located
from wannb.job.model import Model, Own
from wannb.job.network import Network
from wannb.job.new_job import recipe
from wannb.job.process import Process
from wannb.job.sample import Sampling
from wannb.job.samples import Sample, resolved, with_images_from
from wannb.job.saving import Logging, Saving
from wannb.job.section import Source
from wannb.job.setting import facts_of
from wannb.job.train import Train
from wannb.refusal import Refusal

EXPERTS = {"high": "train_high_noise", "low": "train_low_noise"}
DEFAULT_SEED = 42
FORBIDDEN = '/ \\ : * ? " < > |'
NOT_IN_NAMES = {*FORBIDDEN.split(), *"\0\n\r\t"}


class Job:
    """A job file's settings by their own names: `job.train.lr`, `job.datasets[0].num_frames`, `job.trigger_word`.

    The section `save` is `job.saving`. Missing keys have AI Toolkit's defaults; what is changed here is all that
    changes in the file.
    """

    network: Network
    saving: Saving
    datasets: list[Dataset]
    train: Train
    logging: Logging
    model: Model
    sample: Sampling
    wannb: Own
    trigger_word: str | None
    training_folder: str
    training_seed: int | None
    device: str

    def __init__(self, document: dict[str, Any], process: Process, folder: Path | None = None) -> None:
        self._document, self._process, self._folder = document, process, folder

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a YAML or JSON job file; raises Refusal with a sentence on what is wrong with it."""
        return cls._of(text.read(path), Path(path).resolve().parent)

    @classmethod
    def from_dict(cls, mapping: dict[str, Any]) -> Self:
        """A job from the mapping that a job file holds; paths are taken from the working directory."""
        return cls._of(copy.deepcopy(mapping), None)

    @classmethod
    def recipe(
        cls,
        kind: str,
        task: str = "i2v",
        vram_gb: float = 24,
        data: str | Path | None = None,
        name: str | None = None,
        trigger: str | None = None,
    ) -> Self:
        """A new job as the guides advise: `kind` motion, style or character, `task` t2v or i2v, `data` a folder.

        trigger: the Trigger Word; style and character, which need one, make one up where none is given.
        """
        return cls.from_dict(recipe(kind, task, vram_gb, data, name, trigger))

    @classmethod
    def _of(cls, document: dict[str, Any], folder: Path | None) -> Self:
        name, process = _parts(document)
        return cls(document, Process.read(process, Source(name, folder)), folder)

    def to_dict(self) -> dict[str, Any]:
        """The mapping of the job file: as it was read, with the changes."""
        document = copy.deepcopy(self._document)
        document["config"]["process"][0] = self._process.written()
        return document

    def to_yaml(self) -> str:
        return text.dump(self.to_dict())

    def save(self, path: str | Path) -> None:
        """Write the job file (JSON where `path` ends so, else YAML), whole or not at all."""
        write_atomically(path, text.dump_json(self.to_dict()) if Path(path).suffix == ".json" else self.to_yaml())

    def anchored(self) -> "Job":
        """A copy whose paths are all absolute, so that it means the same from any folder (a run's config.yaml)."""
        job = Job._of(self.to_dict(), self._folder)
        for _, section in job._process.sections():
            for field, info in type(section).model_fields.items():
                value, unit = getattr(section, field), facts_of(info).get("unit")
                if value and (unit == "output path" or unit == "path" and Path(value).exists()):
                    section.pin(field, str(Path(value).resolve()))
        if job.sample.prompts:
            job.sample.prompts = [with_images_from(prompt, self._folder or Path.cwd()) for prompt in job.sample.prompts]
        for item in job.sample.samples:
            item.prompt = with_images_from(item.prompt, self._folder or Path.cwd())
        return job

    def replace(self, mapping: dict[str, Any]) -> None:
        """Become the job that `mapping` holds, in place; raises Refusal, and stays as it is, where that is none."""
        other = type(self)._of(copy.deepcopy(mapping), self._folder)
        self._document, self._process = other._document, other._process

    def get(self, key: str) -> Any:
        """The setting `key`, dotted as in the file: `train.lr`, `save.save_every`, `datasets[0].num_frames`, `name`."""
        if key == "name":
            return self.name
        section, field = located(self._process, key)
        return getattr(section, field)

    def put(self, key: str, value: Any) -> None:
        """Set what `get` returns; raises Refusal with a sentence where there is no such setting or value."""
        if key == "name":
            self.name = value
            return
        section, field = located(self._process, key)
        setattr(section, field, value)

    @property
    def name(self) -> str:
        """The training's name: the run's folder and the beginning of its files' names."""
        return self._document["config"]["name"]

    @name.setter
    def name(self, name: str) -> None:
        self._document["config"]["name"] = _file_name(name)

    @property
    def task(self) -> str:
        """`t2v` or `i2v`."""
        return "i2v" if self.model.arch.endswith("_i2v") else "t2v"

    @property
    def run_dir(self) -> Path:
        return Path(self.training_folder) / self.name

    @property
    def cache_dir(self) -> Path:
        """Where latents and embeddings are kept."""
        return Path(self.wannb.cache_folder or Path(self.training_folder) / ".wannb-cache")

    @property
    def stages(self) -> list[str]:
        """The experts to train, in the order of the schedule: `high` before `low`."""
        return [expert for expert, key in EXPERTS.items() if getattr(self.model.model_kwargs, key)]

    @property
    def compiles(self) -> bool:
        """Whether its blocks are to be compiled: as it says, "auto" where a GPU trains more than a tiny Wan."""
        if self.wannb.compile == "auto":
            return self.device.startswith("cuda") and not base_model.is_tiny(self.model.name_or_path)
        return self.wannb.compile

    @property
    def seed(self) -> int:
        return DEFAULT_SEED if self.training_seed is None else self.training_seed

    @property
    def samples(self) -> list[Sample]:
        """The previews to make, with everything filled in."""
        return resolved(self.sample, self.trigger_word, self._folder)

    @property
    def unknown(self) -> list[str]:
        """Dotted keys of the file that nobody knows; they stay in it."""
        config = self._document["config"]
        beside = [key for key in self._document if key not in ("job", "config", "meta")]
        beside += [f"config.{key}" for key in config if key not in ("name", "process")]
        return [str(key) for key in (*beside, *self._process.unknown())]

    @property
    def processes(self) -> int:
        """How many processes the file has; only the first is run."""
        return len(self._document["config"]["process"])

    @property
    def process(self) -> Process:
        """The process that all settings belong to."""
        return self._process

    def rank(self, expert: str) -> int:
        """The LoRA's rank for `high` or `low`."""
        return self._own(expert).rank or self.network.linear

    def alpha(self, expert: str) -> float:
        """The LoRA's alpha for `high` or `low`; the rank where none is given."""
        own = self._own(expert)
        if own.alpha is not None:
            return own.alpha
        if own.rank is not None or self.network.linear_alpha is None:
            return float(self.rank(expert))
        return float(self.network.linear_alpha)

    def lr(self, expert: str) -> float:
        """The learning rate of `high` or `low`; the job's where it has none of its own."""
        own = self._own(expert).lr
        return self.train.lr if own is None else own

    def _own(self, expert: str) -> Any:
        if expert not in EXPERTS:
            raise Refusal(f"There is no expert {expert!r}: the two are high and low.")
        return getattr(self.wannb, expert)

    def __getattr__(self, name: str) -> Any:
        if name in Process.model_fields:
            return getattr(self._process, name)
        raise AttributeError(f"a job has no {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in Process.model_fields:
            setattr(self._process, name, value)
        elif name.startswith("_") or isinstance(getattr(type(self), name, None), property):
            super().__setattr__(name, value)
        else:
            raise Refusal(f"A job has no setting {name!r}.")

    def __repr__(self) -> str:
        return f"Job({self.name!r}, {self.task}, {len(self.datasets)} data sets, {self.train.steps} steps)"


def _parts(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the process of a job file's mapping; raises Refusal where there is none."""
    if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
        raise Refusal("This is no job file: it must have the keys job and config, with name and process in config.")
    if document.get("job", "extension") != "extension":
        raise Refusal(f"job is {document['job']!r}: only job: extension (LoRA training) is known here.")
    config = document["config"]
    processes = config.get("process")
    if not isinstance(processes, list) or not processes or not isinstance(processes[0], dict):
        raise Refusal("config.process must be a list with one mapping of settings in it.")
    return _file_name(config.get("name")), processes[0]


def _file_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip(" .") or any(c in name for c in NOT_IN_NAMES):
        raise Refusal(
            f"config.name is {name!r}: it names a folder and files, so it needs letters and none of {FORBIDDEN}."
        )
    return name
