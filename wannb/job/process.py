"""JOB: the one training process of a job file (`config.process[0]`)."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from wannb.job.dataset import Dataset
from wannb.job.model import Model, Own
from wannb.job.network import Network
from wannb.job.sample import MOST_SEED, Sampling
from wannb.job.saving import Logging, Saving
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import device
from wannb.job.train import Train

Device = Annotated[str, BeforeValidator(device)]
TYPES = ("sd_trainer", "diffusion_trainer", "ui_trainer")


def _trainer(value: str) -> str:
    if value not in TYPES:
        raise ValueError(f"only LoRA training is known here; set type to one of {', '.join(TYPES)}")
    return value


class Process(Section):
    """Everything of a job but its name; sections have the names that the file gives them, `save` alone is `saving`."""

    PANEL = "JOB"
    type: Annotated[str, AfterValidator(_trainer)] = setting(
        "diffusion_trainer", absent="", choices=TYPES, help="Three names of the same trainer."
    )
    training_folder: str = setting(
        "output", label="Output Directory", importance="essential", unit="output path",
        help="The folder that runs are folders in: checkpoints, previews and figures of a training stand together.",
    )  # fmt: skip
    sqlite_db_path: str = setting("./aitk_db.db", inert=True, help="AI Toolkit's job database; no effect here.")
    device: Device = setting(
        "cuda", label="GPU ID", importance="important", help="What trains: cuda, cuda:1 for the second card, or cpu."
    )
    trigger_word: str | None = setting(
        None, label="Trigger Word", importance="essential",
        help="A short word that Wan does not know. It takes the place of [trigger], and stands in front of captions "
        "that lack it. Recommended for a style, needed for a character and for DOP; a motion usually has none.",
    )  # fmt: skip
    performance_log_every: int = setting(10, absent=0, inert=True, help="AI Toolkit's timing log; ours has every step.")
    training_seed: int | None = setting(
        None, label="Training Seed", ge=0, le=MOST_SEED, help="Unset: 42. The same seed, the same run."
    )
    log_dir: str | None = setting(None, inert=True, help="TensorBoard events always stand in the run's folder.")
    first_sample: dict | None = setting(
        None,
        panel="SAMPLE",
        built=(None, {}),
        why="the first previews are what later ones are compared with, so they are made like them",
        help="Other settings for the first sample.",
    )
    torch_profiler: bool = refused(
        False,
        "the seconds of every step are in metrics.jsonl; a profile is for developers",
        help="Profile the first steps.",
    )
    network: Network = Field(default_factory=Network)
    saving: Saving = Field(default_factory=Saving, json_schema_extra={"setting": {"key": "save"}})
    datasets: list[Dataset] = Field(default_factory=list)
    train: Train = Field(default_factory=Train)
    logging: Logging = Field(default_factory=Logging)
    model: Model = Field(default_factory=Model)
    sample: Sampling = Field(default_factory=Sampling)
    wannb: Own = Field(default_factory=Own)
