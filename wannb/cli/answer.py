"""What a verb has to say."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """`data`: the object of `--json`; `text`: the same for people; `failed`: one sentence where the exit code is 1."""

    data: dict[str, Any]
    text: str
    failed: str = ""
