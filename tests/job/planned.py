"""Plans and estimates of the 14 B for tests, without clips or a machine."""

from dataclasses import replace

from wannb.job import Job
from wannb.job.cost.estimate import Clips, Estimate, Surroundings, estimate_of
from wannb.job.cost.model_shape import ModelShape
from wannb.job.cost.plan import Plan
from wannb.job.cost.shapes import Shape

MODEL = ModelShape.of_14b("i2v")
SMALL, LARGE = Shape(41, 512, 512), Shape(81, 832, 480)  # 11,264 and 32,760 tokens, as they were measured


def job(**settings: object) -> Job:
    """An image-to-video job on the 14 B for a card of 80 GB, in BF16; `settings` by dotted key, `__` for the dots."""
    made = Job.recipe("motion", "i2v", 80)
    plain = {"train__optimizer": "adamw", "train__disable_sampling": True, "model__quantize": False}
    for key, value in {**plain, **settings}.items():
        made.put(key.replace("__", "."), value)
    return made


def plan(**settings: object) -> Plan:
    return Plan.of(job(**settings), MODEL)


def as_measured(**changes: object) -> Plan:
    """As gpu-measurements.md's diffusers rows: one bf16 expert, a bf16 LoRA of rank 16, AdamW, nothing compiled."""
    made = plan(model__model_kwargs__train_low_noise=False, wannb__compile=False, wannb__keep="inputs")
    return replace(made, **{"adapter_precision": "bf16", **changes})


def estimate(made: Job, *shapes: Shape, where: Surroundings | None = None, **clips: object) -> Estimate:
    drawn = shapes or (Shape(41, 512, 512, share=1.0, clips=20, encodings=20),)
    return estimate_of(made, Clips(tuple(drawn), **clips), MODEL, where or Surroundings(card_gib=80.0))
