"""A job as the estimate sees it: the numbers that memory, time and disk follow from, and nothing else."""

from dataclasses import dataclass
from typing import Self

from wannb.job.cost.adapter_size import AdapterSize
from wannb.job.cost.measured import BYTES, FULL, LOWER, QUANTIZED
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.preview_plan import Preview, preview_times, previews_of
from wannb.job.job import Job


@dataclass(frozen=True)
class Plan:
    """precision: the frozen experts' ("bf16" | "fp32"); adapter_precision: that of the adapters' products, for a
    LoRA the expert's and for a LoKr fp32; the weights of both are fp32.

    weight_bytes, text_bytes: of one frozen weight of a block and of the text encoder. offloaded: the share of the
    blocks that streams from RAM. preserves: whether the base's output is held to. base_reference: whether the base
    predicts once more for differential guidance. preview_times: how often `previews` are made.
    """

    model: ModelShape
    adapters: dict[str, AdapterSize]
    kind: str
    precision: str
    adapter_precision: str
    weight_bytes: float
    text_bytes: float
    offloaded: float
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
            weight_bytes=_weight_bytes(job.model.quantize, job.model.qtype, precision),
            text_bytes=_weight_bytes(_quantizes_text(job), job.model.qtype_te, precision),
            offloaded=job.model.layer_offloading_transformer_percent if job.model.layer_offloading else 0.0,
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
    def experts_on_card(self) -> int:
        """How many experts stay on the device while training."""
        return min(len(self.adapters), 1 if self.low_vram else 2)


def _weight_bytes(quantized: bool | None, qtype: str, precision: str) -> float:
    return QUANTIZED.get(qtype.split("|")[0], 1.0) if quantized else BYTES[precision]


def _quantizes_text(job: Job) -> bool:
    wanted = job.model.quantize_te
    return job.model.quantize if wanted is None else wanted
