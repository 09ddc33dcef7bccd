"""How large the tables are that a plan's steps lock: what a step costs is a matter of size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconcile_pipeline.drift.words import count

LARGE = 10 * 1024**2  # below, whatever a step does to the table is over before anybody notices
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Size:
    """`bytes` of a table with its partitions and TOAST, without its indexes.

    `rows` is the server's own estimate, None where it has none.
    """

    bytes: int
    rows: int | None

    def __str__(self) -> str:
        """`8.1 GB, about 40,000,000 rows`."""
        amount, unit = float(self.bytes), 0
        while amount >= 1024 and unit + 1 < len(_UNITS):
            amount, unit = amount / 1024, unit + 1
        digits = 1 if unit and amount < 10 else 0
        text = f"{amount:.{digits}f} {_UNITS[unit]}"
        return text if self.rows is None else f"{text}, about {count(self.rows, 'row')}"


#: `schema.table` -> its size.
Sizes = Mapping[str, Size]
NO_SIZES: Sizes = {}


def large(name: str, sizes: Sizes) -> Size | None:
    """The size of this table where it is large enough to be told."""
    size = sizes.get(name)
    return size if size is not None and size.bytes >= LARGE else None
