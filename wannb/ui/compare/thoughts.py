"""Figures of the clips that are shown and the proposed pair, worked out aside: the page asks again until they are."""

import threading
from typing import Any

from wannb.refusal import Refusal
from wannb.runs.choosing import Measures, propose
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.ui.compare.views import Views, stamp

Task = tuple[str, ...]


class Thoughts:
    """What is known of a run's clips so far; `about` says which are shown, and begins on those that are new."""

    def __init__(self, run: Run) -> None:
        self._run, self._measures = run, Measures(run)
        self._turn, self._rests = threading.Lock(), threading.Event()
        self._rests.set()
        self._figures: dict[str, tuple[Task, dict[str, Any]]] = {}
        self._todo: dict[str, tuple[Task, Wish]] = {}
        self._asked: object = None  # what the proposal was asked about
        self._answered: object = None
        self._done = self._count = 0
        self.proposal: dict[str, Any] | None = None
        self.trouble = ""

    @property
    def at_work(self) -> bool:
        return not self._rests.is_set()

    @property
    def busy(self) -> str:
        """What is being worked out, "" for nothing."""
        if self._rests.is_set():
            return self.trouble
        return (
            f"figures of clip {min(self._done + 1, self._count)} of {self._count}"
            if self._todo
            else "weighing the pairs"
        )

    def figures(self, key: str) -> dict[str, Any] | None:
        """The figures of the clip `key`, as `wannb.data.figures.NAMES` has them; None until they are known."""
        return self._figures[key][1] if key in self._figures else None

    def wait(self, seconds: float | None = None) -> None:
        """Wait until all that was begun is known."""
        self._rests.wait(seconds)

    def about(self, views: Views, notes: dict[str, Any]) -> None:
        """Work out what is new or has changed of the clips that `views` found, and of what `notes` say of them."""
        tasks = {key: self._task(key, views) for key in views.stored}
        about = (tuple(sorted(tasks.items())), str(views.saved), str(notes["ratings"]), str(notes["rounds"]))
        with self._turn:
            known = {key: task for key, (task, _) in self._figures.items()}
            self._todo = {key: (task, views.wishes[key]) for key, task in tasks.items() if known.get(key) != task}
            self._asked = about
            if (self._todo or about != self._answered) and self._rests.is_set():
                self._rests.clear()
                self._done, self._count = 0, len(self._todo)
                threading.Thread(target=self._work, daemon=True, name="wannb-compare").start()

    def _task(self, key: str, views: Views) -> Task:
        """What a clip's figures depend on: its file, and the base's, which it is held against."""
        base = views.stored.get(views.wishes[key].base.key)
        return stamp(views.stored[key].video), stamp(base.video) if base else ""

    def _work(self) -> None:
        """Until nothing is left; it ends only while nobody can add to it."""
        while True:
            with self._turn:
                key = next(iter(self._todo), None)
                about = self._asked
                if key is None and about == self._answered:
                    self._rests.set()
                    return
                task, wish = self._todo.get(key, ((), None))
            self.trouble = ""
            try:
                if key is None:
                    self._answered = about
                    self.proposal = propose(self._run).to_dict()
                else:
                    self._measure(key, task, wish)
            except Exception as error:  # a thread's error would be seen by nobody
                self.trouble = str(error) if isinstance(error, Refusal) else f"Figures failed: {error!r}."
                if key is None:
                    self.proposal = None
                else:
                    self._take(key, task, {})

    def _measure(self, key: str, task: Task, wish: Wish) -> None:
        seen = self._measures.of(wish)
        self._take(key, task, {} if seen is None else seen.to_dict())

    def _take(self, key: str, task: Task, figures: dict[str, Any]) -> None:
        with self._turn:
            self._figures[key] = (task, figures)
            self._done += 1
            if self._todo.get(key, (None,))[0] == task:
                del self._todo[key]
