"""`python -m wannb.runs.detached LOG COMMAND…`: start COMMAND so that it outlives everyone here, and print its pid.

This process ends at once, so that the command is nobody's child: whoever ends a kernel or a shell with all its
children does not find it. Its output is appended to LOG, and there is no terminal to read from or to be hung up by.
"""

import subprocess
import sys

from wannb.files import no_follow


def start(log: str, command: list[str]) -> int:
    """Start `command` in a session of its own and return its pid."""
    if sys.platform == "win32":
        own = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    else:
        own = {"start_new_session": True}
    with open(log, "ab", opener=no_follow) as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **own).pid


if __name__ == "__main__":
    print(start(sys.argv[1], sys.argv[2:]))
