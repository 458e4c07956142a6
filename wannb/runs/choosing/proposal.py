"""The pair of LoRA files that is proposed, and why."""

from dataclasses import dataclass
from html import escape
from typing import Any

from wannb.runs.choosing.rated import Rated
from wannb.runs.clips.wish import Wish

_COLUMNS = (
    ("high", "high step", "{}"),
    ("low", "low step", "{}"),
    ("clips", "clips", "{}"),
    ("learned", "learned, %", "{:.0f}"),
    ("sound", "sound, %", "{:.0f}"),
    ("drift", "drift, %", "{:.1f}"),
)


@dataclass(frozen=True)
class Proposal:
    """`high`, `low`: the steps of the two LoRA files, 0 the base. `reasons` and `warnings` are sentences; `table` holds
    every pair that was seen, best first; `missing` the clips that would make it surer."""

    high: int
    low: int
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    table: tuple[Rated, ...] = ()
    missing: tuple[Wish, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `missing` is how many clips."""
        return {
            "high": self.high,
            "low": self.low,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "table": [one.to_dict() for one in self.table],
            "missing": len(self.missing),
        }

    def __repr__(self) -> str:
        lines = [f"Proposed: high {_step(self.high)}, low {_step(self.low)}", *self.reasons]
        lines += [f"Warning: {one}" for one in self.warnings]
        if self.table:
            head = "  ".join(f"{label:>10}" for _, label, _ in _COLUMNS)
            lines += [head, *("  ".join(f"{one:>10}" for one in _cells(row)) for row in self.table)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        said = "".join(f"<li>{escape(one)}</li>" for one in self.reasons)
        said += "".join(f"<li><b>Warning:</b> {escape(one)}</li>" for one in self.warnings)
        head = "".join(f"<th>{escape(label)}</th>" for _, label, _ in _COLUMNS)
        rows = "".join("<tr>" + "".join(f"<td>{one}</td>" for one in _cells(row)) + "</tr>" for row in self.table)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if self.table else ""
        return f"<p><b>Proposed: high {_step(self.high)}, low {_step(self.low)}</b></p><ul>{said}</ul>{table}"


def _step(step: int) -> str:
    return str(step) if step else "0 (the base)"


def _cells(row: Rated) -> list[str]:
    values = [(getattr(row, name), form) for name, _, form in _COLUMNS]
    return ["" if value is None else form.format(value) for value, form in values]
