"""`python -m wannb.data.looks.worker`: looks at the clips whose names it is sent, and sends back what it saw.

A process of its own rather than of `multiprocessing`: that would run the caller's script once more in each of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from wannb.data.looks.looking import seen_of
from wannb.data.looks.remembered import Seen, packed, unpacked
from wannb.data.unusable import Unusable

_LENGTH = 8  # bytes


class Worker:
    """The caller's end: a process is started when there is something to see, and again after one that died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def see(self, path: Path) -> Seen:
        """What the process saw of `path`; one that dies of it makes it unreadable. Raises OSError where none starts."""
        if self._process is None:
            self._process = _started()
        try:
            self._process.stdin.write(json.dumps(os.fsencode(path.absolute()).hex()).encode() + b"\n")
            self._process.stdin.flush()
            size = int.from_bytes(self._process.stdout.read(_LENGTH), "big")
            data = self._process.stdout.read(size)
            if size and len(data) == size:
                return unpacked(data)
        except BrokenPipeError:
            pass
        self.end()
        return Unusable("unreadable", f"{path.name} brings its decoder down", "export it again, or remove it"), None

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _started() -> subprocess.Popen:
    if not sys.executable:
        raise OSError("this Python does not know its own program")
    root = str(Path(__file__).resolve().parents[3])
    places = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "wannb.data.looks.worker"]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, env=environment)


def serve() -> None:
    """Answer each line (the path's bytes, as hex in JSON) with a length and what `packed` makes of what was seen."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed here is no answer
    for line in sys.stdin.buffer:
        data = packed(*seen_of(Path(os.fsdecode(bytes.fromhex(json.loads(line))))))
        out.write(len(data).to_bytes(_LENGTH, "big") + data)
        out.flush()


if __name__ == "__main__":
    serve()
