"""`in_time`: a call into a library that may never come back."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_time(call: Callable[[], Result], seconds: float) -> Result:
    """What `call()` gives, or raises; raises TimeoutError where it takes longer, and leaves it to its thread."""
    answer: Future[Result] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, daemon=True, name="wannb-in-time").start()
    return answer.result(seconds)
