"""Metadata that reads well in the Dagster UI, and stays small: the event log is never pruned."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.tables import to_frame
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.redact import redact

if TYPE_CHECKING:
    import pandas

    from reconcile_pipeline.evidence.chain import Entry

Metadata = dict[str, dg.MetadataValue[Any]]

if TYPE_CHECKING:
    Result = dg.MaterializeResult[None]
else:  # bare: with a type parameter Dagster does not know it again where an asset has checks
    Result = dg.MaterializeResult

MOST_ROWS = 200  # of one table; 50,000 rows would be 5 MB in the event log
LONGEST = 400  # characters of one cell
LONGEST_TEXT = 60_000  # characters of one Markdown


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MetadataValue[Any]:
    """A table of text, whole numbers and truth values; "none" where it has no rows.

    What is cut off, its last row says.
    """
    rows = list(rows)
    if not rows:
        return dg.MetadataValue.text("none")
    fitting = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
    shown = [dict(zip(columns, map(_cell, row), strict=True)) for row in fitting]
    if more := len(rows) - len(fitting):
        words = f"… and {count(more, 'row')} more, in the evidence"
        shown.append({column: words if column == columns[0] else "" for column in columns})
    return dg.MetadataValue.table(
        [dg.TableRecord(row) for row in shown],
        dg.TableSchema(columns=[dg.TableColumn(name=name) for name in columns]),
    )


def frame(data: "pandas.DataFrame") -> dg.MetadataValue[Any]:
    """A pandas frame as such a table."""
    return table(list(map(title, map(str, data.columns))), data.itertuples(index=False, name=None))


def title(name: str) -> str:
    """A column's name in words: `done_when` becomes `Done when`."""
    return name.replace("_", " ").capitalize()


def migrations(report: DriftReport) -> dg.MetadataValue[Any]:
    """Local | Remote | Verdict | Finding, in words that wrap: the UI's column is narrow.

    A marker is unverifiable and yet as it should be; only there the verdict says why it is one.
    """
    status = to_frame(report)
    puzzling = (status["finding"] == Finding.SYNCHRONIZED.value) & (status["note"] != "")
    why = status["note"].str.slice(0, 1).str.lower() + status["note"].str.slice(1).str.rstrip(".")
    status["verdict"] = status["verdict"].mask(puzzling, status["verdict"] + ": " + why)
    for column in ("verdict", "finding"):
        status[column] = status[column].str.replace("_", " ")
    return frame(status.drop(columns="note"))


def markdown(text: str, longest: int = LONGEST_TEXT) -> dg.MetadataValue[Any]:
    """Markdown, without anybody's address, cut behind a line where it is too long."""
    text = redact(text)
    if len(text) > longest:
        whole = text[:longest].rpartition("\n")[0] or text[:longest]
        text = f"{whole}\n\n… cut here; the whole text is in the evidence.\n"
    return dg.MetadataValue.md(text)


def text(value: str) -> dg.MetadataValue[Any]:
    """Plain text, without anybody's address."""
    return dg.MetadataValue.text(redact(value))


def counts(values: Mapping[str, int]) -> Metadata:
    """One number a name."""
    return {name: dg.MetadataValue.int(value) for name, value in values.items()}


def evidence(folder: Path, entry: "Entry") -> Metadata:
    """Where the whole of it is, and its hash."""
    return {
        "evidence": dg.MetadataValue.path(folder / entry.file),
        "evidence sha256": dg.MetadataValue.text(entry.sha256),
    }


def _cell(value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    short = redact(str(value))
    return short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"
