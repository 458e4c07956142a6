"""`look_all`: many clips looked at by several processes, in which a file that kills a decoder kills nobody else."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from wannb.data.looks import remembered
from wannb.data.looks.look import Look
from wannb.data.looks.looking import look
from wannb.data.unusable import Unusable

MANY, MANY_BYTES = 40, 20_000_000
"""From so many unknown clips or bytes on, a second process is worth its start (about half a second)."""
_MOST_PROCESSES = 8
Answer = Look | Unusable
Progress = Callable[[int, int], None]


def look_all(paths: Iterable[str | Path], progress: Progress | None = None) -> dict[Path, Answer]:
    """The look of each of `paths`, or why there is none; `probe` of all of them is answered from the same pass.

    progress: called with (done, of all). Known looks are read in milliseconds; unknown ones are taken by processes
    apart, several where they are many.
    """
    paths = list(dict.fromkeys(Path(path) for path in paths))
    found: dict[Path, Answer] = {}
    for path, answer in _answers(paths):
        found[path] = answer
        if progress:
            progress(len(found), len(paths))
    return {path: found[path] for path in paths}


def _answers(paths: list[Path]) -> Iterator[tuple[Path, Answer]]:
    """Each path with its answer, the known ones first."""
    unknown = [path for path in paths if remembered.recall(path) is None]
    known = set(paths) - set(unknown)
    yield from ((path, _answer(path)) for path in paths if path in known)
    count = min(processors(), _MOST_PROCESSES, len(unknown))
    if count < 2 or len(unknown) < MANY and _bytes(unknown) < MANY_BYTES:
        yield from ((path, _answer(path)) for path in unknown)
    else:
        yield from _together(unknown, count)


def _together(paths: list[Path], count: int) -> Iterator[tuple[Path, Answer]]:
    """Each path with its answer, `count` at a time, as they come."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="wannb-look")
    try:
        asked = {pool.submit(_answer, path): path for path in paths}
        yield from ((asked[done], done.result()) for done in as_completed(asked))
    finally:
        pool.shutdown(cancel_futures=True)


def _answer(path: Path) -> Answer:
    try:
        return look(path)
    except Unusable as why:
        return why


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
