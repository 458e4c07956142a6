"""TARGET: what is trained onto the experts."""

from pydantic import Field

from wannb.job.choices import NETWORKS, NO_NETWORK
from wannb.job.section import Section
from wannb.job.setting import refused, setting

LOKR = "network.type"


class NetworkKwargs(Section):
    """Which layers get an adapter (`network.network_kwargs`)."""

    PANEL = "TARGET"
    ignore_if_contains: list[str] = setting([], help="Leave out layers whose name has one of these in it.")
    only_if_contains: list[str] = setting([], help="Only layers whose name has one of these in it.")
    full_if_contains: list[str] = refused(
        [],
        "layers trained whole do not fit into a LoRA file",
        help="Train these layers whole instead of by an adapter.",
    )
    parameter_threshold: int = setting(0, ge=0, help="Leave out layers with fewer parameters.")


class Network(Section):
    """The adapter (`network`)."""

    PANEL = "TARGET"
    type: str = setting(
        "lora", label="Target Type", importance="important", built=("lora", "lokr"),
        choices=NETWORKS, why=NO_NETWORK,
        help="LoRA: two thin matrices beside every linear layer of a block, which every program for Wan loads.",
    )  # fmt: skip
    linear: int = setting(
        16, absent=4, legacy=("rank",), label="Linear Rank", importance="essential", ge=1, le=1024,
        help="How much the LoRA can hold. 16 to begin with, 32 for rich styles and for faces with memory to spare; "
        "past 64 only on purpose.",
    )  # fmt: skip
    linear_alpha: int | float | None = setting(
        None, legacy=("alpha",), label="Linear Alpha", gt=0,
        help="The LoRA is scaled by alpha / rank. Empty means the rank. AI Toolkit always takes the rank.",
    )  # fmt: skip
    conv: int | None = setting(
        None, label="Conv Rank", inert=True, help="No effect on Wan, whose blocks have no 2-D convolutions."
    )
    conv_alpha: float | None = setting(None, label="Conv Alpha", inert=True, help="No effect on Wan.")
    lokr_full_rank: bool = setting(True, label="LoKr Full Rank", of=LOKR, help="LoKr without a low-rank part.")
    lokr_factor: int = setting(
        -1, label="LoKr Factor", of=LOKR, choices={-1: "Auto", 4: "4", 8: "8", 16: "16", 32: "32"},
        help="How LoKr splits a matrix; Auto takes the largest factor.",
    )  # fmt: skip
    old_lokr_format: bool = refused(
        False,
        "files are written as loaders read them today",
        label="Old LoKr Format",
        of=LOKR,
        help="Key names of earlier LoKr files.",
    )
    lorm: dict | None = setting(None, label="LoRM", inert=True, help="Settings of the type lorm.")
    dropout: float | None = setting(
        None, label="Dropout", ge=0, le=1, help="Share of the LoRA's inputs dropped while training."
    )
    network_kwargs: NetworkKwargs = Field(default_factory=NetworkKwargs)
    transformer_only: bool = refused(
        True, "LoRA files for Wan hold nothing for the text encoder", help="Leave the text encoder alone."
    )
    split_multistage_loras: bool = refused(
        True,
        "neither ComfyUI nor diffusers loads both experts from one file",
        label="Split Multistage LoRAs",
        help="One file an expert, as ComfyUI and diffusers load them.",
    )
    layer_offloading: bool = refused(
        False,
        "AI Toolkit says of its own that it does not work yet",
        help="Stream the adapter from RAM; AI Toolkit lacks it too.",
    )
    pretrained_lora_path: str | None = setting(
        None, label="Pretrained LoRA", unit="path", help="Begin with this LoRA instead of with none."
    )
    all_layers: bool = refused(
        False,
        "the keys that loaders of Wan LoRAs know are those of the blocks' layers",
        help="Also the layers outside the blocks.",
    )
