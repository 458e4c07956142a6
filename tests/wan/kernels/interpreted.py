"""Triton's interpreter with conversions as a GPU makes them; imported before the kernels."""

import numpy as np
import torch
from triton.runtime import interpreter

FLOATS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16, "fp8e4nv": torch.float8_e4m3fn}
BITS = {8: np.uint8, 16: np.uint16, 32: np.uint32}


def _converted(values: np.ndarray, kind, wanted, _rounding) -> np.ndarray:
    """To nearest, ties to even: Triton 3.5's own drops the carry from 1.99 to 2."""
    held = torch.from_numpy(np.ascontiguousarray(values).view(np.uint8).copy()).view(FLOATS[kind.name])
    bits = held.to(FLOATS[wanted.name]).view(torch.uint8).numpy()
    return bits.view(BITS[wanted.primitive_bitwidth]).reshape(values.shape)


def _patched(tensor: type, *scope: object) -> None:  # with a scope from Triton 3.6 on
    _own(tensor, *scope)
    tensor.__index__ = lambda self: int(self.handle.data.item())  # numpy 2 converts no arrays of one number


_own = interpreter._patch_lang_tensor
interpreter._patch_lang_tensor = _patched
interpreter._convert_float = _converted
