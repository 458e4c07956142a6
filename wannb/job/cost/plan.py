"""A job as the estimate sees it: the numbers that memory, time and disk follow from, and nothing else."""

from dataclasses import dataclass
from typing import Self

from wannb.job import linears
from wannb.job.cost.adapter_size import AdapterSize
from wannb.job.cost.measured import BYTES, FULL, LOWER, QUANTIZED
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.preview_plan import Preview, preview_times, previews_of
from wannb.job.job import Job
from wannb.job.qtypes import RECOVERY_RANK, held, quantizes_text

IN_8_BITS = ("float8", "uint4")


@dataclass(frozen=True)
class Plan:
    """precision: the frozen experts' ("bf16" | "fp32"); adapter_precision: that of the adapters' products, for a
    LoRA the expert's and for a LoKr fp32; the weights of both are fp32.

    weight_bytes, text_bytes: of one frozen weight of a block's linears, an accuracy recovery adapter's share in it, and
    of one of the text encoder, in the mean. unpacks: whether weights are unpacked for each product. offloaded,
    text_offloaded: the share of the experts' and of the text encoder's blocks that streams from main memory.
    compiled: whether the blocks are. keep: what each of them keeps of its forward pass, of `cost.keeping.KEPT`, or
    "auto". in_8_bits: whether linears multiply in 8 bits where a card can. preserves: whether the base's output is held
    to.
    base_reference: whether the base predicts once more for differential guidance. preview_times: how often `previews`
    are made. card_gib: what "auto" fills; None where the card is not known.
    """

    model: ModelShape
    adapters: dict[str, AdapterSize]
    kind: str
    precision: str
    adapter_precision: str
    weight_bytes: float
    text_bytes: float
    unpacks: bool
    offloaded: float
    text_offloaded: float
    compiled: bool
    keep: str
    in_8_bits: bool
    live_text: bool
    optimizer: str
    ema: bool
    low_vram: bool
    checkpointing: bool
    steps: int
    accumulation: int
    switch_every: int
    high_share: float
    preserves: bool
    base_reference: bool
    i2v: bool
    cpu: bool
    previews: tuple[Preview, ...]
    preview_times: int
    file_bytes: int
    save_every: int
    saves_kept: int
    validations: int
    validate_clips: int
    card_gib: float | None = None

    @classmethod
    def of(cls, job: Job, model: ModelShape) -> Self:
        train, precision = job.train, LOWER if BYTES.get(job.train.dtype, 2) == 2 else FULL
        previews = previews_of(job)
        return cls(
            model=model,
            adapters={expert: AdapterSize.of(job, expert, model) for expert in job.stages},
            kind="lokr" if job.network.type == "lokr" else "lora",
            precision=precision,
            adapter_precision=FULL if job.network.type == "lokr" else precision,
            weight_bytes=_weight_bytes(job, model, precision),
            text_bytes=_text_bytes(job, model, precision),
            unpacks=job.model.quantize and held(job.model.qtype).kind != "float8",
            offloaded=job.model.layer_offloading * job.model.layer_offloading_transformer_percent,
            text_offloaded=job.model.layer_offloading * job.model.layer_offloading_text_encoder_percent,
            compiled=job.compiles and job.device != "cpu",
            keep=job.wannb.keep,
            in_8_bits=job.model.quantize and held(job.model.qtype).kind in IN_8_BITS and precision == LOWER,
            live_text=not (train.cache_text_embeddings or train.unload_text_encoder),
            optimizer=train.optimizer,
            ema=train.ema_config.use_ema,
            low_vram=job.model.low_vram,
            checkpointing=train.gradient_checkpointing,
            steps=train.steps,
            accumulation=train.gradient_accumulation,
            switch_every=train.switch_boundary_every,
            high_share=job.wannb.high_noise_share,
            preserves=train.diff_output_preservation or train.blank_prompt_preservation,
            base_reference=train.do_differential_guidance and job.wannb.differential_guidance == "base",
            i2v=job.task == "i2v",
            cpu=job.device == "cpu",
            previews=previews,
            preview_times=preview_times(job) if previews else 0,
            file_bytes=BYTES.get(job.saving.dtype, 2),
            save_every=job.saving.save_every,
            saves_kept=job.saving.max_step_saves_to_keep,
            validations=1 + -(-train.steps // every) if (every := job.wannb.validate_every) else 0,
            validate_clips=job.wannb.validate_clips,
        )

    @property
    def kept(self) -> str:
        """What a block keeps at least; "auto" counts as gradient checkpointing, and keeps more where there is room."""
        if not self.checkpointing:
            return "all"
        return "inputs" if self.keep == "auto" else self.keep

    @property
    def experts_on_card(self) -> int:
        """How many experts stay on the device while training."""
        return min(len(self.adapters), 1 if self.low_vram else 2)


def quantized_bytes(qtype: str, adapter: str | None, model: ModelShape, precision: str) -> float:
    """Of a weight of a block's linears held in `qtype`, with its share of the pairs of `adapter`."""
    kind, beside = held(qtype, adapter)
    size = QUANTIZED.get(kind, 1.0)
    if beside is None:
        return size
    pairs = RECOVERY_RANK * sum(sum(linears.size(one, model.dim, model.ffn)) for one in linears.ORIGINAL)
    return size + pairs * BYTES[precision] / model.block_linears


def quantized_text_bytes(qtype: str, model: ModelShape, precision: str) -> float:
    """Of a parameter of the text encoder in the mean: its table of words is no linear, and stays as it is."""
    table = model.text_embeddings / model.text_parameters
    return table * BYTES[precision] + (1 - table) * quantized_bytes(qtype, None, model, precision)


def _weight_bytes(job: Job, model: ModelShape, precision: str) -> float:
    own = job.model
    if not own.quantize:
        return BYTES[precision]
    return quantized_bytes(own.qtype, own.accuracy_recovery_adapter, model, precision)


def _text_bytes(job: Job, model: ModelShape, precision: str) -> float:
    if not quantizes_text(job.model):
        return BYTES[precision]
    return quantized_text_bytes(job.model.qtype_te, model, precision)
