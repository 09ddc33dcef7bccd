"""A drift report's tables as files: CSV for spreadsheets, Parquet for whoever joins many scans.

Both hold the rows of `to_frame` with the target's name in front. They need pandas and pyarrow.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.tables import Frame, to_frame

if TYPE_CHECKING:
    import pandas


class TableFormat(StrEnum):
    """File formats of a table; the value is the file's extension, too."""

    CSV = "csv"
    PARQUET = "parquet"


def export(
    report: DriftReport,
    table: Frame,
    form: TableFormat,
    clean: Callable[[str], str] = str,
) -> bytes:
    """One table in one format. `clean` is applied to every text of it.

    CSV is UTF-8 with a header and `\\n` at the end of each line. Parquet holds text columns and
    `line` as 64-bit integers; the same report gives the same bytes.
    """
    frame = _frame(report, table, clean)
    if form is TableFormat.CSV:
        text: str = frame.to_csv(index=False, lineterminator="\n")
        return text.encode("utf-8", "backslashreplace")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


def exports(
    report: DriftReport, clean: Callable[[str], str] = str
) -> tuple[tuple[str, bytes], ...]:
    """(file name, content) of every table in every format, e.g. `drift-statements.csv`."""
    return tuple(
        (f"drift-{table.value}.{form.value}", export(report, table, form, clean))
        for table in Frame
        for form in TableFormat
    )


def _frame(report: DriftReport, table: Frame, clean: Callable[[str], str]) -> pandas.DataFrame:
    frame = to_frame(report, table)
    for name in frame.columns:
        if name == "line":
            frame[name] = frame[name].astype("int64")  # of an empty table, too
        else:
            frame[name] = frame[name].map(clean).astype("str")
    frame.insert(0, "target", clean(report.target))
    frame["target"] = frame["target"].astype("str")
    return frame
