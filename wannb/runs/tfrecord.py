"""TFRecord files: length, masked CRC-32C of it, data, masked CRC-32C of that (tensorflow/core/lib/io/record_writer.cc).
"""

import struct
from collections.abc import Iterator

_POLYNOMIAL = 0x82F63B78
_HEAD, _SUM = struct.Struct("<Q"), struct.Struct("<I")


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def record(data: bytes) -> bytes:
    """Return `data` as one record."""
    length = _HEAD.pack(len(data))
    return length + _SUM.pack(masked_crc(length)) + data + _SUM.pack(masked_crc(data))


def records(file: bytes) -> Iterator[bytes]:
    """Yield the data of each whole record; a damaged one is left out, and all after a damaged length or a cut."""
    at = 0
    while at + 12 <= len(file):
        length = file[at : at + 8]
        start, end = at + 12, at + 12 + _HEAD.unpack(length)[0]
        if _SUM.unpack_from(file, at + 8)[0] != masked_crc(length) or end + 4 > len(file):
            return
        data = file[start:end]
        if _SUM.unpack_from(file, end)[0] == masked_crc(data):
            yield data
        at = end + 4


def masked_crc(data: bytes) -> int:
    """Return the CRC-32C of `data`, rotated and shifted as TFRecord wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
