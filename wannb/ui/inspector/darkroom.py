"""Pictures are made aside and asked for again until they are there: a decode never blocks a cell."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from wannb.refusal import Refusal

Order = tuple[Any, ...]
"""What is wanted: the kind of picture, and numbers and texts that say which."""
MOST_BYTES = 48_000_000
SOON = 0.03
"""Seconds that an answer may wait for what is nearly there."""


@dataclass(frozen=True)
class Print:
    """`data` in the form that its kind has (JPEG, PNG, mp4), and what there is to say of it; or why there is none."""

    data: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.data) + len(json.dumps(self.facts))


class Darkroom:
    """Makes what is wanted with `develop(order)`, in one thread, the latest wishes first; keeps the newest of it."""

    def __init__(self, develop: Callable[[Order], Print]) -> None:
        self._develop = develop
        self._ready: OrderedDict[Order, Print] = OrderedDict()
        self._wanted: list[Order] = []
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, wanted: Sequence[Order], wait: float = SOON) -> dict[Order, Print]:
        """What of `wanted` is ready; the rest is made in this order, and what was wanted before is wanted no more."""
        with self._news:
            self._wanted = [order for order in wanted if order not in self._ready]
            if self._wanted and not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._work, daemon=True, name="wannb-darkroom")
                self._thread.start()
            if self._wanted:
                self._news.wait_for(lambda: not self._wanted, wait)
            return {order: self._ready[order] for order in wanted if order in self._ready}

    def _work(self) -> None:
        while True:
            with self._news:
                if not self._wanted:
                    self._thread = None
                    return
                order = self._wanted[0]
            made = self._made(order)
            with self._news:
                self._keep(order, made)
                self._wanted = [one for one in self._wanted if one != order]
                self._news.notify_all()

    def _made(self, order: Order) -> Print:
        try:
            return self._develop(order)
        except Refusal as refusal:
            return Print(facts={"refused": str(refusal)})
        except OSError as error:
            return Print(facts={"refused": f"It cannot be read ({error.strerror or error}): check the file."})

    def _keep(self, order: Order, made: Print) -> None:
        self._ready[order] = made
        while len(self._ready) > 1 and sum(one.size for one in self._ready.values()) > MOST_BYTES:
            self._ready.popitem(last=False)
