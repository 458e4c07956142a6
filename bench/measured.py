"""A measurement with its spread."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Seconds of each of several tries of one thing, warm-up left out."""

    what: str
    seconds: Sequence[float]

    def row(self) -> tuple[str, ...]:
        """Return name, median, middle half, what 95 % stay below, tries; times in milliseconds."""
        low, median, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        most = statistics.quantiles(self.seconds, n=20, method="inclusive")[-1]
        half = f"{low * 1e3:.1f} to {high * 1e3:.1f}"
        return self.what, f"{median * 1e3:.1f}", half, f"{most * 1e3:.1f}", str(len(self.seconds))


def table(rows: Sequence[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    head = ("what", "median, ms", "middle half, ms", "95 %, ms", "tries")
    lines = [head, *(one.row() for one in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)
