"""What the blocks of a job's experts keep for the backward pass, by the room that is left on the card."""

from collections.abc import Callable, Sequence
from functools import cache

import torch

from wannb.job import Job
from wannb.job.cost import keeping as cost
from wannb.machine import lacks_to_compile
from wannb.train.learner import Learner
from wannb.wan import compiling, keeping
from wannb.wan.streaming.copies import copies_for
from wannb.wan.streaming.packed import frozen
from wannb.wan.streaming.shelf import Shelf

STEP_DOWN, LEAST_ROOM = 0.85, 2**20
UNCOMPILED = "Blocks are not compiled ({why}): a step takes about twice as long."


class Activations:
    """Decides for each size of micro-batch what each block keeps; `keep_less` after a step that did not fit.

    uncompiled: a sentence where blocks that were to be compiled are not; None where they are, or need not be.
    """

    def __init__(self, job: Job, learners: Sequence[Learner], device: torch.device):
        self._job, self._device = job, device
        self._learners = list(learners)
        self.compiled = compiling.wanted(job, device)
        wants = job.compiles and device.type == "cuda" and not self.compiled
        missing = lacks_to_compile(device.type) if wants else None
        self.uncompiled = UNCOMPILED.format(why=f"that needs {missing}") if missing else None
        self.room = _room(self._learners, device, one_at_a_time=job.model.low_vram)
        self._shelf, self._seen = Shelf(copies_for(device)), set[int]()
        for learner in self._learners:
            self._install(learner)

    def words(self, expert: str, tokens: int) -> Sequence[str]:
        """What each block of `expert` keeps for a micro-batch of `tokens` tokens."""
        return self._words(next(one for one in self._learners if one.expert == expert))(tokens)

    def keep_less(self) -> bool:
        """Plan with less room from now on, so much that it makes a difference; False where nothing is left to give."""
        if self.room is None or not self._is_automatic():
            return False
        before = self._kept()
        while self._kept() == before:
            if self.room < LEAST_ROOM:
                return False
            self.room *= STEP_DOWN
        for learner in self._learners:
            self._install(learner)
        return True

    def run_uncompiled(self, error: Exception) -> bool:
        """Go on without the compiler, which failed; False where the job asks for it, or it is not used any more."""
        if not self.compiled or self._job.wannb.compile is True:
            return False
        self.compiled, self.uncompiled = False, UNCOMPILED.format(why=compiling.told(error))
        for learner in self._learners:
            keeping.run_as_they_are(learner.transformer)
            self._install(learner)
        return True

    def _kept(self) -> list[tuple[str, ...]]:
        """What is kept with the room there is, for each size that there was."""
        words = self._words(self._learners[0])
        return [words(tokens) for tokens in sorted(self._seen)]

    def _install(self, learner: Learner) -> None:
        keeping.install(learner.transformer, self._words(learner), self.compiled, self._shelf)

    def _words(self, learner: Learner) -> Callable[[int], Sequence[str]]:
        layers, keep = len(learner.transformer.blocks), self._job.wannb.keep
        if not self._job.train.gradient_checkpointing:
            keep = "all"
        elif keep == "auto" and self.room is None:
            keep = "inputs"
        if keep != "auto":
            return lambda tokens: (keep,) * layers
        kind = "compiled" if self.compiled else "eager"
        sizes = {"compiled": cost.LADDER, "eager": cost.EAGER}[kind]
        width = learner.transformer.proj_out.in_features * learner.dtype.itemsize

        @cache
        def words(tokens: int) -> tuple[str, ...]:
            self._seen.add(tokens)
            return cost.words(tokens * width, layers, self.room, sizes, cost.AT_WORK[kind])

        return words

    def _is_automatic(self) -> bool:
        return self._job.train.gradient_checkpointing and self._job.wannb.keep == "auto"


def _room(learners: Sequence[Learner], device: torch.device, one_at_a_time: bool) -> float | None:
    """Bytes for activations on a card whose experts, adapters, gradients and optimizers all have their place; None
    where the device does not tell."""
    if device.type != "cuda":
        return None
    device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
    free, total = torch.cuda.mem_get_info(device)
    others = total - free - torch.cuda.memory_reserved(device)
    capacity = min(total - others, torch.cuda.get_per_process_memory_fraction(device) * total)
    return capacity * (1 - cost.RESERVE) - needed(learners, device, one_at_a_time)


def needed(learners: Sequence[Learner], device: torch.device, one_at_a_time: bool) -> int:
    """Bytes on `device` of all that has its place there: frozen weights, those that take turns once, the adapters, one
    of their gradients, running means and the optimizers' memories."""
    tensors = [tensor for learner in learners for tensor in frozen(learner.transformer)]
    storages = [one.untyped_storage() for one in tensors if one.device == device]
    places = {storage.data_ptr(): storage.nbytes() for storage in storages}
    adapters = [learner.adapter_bytes for learner in learners]
    means = sum(learner.adapter_bytes for learner in learners if learner.average)
    memories = [learner.memory_bytes for learner in learners]
    trained = sum(adapters) + max(adapters) + means + (max(memories) if one_at_a_time else sum(memories))
    return sum(places.values()) + trained
