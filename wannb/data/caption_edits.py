"""Captions of a folder, edited: one, or many at once, and everything can be taken back."""

import json
import re
from collections.abc import Callable, Collection
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from wannb.data import caption_log
from wannb.data.caption_templates import TEMPLATES, filled
from wannb.data.captions import caption_file, caption_in, decoded, one_line
from wannb.data.listing import leads_outside, listed, shown
from wannb.data.prompt_tokens import counted
from wannb.job.spelling import extension
from wannb.refusal import Refusal

__all__ = ["TEMPLATES", "CaptionBook", "Neighbour"]

USUAL = (".txt", ".caption", ".json")
"""Endings of caption files, beside the one that a data set names."""


class Neighbour(NamedTuple):
    """Another clip's caption: `parts` are its words in order, runs of them with whether both captions have them."""

    name: str
    caption: str
    parts: tuple[tuple[str, bool], ...]


class CaptionBook:
    """The captions of the clips of `folder` (`sub/orbit.mp4` → the text beside it), as they stand on the disk.

    What changes them writes all files or none of a step (see `caption_log`) and returns the names of the clips that
    changed. Only caption files inside the folder are written, as UTF-8. Raises Refusal for a clip that is not there.
    """

    def __init__(self, folder: str | Path, ext: str = "txt") -> None:
        self.folder = Path(folder).expanduser()
        try:
            self.ext = extension(ext)
        except ValueError as error:
            raise Refusal(f"Caption ending {ext!r}: {error}.") from None
        found = listed(self.folder).files if self.folder.is_dir() else []
        self._clips = {shown(path, self.folder): path for path in found}
        self._stems = {PurePosixPath(name).with_suffix("") for name in self._clips}

    @property
    def names(self) -> list[str]:
        """The clips, in the order of their names."""
        return list(self._clips)

    def text(self, name: str) -> str:
        """The caption of a clip on one line, empty where it has none; the Default Caption is not looked at."""
        return caption_in(self._file(name)).text

    def tokens(self, text: str, tokenizer: Path | None = None) -> int:
        """How many of the 512 tokens `text` takes; about, without the base model's `tokenizer.json`."""
        return counted(one_line(text), tokenizer)

    def write(self, name: str, text: str) -> tuple[str, ...]:
        """Give one clip this caption."""
        return self.write_all({name: text})

    def write_all(self, texts: dict[str, str]) -> tuple[str, ...]:
        """Give several clips captions, in one step."""
        changed = {name: one_line(text) for name, text in texts.items() if one_line(text) != self.text(name)}
        files = {self._below(name): self._written(name, text) for name, text in changed.items()}
        caption_log.write(self.folder, files)
        return tuple(changed)

    def replace(
        self, find: str, put: str, names: Collection[str] | None = None, regex: bool = False
    ) -> tuple[str, ...]:
        """Put `put` wherever `find` stands in the captions; with `regex` both are as in `re.sub`."""
        if not find:
            raise Refusal("There is nothing to find: write what is to be replaced.")
        pattern = re.escape(find) if not regex else find
        try:
            compiled = re.compile(pattern)
            return self._each(names, lambda _, text: compiled.sub(put if regex else lambda _: put, text))
        except (re.error, IndexError, RecursionError) as error:
            raise Refusal(f"{find!r} with {put!r} is no regular expression ({error}): mend it.") from None

    def prefix(self, text: str, names: Collection[str] | None = None) -> tuple[str, ...]:
        """Put words in front of the captions that do not begin with them; clips without a caption stay so."""
        text = one_line(text)
        return self._each(names, lambda _, own: own if not own or own.startswith(text) else f"{text} {own}")

    def suffix(self, text: str, names: Collection[str] | None = None) -> tuple[str, ...]:
        """Put words behind the captions that do not end with them; clips without a caption stay so."""
        text = one_line(text)
        gap = "" if text[:1] in ",.;:!?" else " "
        return self._each(names, lambda _, own: own if not own or own.endswith(text) else f"{own}{gap}{text}")

    def apply(self, template: str, names: Collection[str] | None = None) -> tuple[str, ...]:
        """Make every caption from a template (see `TEMPLATES`, `caption_templates.filled`)."""
        return self._each(names, lambda name, own: filled(template, own, PurePosixPath(name).stem))

    def undo(self) -> tuple[str, ...]:
        """Take the last change of captions here back, also one by a finding's cure; the files that changed."""
        return caption_log.undo(self.folder, self._is_caption)

    def redo(self) -> tuple[str, ...]:
        """Do again what was undone last."""
        return caption_log.redo(self.folder, self._is_caption)

    def neighbours(self, name: str, most: int = 3) -> list[Neighbour]:
        """The captions of other clips most like this one's, with what is different in them marked."""
        own = self.text(name).split()
        others = {other: self.text(other) for other in self._clips if other != name}
        alike = sorted(
            (other for other, text in others.items() if text), key=lambda other: -_shared(own, others[other].split())
        )
        return [Neighbour(other, others[other], _compared(own, others[other].split())) for other in alike[:most]]

    def _is_caption(self, name: str) -> bool:
        """Whether the file of that name below the folder is, or could be, the caption of a clip."""
        path = PurePosixPath(name)
        return path.suffix.lower() in {f".{self.ext.lower()}", *USUAL} and path.with_suffix("") in self._stems

    def _each(self, names: Collection[str] | None, change: Callable[[str, str], str]) -> tuple[str, ...]:
        wanted = self.names if names is None else names
        return self.write_all({name: change(name, self.text(name)) for name in wanted})

    def _clip(self, name: str) -> Path:
        if name not in self._clips:
            raise Refusal(f"There is no clip {name!r} in {self.folder}.")
        return self._clips[name]

    def _file(self, name: str) -> Path | None:
        """The caption file of a clip; None where there is none, or it is a link out of the folder."""
        file = caption_file(self._clip(name), self.ext)
        return None if file is None or leads_outside(file, self.folder) else file

    def _below(self, name: str) -> str:
        """The caption file's name below the folder, there or not."""
        clip = self._clip(name)
        file = caption_file(clip, self.ext) or clip.with_suffix(f".{self.ext}")
        if leads_outside(file, self.folder):
            raise Refusal(f"The caption {file.name} is a link out of the folder: copy the file there instead.")
        return file.relative_to(self.folder).as_posix()

    def _written(self, name: str, text: str) -> str:
        """What the caption file is to hold: in a JSON object only `caption` changes."""
        file = self._file(name)
        raw = decoded(file.read_bytes())[0] if file else "\n"
        if self.ext == "json":
            return _in_json(raw, text)
        return text + ("\n" if raw.endswith("\n") else "")


def _in_json(raw: str, text: str) -> str:
    try:
        data = json.loads(raw)
    except ValueError:
        data = {}
    data = {**data, "caption": text} if isinstance(data, dict) else text
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _shared(one: list[str], other: list[str]) -> float:
    """Share of the words of both that both have."""
    return len(set(one) & set(other)) / max(1, len(set(one) | set(other)))


def _compared(own: list[str], other: list[str]) -> tuple[tuple[str, bool], ...]:
    """The words of `other` in runs, each with whether `own` has it in its place."""
    blocks = SequenceMatcher(None, own, other, autojunk=False).get_opcodes()
    return tuple((" ".join(other[start:stop]), tag == "equal") for tag, _, _, start, stop in blocks if stop > start)
