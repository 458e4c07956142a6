"""A SentencePiece file is read as SentencePiece reads it: the likeliest cut of a text into pieces."""

import struct

import pytest

from wannb.refusal import Refusal
from wannb.wan.loading import pieces

NORMAL, UNKNOWN, CONTROL = 1, 2, 3
VOCABULARY = [
    ("<pad>", 0.0, CONTROL), ("</s>", 0.0, CONTROL), ("<unk>", 0.0, UNKNOWN), ("▁", -2.5, NORMAL),
    ("▁a", -1.5, NORMAL), ("▁red", -3.0, NORMAL), ("▁r", -4.0, NORMAL), ("ed", -2.0, NORMAL), ("circle", -5.0, NORMAL),
    ("circ", -3.5, NORMAL), ("le", -2.0, NORMAL), ("s", -1.0, NORMAL),
    *[(letter, -6.0, NORMAL) for letter in "acdeilrt"],
]  # fmt: skip


def varint(number):
    found = b""
    while number > 0x7F:
        found, number = found + bytes([number & 0x7F | 0x80]), number >> 7
    return found + bytes([number])


def field(number, value):
    """One field of a message: a varint, four bytes of a float, or a string."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def model(vocabulary):
    """With what readers pass over: the trainer's settings (field 2) and the normalizer's name."""
    found = field(2, field(1, b"corpus.txt") + field(4, 3000))
    for text, score, kind in vocabulary:
        found += field(1, field(1, text.encode()) + field(2, score) + (b"" if kind == NORMAL else field(3, kind)))
    return found + field(3, field(1, b"identity"))


def cuts(text):
    """All ways to cut `text` into pieces of the vocabulary, as lists of their numbers."""
    if not text:
        yield []
    for number, (piece, _, kind) in enumerate(VOCABULARY):
        if kind == NORMAL and text.startswith(piece):
            yield from ([number, *rest] for rest in cuts(text[len(piece) :]))


def likeliest(text):
    marked = "".join(f"▁{word}" for word in text.split())
    return max(cuts(marked), key=lambda cut: sum(VOCABULARY[number][1] for number in cut))


@pytest.mark.parametrize("text", ["a red circle", "circles  a  lesser  ", "treader", "a", "a a red red tile"])
def test_the_likeliest_cut_is_taken(text):
    tokenizer = pieces.tokenizer(model(VOCABULARY))
    assert tokenizer(text).input_ids == [*likeliest(text), 1]


def test_it_pads_and_cuts_off_as_the_pipelines_ask():
    tokenizer = pieces.tokenizer(model(VOCABULARY))
    made = tokenizer("a red", padding="max_length", max_length=6, truncation=True)
    assert made.input_ids == [4, 5, 1, 0, 0, 0] and made.attention_mask == [1, 1, 1, 0, 0, 0]
    assert tokenizer("a red circle", max_length=3, truncation=True).input_ids == [4, 5, 1]
    assert tokenizer("a x").input_ids == [4, 3, 2, 1]  # nobody knows x


@pytest.mark.parametrize("damage", [b"", b"\x0a\xff", b"no such thing", model(VOCABULARY)[:50]])
def test_what_is_no_model_is_a_sentence(damage):
    with pytest.raises(Refusal, match="tokenizer in the text encoder's file"):
        pieces.tokenizer(damage)
