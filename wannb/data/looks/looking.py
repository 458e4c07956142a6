"""`look`: what a clip looks like, remembered until the file changes."""

from collections.abc import Callable
from pathlib import Path

import av

from wannb.data.apart import borrowed
from wannb.data.decoding import opened
from wannb.data.facts import VideoFacts
from wannb.data.looks import remembered
from wannb.data.looks.look import Look
from wannb.data.looks.watching import Watch
from wannb.data.stills import read_image
from wannb.data.unusable import Unusable
from wannb.data.video import decoded, learn, probe


def look(path: str | Path) -> Look:
    """Look at every frame of `path` once (remembered in memory and on disk until the file changes).

    `probe` of the file is then answered from the same pass. Raises Unusable for all that `probe` refuses.
    """
    path = Path(path)
    seen = remembered.recall(path)
    if seen is None:
        if not path.is_file():
            probe(path)  # which says what it is
        seen = _seen_apart(path)
    return told(path, *seen)


def _seen_apart(path: Path) -> remembered.Seen:
    """What a process apart sees of `path`; this one looks where none can be had."""
    key = remembered.key_of(path)
    try:
        with borrowed() as worker:
            seen = remembered.unpacked(worker.ask(path, "look"))
    except Unusable as why:  # it may be the machine that is slow, so the next session tries again
        remembered.keep(key, why, None)
        return why, None
    except OSError:
        seen = seen_of(path)
    remembered.remember(*seen, key)
    return seen


def told(path: Path, facts: VideoFacts | Unusable, seen: Look | None) -> Look:
    """Let the probe know `facts`, and hand out the look; raises Unusable where there is none."""
    learn(path, facts)
    if seen is None:
        raise Unusable(facts.code, facts.message, facts.fix)
    return seen


def seen_of(path: Path, alive: Callable[[], None] = lambda: None) -> remembered.Seen:
    """The facts and the look by decoding, or why there are none; `alive` is called with each frame."""
    watch = Watch(_expected(path))

    def see(frame: av.VideoFrame) -> None:
        alive()
        watch.see(frame)

    try:
        facts = decoded(path, path.stat().st_size, see)
        if facts.is_image:
            watch.see(av.VideoFrame.from_ndarray(read_image(path), format="rgb24"))
        return facts, watch.look(facts.fps)
    except Unusable as why:
        return why, None


def _expected(path: Path) -> int:
    """Frames that the container promises; 0 where it does not say."""
    try:
        with opened(path) as tape:
            stream = tape.stream
            if stream is None:
                return 0
            rate = stream.average_rate or stream.guessed_rate or 0
            seconds = (tape.container.duration or 0) / av.time_base
            return max(0, stream.frames or int(seconds * rate))
    except (av.FFmpegError, ValueError, OSError):
        return 0
