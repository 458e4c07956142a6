"""Metrics as columns and as rows: `metrics["loss"]` is an array, `metrics[-1]` and a loop give rows."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from wannb.refusal import Refusal
from wannb.runs.scanning import Column, Row

if TYPE_CHECKING:
    import pandas

NAMED = 12  # columns that a repr names


class Source(Protocol):
    """Where rows and columns come from."""

    @property
    def names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def row(self, index: int) -> Row: ...
    def column(self, name: str) -> Column: ...
    def has(self, name: str) -> bool: ...


class Columns(Sequence[Row]):
    """Rows of a log, oldest first, that are also columns; nothing is parsed before it is asked for.

    `columns["loss"]`: a numpy array of numbers with NaN where a row has none, or a list with None for what is no
    number. `columns[-1]`: a row as a dict without what it does not have. `columns[10:20]`, `columns.of("high")`: fewer
    rows.
    """

    def __init__(self, source: Source, chosen: np.ndarray | None = None):
        self._source, self._chosen = source, chosen

    @property
    def names(self) -> list[str]:
        """What the rows have, in the order in which it comes up; reads all of them."""
        return list(self._source.names)

    def of(self, stage: str) -> "Columns":
        """Return the rows of one expert, `high` or `low`."""
        if not len(self):
            return self
        return self._pick([one == stage for one in self["stage"]])

    def rows(self) -> Iterator[Row]:
        """Yield the rows as dicts."""
        return iter(self)

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a DataFrame; raises Refusal where pandas is not installed."""
        try:
            import pandas
        except ImportError:
            raise Refusal("pandas is not installed: pip install pandas, or take columns as metrics['loss'].") from None
        return pandas.DataFrame({name: self[name] for name in self.names})

    def __len__(self) -> int:
        return len(self._source) if self._chosen is None else len(self._chosen)

    def __iter__(self) -> Iterator[Row]:
        places = range(len(self._source)) if self._chosen is None else self._chosen.tolist()
        return map(self._source.row, places)

    def __getitem__(self, key: int | slice | str) -> Any:
        """Return a row, fewer rows or a column; raises Refusal for a name that no row has."""
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, slice):
            return self._pick(key)
        place = range(len(self))[key]
        return self._source.row(place if self._chosen is None else int(self._chosen[place]))

    def __contains__(self, key: object) -> bool:
        return self._source.has(key) if isinstance(key, str) else super().__contains__(key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Columns, list)):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None

    def __repr__(self) -> str:
        names = list(self[-1]) if len(self) else []
        return f"Columns({len(self)} rows: {', '.join([*names[:NAMED], *['…'][: len(names) > NAMED]])})"

    def _column(self, name: str) -> Column:
        if len(self._source) and not self._source.has(name):
            raise Refusal(f"No row has {name!r}: there are {', '.join(self.names)}.")
        column = self._source.column(name)
        if self._chosen is None:
            return column
        return column[self._chosen] if isinstance(column, np.ndarray) else [column[i] for i in self._chosen.tolist()]

    def _pick(self, which: Any) -> "Columns":
        places = np.arange(len(self._source)) if self._chosen is None else self._chosen
        return Columns(self._source, places[which])


class Table:
    """Columns that are there already, all as long as the first; what is NaN or None is missing in a row."""

    def __init__(self, columns: dict[str, Column]):
        self._columns = columns
        self.names = list(columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def has(self, name: str) -> bool:
        return name in self._columns

    def column(self, name: str) -> Column:
        return self._columns.get(name, np.full(len(self), np.nan))

    def row(self, index: int) -> Row:
        values = {name: column[index] for name, column in self._columns.items()}
        plain = {name: one.item() if isinstance(one, np.generic) else one for name, one in values.items()}
        return {name: one for name, one in plain.items() if one is not None and one == one}
