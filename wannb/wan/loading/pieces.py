"""A SentencePiece model as the tokenizer that transformers makes of it, read without SentencePiece.

The file is one message of protocol buffers (sentencepiece_model.proto): field 1 the pieces, field 3 the normalizer.
"""

import struct
from collections.abc import Iterator

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from wannb.refusal import Refusal

TOKENS = 512
PIECES, NORMALIZER = 1, 3  # of the model
TEXT, SCORE, TYPE = 1, 2, 3  # of a piece
CHARACTERS = 2  # of the normalizer: its compiled map of characters
UNKNOWN, BYTE = 2, 6  # types of pieces
SPACE = "▁"


def tokenizer(model: bytes) -> PreTrainedTokenizerBase:
    """The tokenizer of UMT5, which ends each text with `</s>`; raises Refusal for bytes that are no Unigram model."""
    try:
        vocabulary, types, characters = _read(model)
        unknown = types.index(UNKNOWN)
        backend = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=BYTE in types))
        map_ = [normalizers.Precompiled(characters)] if characters else []
    except Exception as error:  # also what the Rust of tokenizers raises
        raise Refusal(f"The tokenizer in the text encoder's file cannot be read ({error}).") from error
    spaces = [normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), SPACE)]
    backend.normalizer = normalizers.Sequence([*map_, *spaces])
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    backend.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always")
    names = [piece for piece, _ in vocabulary]
    end = "</s>"
    backend.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, names.index(end))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token=end, unk_token=names[unknown], model_max_length=TOKENS
    )


def _read(model: bytes) -> tuple[list[tuple[str, float]], list[int], bytes]:
    """Pieces with their scores (log probabilities), the type of each, and the map of characters."""
    vocabulary, types, characters = [], [], b""
    for field, value in _fields(model):
        if field == PIECES:
            piece = dict(_fields(value))
            vocabulary.append((piece[TEXT].decode("utf-8"), struct.unpack("<f", piece.get(SCORE, bytes(4)))[0]))
            types.append(piece.get(TYPE, 1))
        elif field == NORMALIZER:
            characters = dict(_fields(value)).get(CHARACTERS, b"")
    return vocabulary, types, characters


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field of a message: a varint as int, four or eight bytes or a string as bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            length, at = {1: (8, at), 5: (4, at)}.get(kind) or _varint(message, at)
            value, at = message[at : at + length], at + length
        yield key >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, seven bits a byte, and where it ends."""
    found, shift = 0, 0
    while True:
        byte = message[at]
        found |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return found, at
