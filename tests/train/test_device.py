"""How torch is told to reserve a card's memory."""

import os

import pytest

from wannb.train import device


@pytest.mark.parametrize("told", [None, *device.ALLOCATOR])
def test_segments_grow_unless_something_else_was_asked_for(told, monkeypatch):
    for name in device.ALLOCATOR:
        monkeypatch.delenv(name, raising=False)
    if told:
        monkeypatch.setenv(told, "max_split_size_mb:512")
    device.segments_grow()
    settings = {name: os.environ.pop(name) for name in device.ALLOCATOR if name in os.environ}
    wanted = {told: "max_split_size_mb:512"} if told else {"PYTORCH_ALLOC_CONF": "expandable_segments:True"}
    assert settings == wanted
