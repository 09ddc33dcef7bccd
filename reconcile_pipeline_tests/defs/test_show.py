"""Metadata stays small, and holds what a table can hold."""

from __future__ import annotations

import dagster as dg

from reconcile_pipeline.defs import show
from reconcile_pipeline.defs.show import MOST_ROWS
from reconcile_pipeline_tests.defs.story import records


def test_a_long_table_says_what_it_leaves_out() -> None:
    rows = records(show.table(("Name", "Number"), [(f"n{n}", n) for n in range(50_000)]))
    assert len(rows) == MOST_ROWS == 200
    assert rows[0] == {"Name": "n0", "Number": 0}
    assert rows[-1]["Name"] == "… and 49,801 rows more, in the evidence"


def test_a_table_that_fits_is_whole() -> None:
    rows = records(show.table(("Name",), [(f"n{n}",) for n in range(MOST_ROWS)]))
    assert len(rows) == MOST_ROWS
    assert rows[-1] == {"Name": "n199"}


def test_a_cell_holds_text_numbers_and_nothing_else() -> None:
    (row,) = records(show.table(("A", "B", "C", "D"), [(["x"], None, True, "y" * 1000)]))
    assert (row["A"], row["B"], row["C"], len(row["D"])) == ("['x']", None, True, show.LONGEST)


def test_addresses_never_get_into_metadata() -> None:
    assert "ada@example.com" not in str(records(show.table(("A",), [("ask ada@example.com",)])))
    assert "ada@example.com" not in str(show.markdown("ask ada@example.com").value)
    assert "ada@example.com" not in str(show.text("ask ada@example.com").value)


def test_long_markdown_is_cut_and_says_so() -> None:
    value = show.markdown("word " * 100_000)
    assert isinstance(value, dg.MarkdownMetadataValue)
    assert len(value.md_str or "") < 61_000
    assert "cut here" in (value.md_str or "")
