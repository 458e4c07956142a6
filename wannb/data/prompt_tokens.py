"""How many tokens the text encoder makes of a text: counted where its tokenizer is here, else judged by the words."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

MOST_TOKENS = 512
"""What Wan's text encoder takes, the end's own among them; the rest is cut off."""
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+|[^\w\s]|_")
_LETTERS = 5
"""Of a word, to one token: UMT5's vocabulary has most English words whole."""


def too_long(text: str, tokenizer: Path | None) -> int | None:
    """About how many tokens `text` has, where that is more than the encoder takes; None where it is not.

    tokenizer: a `tokenizer.json`, or None where none is here.
    """
    if len(text.encode()) < MOST_TOKENS:  # no token is shorter than a byte
        return None
    count = counted(text, tokenizer)
    return count if count > MOST_TOKENS else None


@lru_cache(maxsize=4096)
def counted(text: str, tokenizer: Path | None) -> int:
    """About how many tokens `text` has, the end's own among them; exactly where the tokenizer is here."""
    own = _tokenizer(tokenizer) if tokenizer else None
    return len(own.encode(text).ids) if own else _judged(text)


def _judged(text: str) -> int:
    return 1 + sum(max(1, round(len(piece) / _LETTERS)) for piece in _PIECES.findall(text))


@lru_cache(maxsize=2)
def _tokenizer(path: Path) -> Any:
    """The tokenizer, or None where it cannot be read."""
    try:
        from tokenizers import Tokenizer

        own = Tokenizer.from_file(str(path))
    except Exception:  # its Rust raises bare Exceptions
        return None
    own.no_truncation()
    own.no_padding()
    return own
