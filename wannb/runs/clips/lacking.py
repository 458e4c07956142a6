"""Clips that are not there yet, ordered and waited for."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing

from wannb.refusal import Refusal
from wannb.runs.bar import Bar
from wannb.runs.clips.shelf import Shelf
from wannb.runs.clips.wish import Wish

_POLL = 0.5  # seconds
Progress = Callable[..., None]


def make(shelf: Shelf, wishes: Iterable[Wish], progress: Progress | None = None) -> None:
    """Order those of `wishes` that are not there and wait until each is made or refused; `progress(phase, done,
    total)`, or a bar, shows how far that is. Raises Refusal where none can be made, with the first one's reason."""
    wanted = [wish for wish in dict.fromkeys(wishes) if shelf.find(wish) is None]
    if not wanted:
        return
    with closing(Bar()) as bar:
        shelf.order(wanted)
        left = wanted
        while left:
            rows = {row["key"]: row for row in shelf.progress()}
            left = [wish for wish in left if shelf.find(wish) is None]
            (progress or bar)("rendering clips", len(wanted) - len(left), len(wanted))
            refused = [rows[wish.key]["sentence"] for wish in left if rows.get(wish.key, {}).get("state") == "refused"]
            if len(refused) == len(wanted):
                raise Refusal(refused[0])
            if len(refused) == len(left):
                return
            if not shelf.rendering:
                shelf.go_on()
            time.sleep(_POLL)
