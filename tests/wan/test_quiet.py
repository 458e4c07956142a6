"""The libraries' chatter stays out of a user's cell; what is not chatter gets through."""

import logging
import subprocess
import sys

import transformers

from wannb.wan import quiet
from wannb.wan.loading import weights

LOADING = """
import sys, torch, wannb
from wannb.wan import previews
from wannb.wan.adapters import lora
from wannb.wan.loading import weights
from wannb.wan.adapters.adapter import Adapter
where = weights.resolve(sys.argv[1])
lora.attach(weights.load_expert(where, "high", torch.bfloat16, "cpu"), Adapter("lora", 2, 2), seed=0)
weights.load_vae(where, "cpu"), weights.load_text(where, torch.bfloat16, "cpu")
"""


def test_loading_prints_nothing(folders):
    ended = subprocess.run(
        [sys.executable, "-c", LOADING, folders["i2v"]], capture_output=True, text=True, check=True
    )
    assert ended.stdout + ended.stderr == ""


def test_only_the_named_remarks_are_dropped():
    quiet.drop_remarks()
    for name, mark in quiet.REMARKS.items():
        logger = logging.getLogger(name)
        assert not logger.filter(logger.makeRecord(name, logging.WARNING, "", 0, f"`A` {mark} instead", (), None))
        assert logger.filter(logger.makeRecord(name, logging.WARNING, "", 0, "your weights are damaged", (), None))


def test_a_user_who_wants_bars_keeps_them(folders):
    assert transformers.utils.logging.is_progress_bar_enabled()
    weights.load_text(folders["t2v"], weights.torch.float32, "cpu")
    assert transformers.utils.logging.is_progress_bar_enabled()
