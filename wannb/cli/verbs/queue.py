"""Several jobs, one after the other, one a GPU: list, add, remove, move, hold and release them while they train."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wannb.cli.answer import Answer
from wannb.cli.numbers import count

if TYPE_CHECKING:
    from wannb.runs.entry import Entry
    from wannb.runs.queue import Queue

HELP = "several jobs one after the other: add, move, hold, remove; run here or start a runner"
WORDS = {
    "list": "the jobs in their order (also without a word)",
    "add": "put a job at the end",
    "remove": "take a job out; one that trains is saved and stopped",
    "move": "put a job at another position among those that wait",
    "hold": "let a job wait until it is released",
    "release": "let a held job take its turn, or try one again that is over",
    "run": "train here what waits, until nothing is left; Ctrl-C saves and puts it back",
    "start": "start a runner in a process of its own, which stays for what is added later",
    "stop": "ask a runner to save what it trains, put it back and leave",
}
NUMBERED = ("remove", "move", "hold", "release")
OF_A_GPU = {
    "add": "train it there only, as cuda:1",
    "run": "train on this GPU; without it, what may train anywhere, where its job file says",
    "start": "as of `run`",
    "stop": "which runner",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queue", type=Path, metavar="FOLDER", help="the queue (~/.wannb/queue)")
    parser.set_defaults(word="list")
    words = parser.add_subparsers(metavar="WORD", dest="word_given")
    for word, help in WORDS.items():
        one = words.add_parser(word, help=help, description=help, allow_abbrev=False)
        one.set_defaults(word=word)
        if word == "add":
            one.add_argument("job", type=Path, metavar="JOB.yaml", help="the job file, taken as it is now")
        if word in NUMBERED:
            one.add_argument("number", type=count, metavar="N", help="the job's number in the list")
        if word == "move":
            one.add_argument("position", type=count, metavar="POSITION", help="1 is next")
        if word in OF_A_GPU:
            one.add_argument("--gpu", metavar="GPU", help=OF_A_GPU[word])
        if word == "run":
            one.add_argument("--stay", action="store_true", help="wait for more when nothing is left")
        one.add_argument("--queue", type=Path, metavar="FOLDER", default=argparse.SUPPRESS, help="the queue")
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")


def run(options: argparse.Namespace) -> Answer:
    from wannb.runs.queue import HOME, Queue

    queue = Queue(options.queue or HOME)
    said = _do(queue, options)
    jobs = queue.list()
    data = {"queue": str(queue.path), "running": _runners(queue), "jobs": [asdict(one) for one in jobs]}
    failed = [one for one in jobs if one.state in ("refused", "failed")] if options.word == "run" else []
    why = f"{len(failed)} of {len(jobs)} jobs did not train: {failed[0].message}" if failed else ""
    return Answer(data, "\n".join([*said, *map(_line, jobs)]) or f"{queue.path} is empty.", why)


def _do(queue: "Queue", options: argparse.Namespace) -> list[str]:
    """Do what is asked and return the lines to say before the list."""
    word = options.word
    if word == "add":
        added = queue.add(options.job, options.gpu)
        return [f"Job {added.number} waits; `wannb queue run` or `wannb queue start` trains what waits."]
    if word == "move":
        queue.move(options.number, options.position)
    elif word in NUMBERED:
        getattr(queue, word)(options.number)
    elif word == "run":
        queue.run(options.gpu, options.stay)
    elif word == "start":
        return [f"The runner is process {queue.start(options.gpu)}."]
    elif word == "stop":
        queue.stop(options.gpu)
        return ["The runner saves what it trains, puts it back and leaves."]
    return []


def _runners(queue: "Queue") -> list[str]:
    """The GPUs that have a runner now."""
    names = {one.runner for one in queue.list() if one.runner}
    return sorted(name for name in names if queue.runs(None if name == "any" else name))


def _line(one: "Entry") -> str:
    where = f" · {one.gpu}" if one.gpu else ""
    return f"{one.number:3} {one.state:9} {one.name}{where} · {one.run}" + (f" · {one.message}" if one.message else "")
