"""Names that mean the same: precisions, architectures, caption endings."""

import difflib
import re
from typing import Any

PRECISIONS = {
    "bf16": ("bf16", "bfloat16"),
    "fp16": ("fp16", "float16", "half"),
    "fp32": ("fp32", "float32", "float", "single", "full"),
}
ARCHITECTURES = {"wan22_14b": "Wan 2.2 T2V 14B", "wan22_14b_i2v": "Wan 2.2 I2V (14B)"}


def precision(value: Any) -> Any:
    """`float16` → `fp16` and so on; an unknown name stays as it is."""
    name = str(value).strip().lower().removeprefix("torch.")
    return next((short for short, names in PRECISIONS.items() if name in names), value)


def architecture(value: Any) -> str:
    """The architecture without the form's tag (`wan22_14b:t2v`); raises ValueError naming the two that exist."""
    name = str(value).split(":")[0].strip()
    if name not in ARCHITECTURES:
        near = difflib.get_close_matches(name, ARCHITECTURES, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"the architectures are wan22_14b (T2V) and wan22_14b_i2v (I2V); set model.arch to one{hint}")
    return name


def extension(value: Any) -> Any:
    """A caption's ending without its dot; raises ValueError where it could not end a file's name."""
    if not isinstance(value, str):
        return value
    ending = value.strip().removeprefix(".")
    if not ending.strip(".") or re.search(r"[/\\\0]", ending):
        raise ValueError("captions lie in files such as clip.txt: write txt, or another ending without a slash")
    return ending


def device(value: Any) -> Any:
    """A device of torch's; raises ValueError where it is none that Wan is trained on."""
    if isinstance(value, str) and not re.fullmatch(r"(cuda|mps|cpu)(:\d{1,3})?", value.strip().lower()):
        raise ValueError("the devices are cuda, cuda:0 and so on, mps and cpu")
    return value.strip().lower() if isinstance(value, str) else value


def lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def text(value: Any) -> Any:
    """AI Toolkit writes `false` for no negative prompt."""
    return "" if value is False or value is None else value


def numbers(value: Any) -> Any:
    """One number stands for a list of one."""
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else value


def texts(value: Any) -> Any:
    """One text stands for a list of one; no text for none."""
    return [value] if isinstance(value, str) and value else value or []
