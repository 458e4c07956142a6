"""`look_all`: many clips looked at by several processes, in which a file that kills a decoder kills nobody else."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from wannb.data.looks import remembered
from wannb.data.looks.look import Look
from wannb.data.looks.looking import look
from wannb.data.looks.worker import Worker
from wannb.data.unusable import Unusable

MANY, MANY_BYTES = 40, 20_000_000
"""From so many unknown clips or bytes on, processes are worth their start (about half a second)."""
_MOST_PROCESSES = 8
Answer = Look | Unusable
Progress = Callable[[int, int], None]


def look_all(paths: Iterable[str | Path], progress: Progress | None = None) -> dict[Path, Answer]:
    """The look of each of `paths`, or why there is none; `probe` of all of them is answered from the same pass.

    progress: called with (done, of all). Known looks are read in milliseconds; unknown ones are taken by processes of
    their own where they are many, else here.
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
    yield from ((path, _here(path)) for path in paths if path not in set(unknown))
    count = min(processors(), _MOST_PROCESSES, len(unknown))
    if count < 2 or len(unknown) < MANY and _bytes(unknown) < MANY_BYTES:
        yield from ((path, _here(path)) for path in unknown)
    else:
        yield from _elsewhere(unknown, count)


def _elsewhere(paths: list[Path], count: int) -> Iterator[tuple[Path, Answer]]:
    """Each path with its answer by one of `count` processes, as they come."""
    idle: SimpleQueue[Worker] = SimpleQueue()
    workers = [Worker() for _ in range(count)]
    for worker in workers:
        idle.put(worker)

    def answer(path: Path) -> Answer:
        worker = idle.get()
        try:
            key = remembered.key_of(path)
            seen = worker.see(path)
        except OSError:  # the file is gone, or no process can be had
            return _here(path)
        finally:
            idle.put(worker)
        remembered.remember(path, *seen, key)
        return _here(path)

    pool = ThreadPoolExecutor(count, thread_name_prefix="wannb-look")
    try:
        asked = {pool.submit(answer, path): path for path in paths}
        yield from ((asked[done], done.result()) for done in as_completed(asked))
    finally:
        pool.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end()


def _here(path: Path) -> Answer:
    try:
        return look(path)
    except Unusable as why:
        return why


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
