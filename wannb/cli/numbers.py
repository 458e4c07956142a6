"""Numbers on the command line; anything else is wrong usage."""

import argparse


def count(text: str) -> int:
    """A whole number from 1."""
    return _whole(text, 1)


def step(text: str) -> int:
    """A training step: a whole number from 0, the base."""
    return _whole(text, 0)


def gigabytes(text: str) -> float:
    """A memory of at least 1 GB."""
    return _size(text, 10_000, "memory in GB")


def megabytes(text: str) -> float:
    """A size of at least 1 MB."""
    return _size(text, 100_000, "size in MB")


def share(text: str) -> float:
    """A part of one, from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


def _whole(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least}")
    return int(text)


def _size(text: str, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a {what} from 1")
    return value
