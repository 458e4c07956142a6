"""`python -m wannb.data.looks.worker`: opens the files whose names it is sent, and sends back what it saw.

`wannb.data.apart` is the caller's end. It ends with its caller, and after a while without a file.
"""

import faulthandler
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wannb.data.apart import LENGTH, PATIENCE
from wannb.data.looks.looking import seen_of
from wannb.data.looks.remembered import packed
from wannb.data.unusable import Unusable
from wannb.data.video import decoded

BEAT = 1.0
"""Seconds from one sign of life to the next, while frames come."""
Life = Callable[[], None]


def serve() -> None:
    """Answer each line with a length and what `packed` makes of what was seen; a length of 0 says that all is well."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed here is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the caller's

    def send(data: bytes = b"") -> None:
        # Ends this process when neither a file nor a frame comes any more, also where nobody is left to kill it.
        faulthandler.dump_traceback_later(2 * PATIENCE, exit=True)
        out.write(len(data).to_bytes(LENGTH, "big") + data)
        out.flush()

    for line in sys.stdin.buffer:
        asked = json.loads(line)
        send()
        path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
        send(packed(*_ANSWERS[asked["wish"]](path, _now_and_then(send))))


def _facts(path: Path, alive: Life):
    try:
        return decoded(path, path.stat().st_size, lambda _: alive()), None
    except Unusable as why:
        return why, None


_ANSWERS = {"facts": _facts, "look": seen_of}


def _now_and_then(send: Life) -> Life:
    last = time.monotonic()

    def alive() -> None:
        nonlocal last
        if time.monotonic() - last >= BEAT:
            last = time.monotonic()
            send()

    return alive


if __name__ == "__main__":
    serve()
