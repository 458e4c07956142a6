"""What is wanted: one small file an order, `wanted/<key>.json`; what cannot be made is `<key>.refused`, with why."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wannb.files import write_atomically
from wannb.refusal import Refusal
from wannb.runs.clips.clip_dir import ClipDir
from wannb.runs.clips.wish import Wish

KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Order:
    """One clip that is wanted: `at` is when that was said (nanoseconds since 1970), `place` its number in that call."""

    key: str
    wish: Wish
    at: int
    place: int


def put(clips: ClipDir, wishes: Iterable[Wish]) -> list[str]:
    """Order all `wishes`, the first one first; return their keys. An order that was refused is given anew.

    Raises Refusal where the folder cannot be written.
    """
    at, keys = time.time_ns(), []
    if clips.wanted.is_symlink():  # which may lead anywhere
        raise Refusal(f"{clips.wanted} is a link: remove it, orders belong into the run itself.")
    try:
        for place, wish in enumerate(wishes):
            key = wish.key
            text = json.dumps({"at": at, "place": place, "wish": wish.to_dict()}, ensure_ascii=False)
            write_atomically(clips.wanted / f"{key}.json", text)
            (clips.wanted / f"{key}.refused").unlink(missing_ok=True)
            keys.append(key)
    except OSError as error:
        raise Refusal(f"{clips.wanted} cannot be written to ({error.strerror}): no clip can be ordered here.") from None
    return keys


def listed(clips: ClipDir) -> list[Order]:
    """Return what is wanted: the newest call first, within it the first wish first. What is no order is refused."""
    found = []
    for file in _files(clips, ".json"):
        try:
            found.append(_read(file))
        except FileNotFoundError:  # cancelled, or made, since the folder was read
            continue
        except (Refusal, OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            why = str(error) if isinstance(error, Refusal) else "This is no order for a clip: order it anew."
            refuse(clips, file.stem, why)
    return sorted(found, key=lambda order: (-order.at, order.place, order.key))


def is_wanted(clips: ClipDir, key: str) -> bool:
    return (clips.wanted / f"{key}.json").exists()


def done(clips: ClipDir, key: str) -> None:
    """Take away an order that was carried out."""
    (clips.wanted / f"{key}.json").unlink(missing_ok=True)


def refuse(clips: ClipDir, key: str, sentence: str) -> None:
    """Say why the clip cannot be made, in place of its order."""
    write_atomically(clips.wanted / f"{key}.refused", json.dumps({"sentence": sentence}, ensure_ascii=False))
    done(clips, key)


def refused(clips: ClipDir) -> dict[str, str]:
    """Return key -> sentence of what could not be made and was not ordered again."""
    found = {}
    for file in _files(clips, ".refused"):
        try:
            found[file.stem] = str(json.loads(file.read_text(encoding="utf-8"))["sentence"])
        except (OSError, ValueError, TypeError, LookupError):
            continue
    return found


def cancel(clips: ClipDir, keys: Iterable[str] | None = None) -> None:
    """Take back the orders of `keys`, and what was said of refused ones; without keys of all."""
    chosen = None if keys is None else set(keys)
    for suffix in (".json", ".refused"):
        for file in _files(clips, suffix):
            if chosen is None or file.stem in chosen:
                file.unlink(missing_ok=True)


def _files(clips: ClipDir, suffix: str) -> Iterator[Path]:
    try:
        names = sorted(path.name for path in clips.wanted.iterdir())
    except OSError:
        return
    yield from (clips.wanted / n for n in names if n.endswith(suffix) and KEY.fullmatch(n.removesuffix(suffix)))


def _read(file: Path) -> Order:
    facts = json.loads(file.read_text(encoding="utf-8"))
    return Order(file.stem, Wish.from_dict(facts["wish"]), int(facts["at"]), int(facts["place"]))
