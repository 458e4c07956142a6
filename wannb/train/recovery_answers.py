"""What whole experts answer to the questions of a recovery, and where each adapter starts from: kept on the disk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from wannb.data.cache import TensorCache
from wannb.data.content import digest
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train import recovering
from wannb.train.model import Model
from wannb.train.objective import item_losses, velocity
from wannb.train.recovery_questions import Question, Questions, answering
from wannb.wan.adapters.lora_spellings import Pair
from wannb.wan.ara.lost_outputs import listening
from wannb.wan.quantized.quantizing import KINDS

LISTENED, ROUNDS = 32, 4
"""Practice questions at which a whole expert's linears are listened to, and rounds of power iteration among them."""
PRACTICE, TEST, START = "practice", "test", "start"

Watch = Callable[[int, int], None]
"""Called as `watch(done, total)` before each question; it raises where there is to be no more."""


class Answers:
    """In `folder`, of both experts; what is there is not asked again."""

    def __init__(self, folder: Path):
        self._store = TensorCache(folder)

    def practice(self, expert: str, number: int) -> Tensor:
        """What the whole `expert` answered to practice question `number`, [B, 16, f, h, w]."""
        return self._store.read(_key(PRACTICE, expert, number))["velocity"]

    def tests(self, expert: str, questions: Questions) -> Iterator[tuple[Question, Tensor]]:
        """Its tests with what the whole `expert` answered to each."""
        for number, question in enumerate(questions.tests(expert)):
            yield question, self._store.read(_key(TEST, expert, number))["velocity"]

    def loss(self, expert: str, questions: Questions) -> float:
        """The whole expert's mean squared distance from the flow's target, over its tests."""
        pairs = self.tests(expert, questions)
        losses = [item_losses(answer, velocity(one.latents, one.noise)) for one, answer in pairs]
        return torch.cat(losses).mean().item()

    def start(self, expert: str) -> dict[str, Pair]:
        """The pairs that the recovery of `expert` starts from."""
        tensors = self._store.read(_key(START, expert))
        layers = dict.fromkeys(name.rpartition(".")[0] for name in tensors)
        return {layer: Pair(tensors[f"{layer}.down"], tensors[f"{layer}.up"]) for layer in layers}

    def complete(self, expert: str) -> bool:
        """Whether `expert` has nothing to answer any more."""
        return self._store.has(_key(START, expert))

    def ask(
        self, job: Job, model: Model, expert: str, questions: Questions, rank: int, steps: int, watch: Watch
    ) -> None:
        """Load the whole `expert` and have it answer its tests and its first `steps` practice questions."""
        whole = recovering.load_whole(job, model, expert)
        tests = list(questions.tests(expert))
        total = len(tests) + max(steps, LISTENED)

        def practice(numbers: range) -> Iterator[int]:
            for number in numbers:
                watch(len(tests) + number, total)
                key = _key(PRACTICE, expert, number)
                if number < LISTENED or not self._store.has(key):
                    self._answer(whole, questions.practice(expert, number), key)
                yield number

        for number, question in enumerate(tests):
            watch(number, total)
            self._answer(whole, question, _key(TEST, expert, number))
        kind, layers = recovering.scheme_of(job).kind, recovering.layers_of(job, model)
        with listening(whole, layers, KINDS[kind], rank, job.seed) as lost:
            for number in practice(range(LISTENED)):
                left = LISTENED - 1 - number
                for one in lost.values() if left else ():
                    one.closing = left == 1
                    if left % (LISTENED // ROUNDS) == 0:
                        one.turn()
        pairs = {layer: one.pair for layer, one in lost.items() if one.pair}
        if not pairs:
            raise Refusal(f"None of the {expert}-noise expert's linears is held in 4 bits, so none loses by it.")
        list(practice(range(LISTENED, steps)))
        factors = {f"{layer}.{name}": one for layer, pair in pairs.items() for name, one in pair._asdict().items()}
        self._store.write(_key(START, expert), factors)  # last: where it is, all are

    def _answer(self, whole: nn.Module, question: Question, key: str) -> None:
        with torch.no_grad(), answering(whole, question) as (prediction, _):
            self._store.write(key, {"velocity": prediction})


def _key(kind: str, expert: str, number: int = 0) -> str:
    return digest(kind, expert, str(number))
