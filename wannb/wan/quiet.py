"""Keep quiet what the libraries say to their own developers; what concerns a user still gets through."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

REMARKS = {
    # Its CPU kernels for 4-bit weights are not ours to use.
    "bitsandbytes.backends.cpu.ops": "Failed to load CPU gemm_4bit_forward",
    # Wan's image pipeline names a CLIP processor that Wan 2.2 has no use for.
    "transformers.utils.import_utils": "falling back to `CLIPImageProcessorPil`",
    # What is computed again in a block has no operator that writes in place.
    "torch._higher_order_ops.wrap": "Detected that context_fn is passed",
}
"""Logger -> what marks the one remark of it that is dropped."""


def drop_remarks() -> None:
    """Drop REMARKS, each from its own logger; calling it again changes nothing. Imports none of the libraries."""
    for name, mark in REMARKS.items():
        logger = logging.getLogger(name)
        if not any(isinstance(known, _Without) for known in logger.filters):
            logger.addFilter(_Without(mark))


@contextmanager
def no_bars() -> Iterator[None]:
    """Inside the block transformers shows no bar for reading a file from disk; a download's bar is left as it was."""
    from huggingface_hub.utils import are_progress_bars_disabled, enable_progress_bars
    from transformers.utils import logging as transformers

    shown, downloads_shown = transformers.is_progress_bar_enabled(), not are_progress_bars_disabled()
    transformers.disable_progress_bar()  # takes the downloads' bars along
    if downloads_shown:
        enable_progress_bars()
    try:
        yield
    finally:
        if shown:
            transformers.enable_progress_bar()


class _Without(logging.Filter):
    def __init__(self, mark: str):
        super().__init__()
        self.mark = mark

    def filter(self, record: logging.LogRecord) -> bool:
        return self.mark not in record.getMessage()
