"""What makes a job lighter: changes of settings that lower the peak of memory, least harm first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wannb.job.cost import keeping, memory
from wannb.job.cost.measured import FULL, LOWER
from wannb.job.cost.plan import Plan, quantized_bytes, quantized_text_bytes
from wannb.job.cost.shapes import Shape, shared_out
from wannb.job.model import ADAPTERS
from wannb.words import join, say

FRAMES = (41, 33, 21, 9)
SIDE = 512
"""Pixels of a preview's side, where it has to be smaller."""
NOTICED = 0.01
"""Share of the peak under which a change is none."""
EIGHT = TEXT = "float8"
EIGHT_BITS = say("Quantization float8: the experts in half of BF16, at next to no loss.")
FOUR_BITS = say("Quantization 4bit with ARA: the experts in less than a third of BF16, at a small loss.")


@dataclass(frozen=True)
class Change:
    """`settings`: dotted key -> value; `peak_gib`: with it alone."""

    sentence: str
    settings: dict[str, Any]
    peak_gib: float


@dataclass(frozen=True)
class Case:
    """A job to weigh: its plan, the shapes it draws, and what was set to make it of another."""

    plan: Plan
    shapes: tuple[Shape, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    sentence: str = ""

    @property
    def phases(self) -> dict[str, float]:
        """GiB at the peak of caching, training and previews."""
        return {
            "caching": memory.caching(self.plan, self.shapes),
            "training": sum(memory.training(self.plan, self.shapes).values()),
            "previews": memory.previews(self.plan),
        }

    @property
    def peak(self) -> float:
        return max(self.phases.values())

    def then(self, other: "Case") -> "Case":
        """`other`, made of this one, with the settings and sentences of both."""
        sentence = join(" ", [one.sentence for one in (self, other) if one.sentence])
        return replace(other, settings={**self.settings, **other.settings}, sentence=sentence)

    def by(self, settings: dict[str, Any], sentence: str, **plan: Any) -> "Case":
        """This one where `settings` change these numbers of its plan."""
        return Case(replace(self.plan, **plan), self.shapes, settings, sentence)


def changes(case: Case) -> list[Change]:
    """Each change that lowers the peak noticeably by itself, least harm first."""
    now = case.peak
    lighter = [one for kind in KINDS for one in kind(case)]
    peaks = [(one, one.peak) for one in lighter]
    return [Change(one.sentence, one.settings, peak) for one, peak in peaks if peak < (1 - NOTICED) * now]


def fitting(case: Case, card_gib: float) -> Case | None:
    """`case` with the fewest changes, least harm first, with which the peak is within the card; None where all of them
    are not enough."""
    taken: list[tuple[Kind, int]] = []
    for kind in KINDS:
        now = _with(case, taken)
        peaks = [now.then(one).peak for one in kind(now)]
        if now.peak > card_gib and peaks and min(peaks) < now.peak:
            enough = [i for i, peak in enumerate(peaks) if peak <= card_gib]
            taken.append((kind, enough[0] if enough else peaks.index(min(peaks))))
    for one in list(taken):  # what was taken first may not be needed any more
        without = [other for other in taken if other is not one]
        if _with(case, without).peak <= card_gib:
            taken = without
    found = _with(case, taken)
    return found if found.peak <= card_gib else None


def _with(case: Case, taken: Sequence[tuple["Kind", int]]) -> Case:
    """`case` after each kind's change of that number."""
    for kind, number in taken:
        case = case.then(list(kind(case))[number])
    return case


def _text(case: Case) -> Iterator[Case]:
    if case.plan.live_text:
        sentence = say("Cache Text Embeddings on: the text encoder leaves the card.")
        yield case.by({"train.cache_text_embeddings": True}, sentence, live_text=False)


def _precision(case: Case) -> Iterator[Case]:
    plan = case.plan
    if plan.precision == FULL:
        lower = {name: 2.0 for name in ("weight_bytes", "text_bytes") if getattr(plan, name) == 4}
        lower |= {} if plan.kind == "lokr" else {"adapter_precision": LOWER}
        yield case.by({"train.dtype": LOWER}, say("Training Precision BF16: half of FP32."), precision=LOWER, **lower)


def _checkpointing(case: Case) -> Iterator[Case]:
    if not case.plan.checkpointing:
        sentence = say("Gradient Checkpointing on: the activations of one block at a time; only slower.")
        yield case.by({"train.gradient_checkpointing": True}, sentence, checkpointing=True)


def _low_vram(case: Case) -> Iterator[Case]:
    if not case.plan.low_vram:
        sentence = say("Low VRAM on: the expert that waits leaves the card; only slower.")
        yield case.by({"model.low_vram": True}, sentence, low_vram=True)


def _inputs(case: Case) -> Iterator[Case]:
    if case.plan.checkpointing and case.plan.kept not in keeping.OFFLOADED:
        sentence = say("Activations Kept: Inputs in RAM; what blocks keep waits in main memory, only slower.")
        yield case.by({"wannb.keep": "offloaded"}, sentence, keep="offloaded")


def _offloading(case: Case) -> Iterator[Case]:
    if case.plan.offloaded < 1:
        settings = {"model.layer_offloading": True, "model.layer_offloading_transformer_percent": 1.0}
        sentence = say("Layer Offloading on: blocks come from main memory (64 GB or more) as they are used.")
        yield case.by(settings, sentence, offloaded=1.0)


def _bits(case: Case) -> Iterator[Case]:
    """The text encoder in 8 bits with it: it is on the card alone, before the experts."""
    plan = case.plan
    four = ADAPTERS["wan22_14b_i2v" if plan.i2v else "wan22_14b"]
    text = min(plan.text_bytes, quantized_text_bytes(TEXT, plan.model, plan.precision))
    for qtype, sentence in ((EIGHT, EIGHT_BITS), (four, FOUR_BITS)):
        each = quantized_bytes(qtype, None, plan.model, plan.precision)
        if each < (1 - NOTICED) * plan.weight_bytes:
            settings = {"model.quantize": True, "model.qtype": qtype, "model.accuracy_recovery_adapter": None}
            settings |= {"model.quantize_te": True, "model.qtype_te": TEXT}
            held = {"weight_bytes": each, "text_bytes": text, "unpacks": qtype != EIGHT}
            yield case.by(settings, sentence, in_8_bits=plan.precision == LOWER, **held)


def _batch(case: Case) -> Iterator[Case]:
    largest = max((one.batch for one in case.shapes), default=1)
    if largest == 1:
        return
    passes = case.plan.accumulation * largest
    own = {f"datasets[{one.dataset}].batch_size": 1 for one in case.shapes if one.own_batch and one.batch > 1}
    settings = {"train.batch_size": 1, **own, "train.gradient_accumulation": passes}
    sentence = say(
        "Batch Size 1 with Gradient Accumulation {passes}: a step still learns from as many clips.", passes=passes
    )
    shapes = tuple(replace(one, batch=1) for one in case.shapes)
    yield Case(replace(case.plan, accumulation=passes), shapes, settings, sentence)


def _resolution(case: Case) -> Iterator[Case]:
    """Leave out the largest resolution, then the next; every set keeps its smallest."""
    sides: dict[int, set[int]] = {}
    for one in case.shapes:
        sides.setdefault(one.dataset, set()).add(one.resolution)
    for most in sorted(set().union(*sides.values()), reverse=True)[1:]:
        kept = {number: [side for side in sorted(own) if side <= most] or [min(own)] for number, own in sides.items()}
        settings = {f"datasets[{n}].resolution": kept[n] for n, own in sides.items() if len(kept[n]) < len(own)}
        shapes = shared_out([one for one in case.shapes if one.resolution in kept[one.dataset]])
        yield Case(case.plan, tuple(shapes), settings, say("Resolutions up to {most} px.", most=most))


def _frames(case: Case) -> Iterator[Case]:
    longest = max((one.frames for one in case.shapes if one.counted), default=1)
    for count in FRAMES:
        if count < longest:
            cut = {one.dataset for one in case.shapes if one.counted and one.frames > count}
            settings = {f"datasets[{number}].num_frames": count for number in sorted(cut)}
            shapes = tuple(
                replace(one, frames=min(one.frames, count)) if one.dataset in cut else one for one in case.shapes
            )
            sentence = say("Num Frames {count}.", count=count)
            yield Case(case.plan, shapes, settings, sentence)


def _previews(case: Case) -> Iterator[Case]:
    large = [one for one in case.plan.previews if one.keys and one.width * one.height > SIDE**2]
    if large:
        settings = {key: value for one in large for key, value in one.settings_at(SIDE).items()}
        kept = tuple(one.at(SIDE) if one in large else one for one in case.plan.previews)
        yield case.by(
            settings,
            say("Previews of about {side}×{side} px; training stays as it is.", side=SIDE),
            previews=kept,
        )


Kind = Callable[[Case], Iterator[Case]]
KINDS: tuple[Kind, ...] = (
    _text, _checkpointing, _precision, _low_vram, _bits, _batch, _previews, _inputs, _offloading, _resolution, _frames
)  # fmt: skip
