"""Captions: what stands beside a clip, and what the text encoder gets to see."""

import codecs
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wannb.job.spelling import extension
from wannb.refusal import Refusal

_SLOT = re.compile(r"\[(?:trigger|name)\]")


@dataclass(frozen=True)
class Caption:
    """`source` is `file`, `default` or `none`; `encoding` is how the file was read."""

    text: str
    source: str
    path: Path | None = None
    encoding: str = "utf-8"


def caption_file(path: Path, ext: str, beside: Iterable[Path] | None = None) -> Path | None:
    """The caption file beside the clip `path`: same base name, extension `ext` in any case; None without one.

    beside: the files to choose from, where the folder is listed already.
    """
    wanted = path.with_suffix(_dotted(ext))
    if beside is None:
        if wanted.is_file():
            return wanted
        beside = path.parent.iterdir() if path.parent.is_dir() else ()
    same = [p for p in beside if p.stem == path.stem and p.suffix.lower() == wanted.suffix.lower() and p.is_file()]
    return wanted if wanted in same else min(same, default=None)


def caption_in(file: Path | None, default: str | None = "") -> Caption:
    """The caption in `file` (see `caption_file`), or the default where that is None or blank."""
    text, encoding = decoded(file.read_bytes()) if file else ("", "utf-8")
    if file and file.suffix.lower() == ".json":
        text = _from_json(text)
    text = one_line(text)
    if text:
        return Caption(text, "file", file, encoding)
    default = one_line(default or "")
    return Caption(default, "default" if default else "none", file, encoding)


def decoded(data: bytes) -> tuple[str, str]:
    """Text and the encoding that gave it: a byte-order mark decides, then UTF-8, then Windows' western code page."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def one_line(text: str) -> str:
    """Line ends, tabs, control characters and runs of spaces become single spaces, as prompt cleaning does anyway."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\ufeff]", " ", text).split())


def final(caption: str, trigger: str | None, is_reg: bool = False) -> str:
    """The caption as trained: `[trigger]` and `[name]` become the trigger word, put in front where it is missing.

    Regularization clips are not given it (AI Toolkit does the same). It counts as present only as a whole word.
    """
    trigger = (trigger or "").strip()
    text = one_line(_SLOT.sub(lambda _: trigger, caption))
    if not trigger or is_reg or re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", text):
        return text
    return f"{trigger} {text}".strip()


def has_slot(caption: str) -> bool:
    """Whether a trigger word is asked for by `[trigger]` or `[name]`."""
    return bool(_SLOT.search(caption))


def _dotted(ext: str) -> str:
    try:
        return f".{extension(ext)}"
    except ValueError as error:
        raise Refusal(f"Caption ending {ext!r}: {error}.") from None


def _from_json(text: str) -> str:
    """The `caption` of a JSON object, a JSON string, or, as in AI Toolkit, the text as it stands."""
    try:
        data = json.loads(text)
    except ValueError:
        return text
    value = data.get("caption", data) if isinstance(data, dict) else data
    return value if isinstance(value, str) else text
