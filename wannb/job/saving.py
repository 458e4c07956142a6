"""SAVE and logging: what is kept of a run and how often."""

from typing import Annotated

from pydantic import BeforeValidator

from wannb.job.choices import LATER, PRECISIONS
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import precision

Precision = Annotated[str, BeforeValidator(precision)]


class Saving(Section):
    """Checkpoints (`save`)."""

    PANEL = "SAVE"
    dtype: Precision = setting(
        "bf16", absent="fp16", label="Data Type", importance="important",
        choices=PRECISIONS, help="Precision of the saved LoRA files: BF16 or FP16; FP32 only doubles their size.",
    )  # fmt: skip
    save_every: int = setting(
        250, absent=1000, label="Save Every", importance="essential", ge=1, unit="steps",
        help="Steps between checkpoints: 250, or 500 in runs of 5000 steps and more. The best one is rarely the last.",
    )  # fmt: skip
    max_step_saves_to_keep: int = setting(
        4, absent=5, label="Max Step Saves to Keep", importance="important", ge=1,
        unit="checkpoints",
        help="Older checkpoint pairs are deleted; the final pair always stays. 4-6, more for long runs.",
    )  # fmt: skip
    save_format: str = setting(
        "diffusers", absent="safetensors", label="Save Format", choices=("safetensors", "diffusers"),
        inert=True, help="No effect on a LoRA.",
    )  # fmt: skip
    push_to_hub: bool = refused(False, LATER, label="Push to Hub", help="Upload checkpoints as they are saved.")
    hf_repo_id: str | None = setting(None, label="Hub Repository", of="save.push_to_hub", help="org/name on the hub.")
    hf_private: bool = setting(False, label="Private Repository", of="save.push_to_hub", help="Only you can see it.")


class Logging(Section):
    """Logs (`logging`); every step is in metrics.jsonl and in TensorBoard whatever stands here."""

    PANEL = "SAVE"
    log_every: int = setting(
        1, absent=100, label="Log Every", unit="steps", inert=True, help="AI Toolkit's log; ours has every step."
    )
    use_ui_logger: bool = setting(
        False, label="UI Logger", inert=True, help="AI Toolkit's loss database; not needed here."
    )
    use_wandb: bool = refused(
        False,
        "losses go to metrics.jsonl and TensorBoard events, which need no account",
        label="Weights & Biases",
        help="Send the losses to wandb.",
    )
    project_name: str = setting("ai-toolkit", label="Project Name", of="logging.use_wandb", help="The wandb project.")
    run_name: str | None = setting(None, label="Run Name", of="logging.use_wandb", help="The wandb run.")
    verbose: bool = setting(False, label="Verbose", inert=True, help="AI Toolkit's longer log.")
    monitor_every: int | None = setting(None, label="Monitor Every", inert=True, help="AI Toolkit's hardware log.")
