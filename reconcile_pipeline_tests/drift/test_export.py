"""Tables as files: read back by pandas, cleaned, and the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from reconcile_pipeline.drift.export import TableFormat, export, exports
from reconcile_pipeline.drift.tables import Frame
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline_tests.evidence import cases

REPORT = cases.facts("worse").before


def back(data: bytes, form: TableFormat) -> pandas.DataFrame:
    """The file as pandas reads it."""
    if form is TableFormat.PARQUET:
        return pandas.read_parquet(io.BytesIO(data))
    return pandas.read_csv(io.BytesIO(data), keep_default_na=False, dtype={"remote": "str"})


@pytest.mark.parametrize("form", TableFormat)
@pytest.mark.parametrize("table", Frame)
def test_a_file_holds_what_the_frame_holds(table: Frame, form: TableFormat) -> None:
    data = export(REPORT, table, form)
    assert data == export(REPORT, table, form)
    found = back(data, form)
    wanted = REPORT.to_frame(table.value)
    assert list(found.columns) == ["target", *wanted.columns]
    assert set(found["target"]) == {REPORT.target}
    assert found.drop(columns="target").astype("str").equals(wanted.astype("str"))
    assert len(found) > 0
    if table is Frame.STATEMENTS:
        assert str(found["line"].dtype) == "int64"


@pytest.mark.parametrize("form", TableFormat)
def test_an_empty_table_keeps_its_columns(form: TableFormat) -> None:
    empty = replace(REPORT, migrations=(), unexplained=())
    found = back(export(empty, Frame.STATEMENTS, form), form)
    assert len(found) == 0
    assert "line" in found.columns
    with pytest.raises(ValueError, match="nothing"):
        empty.to_frame("nothing")


def test_a_bundle_keeps_them_cleaned_and_chained(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "run", dsns=["postgresql://u:hunter22@h/d"])
    (first, *more) = REPORT.migrations
    leaky = replace(REPORT, target="hunter22", migrations=(replace(first, name="hunter22"), *more))
    bundle.add_tables(leaky)
    files = {path.name for path in bundle.folder.iterdir()}
    assert files == {name for name, _ in exports(REPORT)} | {"index.json"}
    assert len(files) == 7
    assert verify(bundle.folder).ok
    for name in files:
        found = back((bundle.folder / name).read_bytes(), TableFormat(name.rpartition(".")[2])) \
            if name != "index.json" else ""  # fmt: skip
        assert "hunter22" not in str(found)
        assert b"hunter22" not in (bundle.folder / name).read_bytes()
