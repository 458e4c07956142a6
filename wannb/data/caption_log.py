"""What captions were before they were changed, so that every change can be taken back.

A JSON object in the clip folder: file below it → the texts it had, the oldest first (null: there was no file). Under
`/steps` stand the changes, the oldest first, each the files that changed together; texts that no step counts make up
one more, the newest. Under `/undone` stands what was undone last: file → the text that it had.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wannb.data.captions import decoded
from wannb.data.listing import MOVING_IMAGES
from wannb.data.video import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from wannb.files import inside, write_atomically
from wannb.refusal import Refusal

LOG = ".wannb-captions.json"
"""Hidden, so no clip report shows it."""
STEPS, UNDONE = "/steps", "/undone"
"""No file below a folder has a name that begins so."""

Texts = Mapping[str, str | None]


def read(folder: Path) -> dict[str, Any]:
    """The log of `folder`, empty where there is none; raises Refusal for a file that is none."""
    path = folder / LOG
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise Refusal(f"{path} is no log of captions: move it away, so that none of what it holds is lost.") from None
    return found if isinstance(found, dict) else {}


def write(folder: Path, texts: Texts) -> None:
    """Give caption files of `folder` (names below it) these texts (None: no file), as one step that can be undone.

    The log has what they were before the first is written; each is written as UTF-8, whole or not at all. Raises
    Refusal for names that leave the folder, and where it cannot be written to.
    """
    before = {name: _text(folder, name) for name in texts}
    changed = {name: text for name, text in texts.items() if text != before[name]}
    if not changed:
        return
    log = _settled(read(folder))
    for name in changed:
        log.setdefault(name, []).append(before[name])
    log[STEPS] = [*log[STEPS], sorted(changed)]
    log.pop(UNDONE, None)
    _keep(folder, log, changed)


def undo(folder: Path, is_caption: Callable[[str], bool]) -> tuple[str, ...]:
    """Take the last step back and return the files that it had changed; none where there is nothing to undo.

    Files of which `is_caption` says no stay as they are, whatever the log says.
    """
    log = _settled(read(folder))
    if not log[STEPS]:
        return ()
    *log[STEPS], step = log[STEPS]
    texts = {name: log[name].pop() for name in step if log.get(name) and is_caption(name)}
    log[UNDONE] = [*_list(log.get(UNDONE)), {name: _text(folder, name) for name in texts}]
    _keep(folder, _filled(log), texts)
    return tuple(texts)


def redo(folder: Path, is_caption: Callable[[str], bool]) -> tuple[str, ...]:
    """Do again what was undone last and return the files that changed, of those that `undo` would take."""
    log = read(folder)
    undone = _list(log.get(UNDONE))
    if not undone or not isinstance(undone[-1], dict):
        return ()
    texts = {name: text for name, text in undone[-1].items() if is_caption(name)}
    write(folder, texts)
    _keep(folder, {**read(folder), UNDONE: undone[:-1]}, {})
    return tuple(texts)


def _settled(log: dict[str, Any]) -> dict[str, Any]:
    """The log with a step for the texts that have none: the trigger word's cure writes its texts alone."""
    steps = [[name for name in _list(step) if isinstance(name, str)] for step in _list(log.get(STEPS))]
    counted = Counter(name for step in steps for name in step)
    files = {name: _list(texts) for name, texts in log.items() if name not in (STEPS, UNDONE)}
    alone = [name for name, texts in files.items() if len(texts) > counted[name]]
    return {**log, **files, STEPS: [*steps, alone] if alone else steps}


def _filled(log: dict[str, Any]) -> dict[str, Any]:
    """Without what holds nothing any more."""
    return {name: value for name, value in log.items() if value}


def _keep(folder: Path, log: dict[str, Any], texts: Texts) -> None:
    files = {_file(folder, name): text for name, text in texts.items()}
    if not all(text is None or isinstance(text, str) for text in texts.values()):
        raise Refusal(f"{folder / LOG} is no log of captions: move it away, so that none of what it holds is lost.")
    try:
        write_atomically(folder / LOG, json.dumps(log, ensure_ascii=False, indent=1) + "\n")
        for file, text in files.items():
            if text is None:
                file.unlink(missing_ok=True)
            else:
                write_atomically(file, text)
    except OSError as error:
        message = f"The captions in {folder} cannot be written ({error.strerror}): copy the folder elsewhere."
        raise Refusal(message) from None


def _text(folder: Path, name: str) -> str | None:
    file = _file(folder, name)
    return decoded(file.read_bytes())[0] if file.is_file() else None


def _file(folder: Path, name: str) -> Path:
    """Where the caption `name` is; what is no caption, or leads out of the folder, is refused."""
    path = Path(name)
    if path.name.startswith(".") or path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES | MOVING_IMAGES | {""}:
        raise Refusal(f"{name!r} is no caption file: it is not written.")
    return inside(folder, path)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []
