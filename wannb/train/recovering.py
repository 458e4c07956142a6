"""An accuracy recovery adapter, learned: the 4-bit expert with a low-rank part answers as the whole expert does.

First the whole expert, alone in memory, answers every question, and its linears tell what 4 bits will lose of their
outputs (`lost_outputs`): from that follows the start. Then the 4-bit expert, alone in memory, learns from the answers
that were kept: the mean squared difference of the velocities, by Adam.

Memory at 14 B, reckoned, an expert of 14.05 billion weights in its blocks: whole 28.1 GB (26.2 GiB) in bf16; beside it
passes without gradients and what is listened to, 3 GiB at 11,264 tokens (41 frames at 512 px), 8 at 32,760. In 4 bits
0.547 bytes a weight, 7.2 GiB; rank 16 has 77 million numbers, with gradient and both moments of Adam in fp32 1.1 GiB;
with gradient checkpointing 40 inputs of 11,264 tokens are 4.3 GiB and a block's own pass about 2.5. So one after the
other takes the larger of 29.2 and 15.1 GiB, both at once 42.3 GiB, which leaves a card of 48 GB no room for longer
clips. On 24 GB the whole expert's blocks stream from main memory (two at a time are on the card, 1.3 GiB): so they do
where they would not fit, and with Layer Offloading.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wannb.job import Job
from wannb.job.cost.keeping import OFFLOADED
from wannb.job.qtypes import RECOVERED
from wannb.job.qtypes import held as held_in
from wannb.refusal import Refusal
from wannb.train import held
from wannb.train.device import DTYPES, device_of
from wannb.train.model import Model
from wannb.train.objective import item_losses
from wannb.train.optimizers import memory, remember, set_rate
from wannb.train.rates import factor
from wannb.train.recovery_questions import Question, answering
from wannb.wan import keeping
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara import recovery
from wannb.wan.loading import weights
from wannb.wan.quantized.quantizing import Scheme
from wannb.wan.streaming.residency import Residency

RATE, WARMUP = 0.01, 10
"""How far Adam's largest steps go, as a share of each factor's root mean square; steps until they are reached."""
BETAS = (0.9, 0.99)
BESIDE = 8 * 2**30
"""Bytes on a card beside a whole expert's weights, for its passes."""
ALL = 1.0


class Error(NamedTuple):
    """Mean squares over all tests of the prediction's distance: from the flow's target, and from the whole expert."""

    loss: float
    error: float


def scheme_of(job: Job) -> Scheme:
    """How the job's blocks are held in 4 bits; raises Refusal where they are to be held otherwise."""
    kind = held_in(job.model.qtype).kind if job.model.quantize else "full precision"
    if kind != RECOVERED:
        raise Refusal(
            f"An accuracy recovery adapter is for experts in 4 bits, and this job holds them in {kind}: switch "
            f"model.quantize on and set model.qtype to {RECOVERED}."
        )
    return Scheme(kind, held.excluded(job.model.quantize_kwargs))


def layers_of(job: Job, model: Model) -> list[str]:
    """The linears that the job holds in 4 bits, where their width allows it, in diffusers' words."""
    patterns = scheme_of(job).exclude
    shapes = recovery.shapes(weights.facts(model.where, job.task))
    return [layer for layer in shapes if not any(fnmatchcase(layer.split(".", 2)[2], one) for one in patterns)]


def load_whole(job: Job, model: Model, expert: str) -> nn.Module:
    """`expert` ("high" | "low") in the job's precision, on the device or streaming to it where it would not fit."""
    device, dtype = device_of(job.device), DTYPES[job.train.dtype]
    shapes = recovery.shapes(weights.facts(model.where, job.task)).values()
    size = sum(rows * columns for rows, columns in shapes) * dtype.itemsize
    streams = job.model.layer_offloading or size + BESIDE > _room(device)
    return _loaded(model, expert, dtype, device, None, ALL if streams else 0.0)


def load_quantized(job: Job, model: Model, expert: str) -> nn.Module:
    """The same in 4 bits; with Layer Offloading the job's share of its blocks streams."""
    own = job.model
    share = own.layer_offloading_transformer_percent if own.layer_offloading else 0.0
    return _loaded(model, expert, DTYPES[job.train.dtype], device_of(job.device), scheme_of(job), share)


def _loaded(
    model: Model, expert: str, dtype: torch.dtype, device: torch.device, scheme: Scheme | None, streamed: float
) -> nn.Module:
    wait = torch.device("cpu") if streamed else device
    loaded = weights.load_expert(model.where, expert, dtype, wait, scheme, device)
    if streamed:
        Residency(device, streamed, one_at_a_time=False).settle(loaded, loaded.blocks)
    return loaded


def _room(device: torch.device) -> float:
    """Bytes that this process may still take on `device`; of main memory there is no end."""
    if device.type != "cuda":
        return float("inf")
    free, total = torch.cuda.mem_get_info(device)
    index = torch.cuda.current_device() if device.index is None else device.index
    allowed = torch.cuda.get_per_process_memory_fraction(index) * total - torch.cuda.memory_reserved(device)
    return min(free, allowed)


@torch.no_grad()
def errors(expert: nn.Module, asked: Iterable[tuple[Question, Tensor]]) -> Error:
    """Of `expert` as it is now, over tests with what the whole expert answers to each."""
    losses, distances = [], []
    for question, answer in asked:
        with answering(expert, question) as (prediction, target):
            losses.append(item_losses(prediction, target).cpu())
            distances.append(item_losses(prediction.cpu(), answer))
    return Error(torch.cat(losses).mean().item(), torch.cat(distances).mean().item())


class Recovering:
    """A 4-bit expert with a pair beside each of its linears, which learn; `steps` is how many steps they will take.

    scale: what a mean squared distance from the whole expert is divided by, so that losses begin near 1 or below it.
    """

    def __init__(self, expert: nn.Module, pairs: Mapping[str, Pair], job: Job, steps: int, scale: float):
        self.expert, self._steps, self._scale = expert, steps, scale
        recovery.attach(expert, pairs)
        self._linears = {layer: expert.get_submodule(layer) for layer in pairs}
        self.put(pairs)
        layers = len(expert.blocks)
        word = {"all": "all", **dict.fromkeys(OFFLOADED, "offloaded")}.get(job.wannb.keep, "inputs")
        words = (word if job.train.gradient_checkpointing else "all",) * layers
        keeping.install(expert, lambda tokens: words, job.wannb.compile is True)

    def put(self, pairs: Mapping[str, Pair]) -> None:
        """Begin from `pairs` anew, in fp32."""
        device = self.expert.patch_embedding.weight.device
        for layer, linear in self._linears.items():
            linear.down, linear.up = (
                nn.Parameter(factor.to(device, torch.float32, copy=True)) for factor in pairs[layer]
            )
        self._parameters = {
            f"{layer}.{name}": getattr(linear, name)
            for layer, linear in self._linears.items()
            for name in ("down", "up")
        }
        groups = [{"params": [one], "ratio": _size(one)} for one in self._parameters.values()]
        self._optimizer = torch.optim.AdamW(groups, lr=RATE, betas=BETAS, weight_decay=0.0, fused=True)

    def step(self, number: int, question: Question, answer: Tensor) -> float:
        """Take step `number` (from 1) toward `answer`; return the loss before it. Raises Refusal where that is no
        finite number."""
        with answering(self.expert, question) as (prediction, _):
            loss = item_losses(prediction, answer.to(prediction.device)).mean() / self._scale
            loss.backward()
        if not torch.isfinite(loss):
            raise Refusal(
                f"The loss became {loss.item()} at step {number} of the recovery: take --steps 0, the start alone."
            )
        set_rate(self._optimizer, RATE * factor(number, self._steps, "cosine", min(WARMUP, self._steps // 4)))
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on."""
        return {**self._parameters, **memory(self._optimizer, self._parameters)}

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        for name, parameter in self._parameters.items():
            parameter.data.copy_(state[name])
        remember(self._optimizer, self._parameters, state)


def _size(factor: Tensor) -> float:
    return factor.detach().square().mean().sqrt().item()
