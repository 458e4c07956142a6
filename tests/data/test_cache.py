"""Cached tensors come back to the bit, or not at all."""

import pytest
import torch

from wannb.data.cache import TensorCache, text_key
from wannb.refusal import Refusal

KEY = "ab" * 32


@pytest.fixture
def cache(tmp_path):
    return TensorCache(tmp_path / "latents")


def tensors():
    generator = torch.Generator().manual_seed(1)
    return {"latents": torch.randn(16, 3, 4, 5, generator=generator), "embed": torch.ones(3, 8, dtype=torch.bfloat16)}


def test_what_goes_in_comes_out(cache):
    assert not cache.has(KEY)
    cache.write(KEY, tensors(), {"name": "a.mp4 64x64x17"})
    assert cache.has(KEY) and cache.meta(KEY) == {"name": "a.mp4 64x64x17"}
    back = cache.read(KEY)
    assert {n: t.dtype for n, t in back.items()} == {n: t.dtype for n, t in tensors().items()}
    assert all(torch.equal(back[name], tensor) for name, tensor in tensors().items())


def test_views_and_empty_tensors_are_kept(cache):
    cache.write(KEY, {"turned": torch.arange(6).reshape(2, 3).T, "none": torch.zeros(0, 8), "one": torch.tensor(3.0)})
    back = cache.read(KEY)
    assert back["turned"].tolist() == [[0, 3], [1, 4], [2, 5]] and back["none"].shape == (0, 8) and back["one"] == 3


@pytest.mark.parametrize("keep", [0, 5, 60, 500])
def test_a_cut_file_counts_as_missing(cache, keep):
    cache.write(KEY, tensors())
    path = cache.path(KEY)
    path.write_bytes(path.read_bytes()[:keep])
    assert not cache.has(KEY) and not path.exists()


def test_a_flipped_bit_is_found_on_reading_and_encoded_anew(cache):
    cache.write(KEY, tensors())
    data = bytearray(cache.path(KEY).read_bytes())
    data[-9] ^= 1
    cache.path(KEY).write_bytes(data)
    with pytest.raises(Refusal, match="damaged"):
        cache.read(KEY)
    assert not cache.has(KEY)
    with pytest.raises(Refusal, match="missing"):
        cache.read(KEY)


def test_nothing_is_left_beside_after_a_failed_write(cache, monkeypatch):
    monkeypatch.setattr("wannb.data.cache.save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cache.write(KEY, tensors())
    assert not cache.has(KEY) and not list(cache.folder.rglob("*.safetensors"))


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "AB" * 32, "ab/cd" * 8])
def test_keys_are_hex_digits(cache, key):
    with pytest.raises(ValueError):
        cache.has(key)


def test_text_keys_tell_prompts_and_encoders_apart():
    assert len({text_key(p, e) for p in ("", "a", "ab", "a ") for e in ("", "b", "ab")}) == 12
