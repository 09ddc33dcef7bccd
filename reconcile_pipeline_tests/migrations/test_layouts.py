"""Each layout: detected without being told, ordered as its tool orders it, down parts left out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.layouts import new_file
from reconcile_pipeline.migrations.model import Layout
from reconcile_pipeline_tests.migrations.test_inventory import write


class Case(NamedTuple):
    layout: Layout
    files: dict[str, bytes]
    expected: list[tuple[str, str | None, str, bool, list[str]]]


GOOSE = b"""-- +goose NO TRANSACTION
-- +goose Up
SELECT 1;
-- +goose StatementBegin
DO $$ BEGIN NULL; END $$;
-- +goose StatementEnd
-- +goose Down
DROP TABLE a;
"""

CASES = {
    "flat": Case(
        Layout.FLAT,
        {
            "10_b.sql": b"-- no-transaction\nSELECT 2;", "9_a.sql": b"SELECT 1;",
            "100_c.sql": b"-- pg-delta: transaction=false\nSELECT 3;", "20.sql": b"",
        },
        [
            ("100_c.sql", "100", "c", False, ["SELECT 3"]),
            ("10_b.sql", "10", "b", False, ["SELECT 2"]),
            ("20.sql", "20", "", True, []),
            ("9_a.sql", "9", "a", True, ["SELECT 1"]),
        ],
    ),
    "flyway": Case(
        Layout.FLYWAY,
        {
            "V10__ten.sql": b"SELECT 10;", "V2_1__two_one.sql": b"SELECT 2;",
            "V2.1.conf": b"", "R__views.sql": b"SELECT 3;", "U2_1__two_one.sql": b"DROP TABLE a;",
            "more/V3__index.sql": b"SELECT 4;",
            "more/V3__index.sql.conf": b"executeInTransaction=false\n",
        },
        [
            ("V2_1__two_one.sql", "2.1", "two one", True, ["SELECT 2"]),
            ("more/V3__index.sql", "3", "index", False, ["SELECT 4"]),
            ("V10__ten.sql", "10", "ten", True, ["SELECT 10"]),
            ("R__views.sql", None, "views", True, ["SELECT 3"]),
        ],
    ),
    "up_down": Case(
        Layout.UP_DOWN,
        {
            "000010_b.up.sql": b"SELECT 2;", "000010_b.down.sql": b"DROP TABLE a;",
            "9_a.up.sql": b"SELECT 1;", "9_a.down.sql": b"DROP TABLE b;", "x.up.sql": b"SELECT 3;",
        },
        [
            ("9_a.up.sql", "9", "a", True, ["SELECT 1"]),
            ("000010_b.up.sql", "10", "b", True, ["SELECT 2"]),
            ("x.up.sql", None, "x", True, ["SELECT 3"]),
        ],
    ),
    "prisma": Case(
        Layout.PRISMA,
        {
            "20250102_b/migration.sql": b"SELECT 2;", "20250101_a_x/migration.sql": b"SELECT 1;",
            "migration_lock.toml": b"provider = 'postgresql'",
        },
        [
            ("20250101_a_x/migration.sql", "20250101_a_x", "a_x", True, ["SELECT 1"]),
            ("20250102_b/migration.sql", "20250102_b", "b", True, ["SELECT 2"]),
        ],
    ),
    "diesel": Case(
        Layout.DIESEL,
        {
            "2025-01-02-000000_b/up.sql": b"SELECT 2;",
            "2025-01-02-000000_b/down.sql": b"DROP TABLE a;",
            "2025-01-02-000000_b/metadata.toml": b"run_in_transaction = false\n",
            "00000000000000_diesel_initial_setup/up.sql": b"SELECT 1;",
            "other/up.sql": b"SELECT 3;",
        },
        [
            ("00000000000000_diesel_initial_setup/up.sql", "00000000000000",
             "diesel_initial_setup", True, ["SELECT 1"]),
            ("2025-01-02-000000_b/up.sql", "20250102000000", "b", False, ["SELECT 2"]),
            ("other/up.sql", None, "other", True, ["SELECT 3"]),
        ],
    ),
    "goose": Case(
        Layout.GOOSE,
        {"00010_b.sql": GOOSE, "00009_a.sql": b"-- +goose Up\nSELECT 9;\n-- +goose Down\nSELECT 8"},
        [
            ("00009_a.sql", "9", "a", True, ["SELECT 9"]),
            ("00010_b.sql", "10", "b", False, ["SELECT 1", "DO $$ BEGIN NULL; END $$"]),
        ],
    ),
    "dbmate": Case(
        Layout.DBMATE,
        {
            "20250102_b.sql": b"-- migrate:up transaction:false\nSELECT 2;\n\n-- migrate:down\n",
            "20250101_a.sql": b"-- migrate:up\nSELECT 1;\n-- migrate:down transaction:false\n",
        },
        [
            ("20250101_a.sql", "20250101", "a", True, ["SELECT 1"]),
            ("20250102_b.sql", "20250102", "b", False, ["SELECT 2"]),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_layout(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    found = take_inventory(write(tmp_path, case.files))
    assert found.layout is case.layout
    assert [
        (f.path, f.version, f.name, f.transactional, [s.sql for s in f.statements])
        for f in found.files
    ] == case.expected


def test_lines_count_from_the_files_beginning_not_the_sections(tmp_path: Path) -> None:
    found = take_inventory(write(tmp_path, {"1_a.sql": GOOSE}))
    assert [s.line for s in found.files[0].statements] == [3, 5]


def test_a_layout_can_be_chosen(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.up.sql": b"SELECT 1;", "1_a.down.sql": b"SELECT 2;"})
    assert len(take_inventory(tmp_path).files) == 1
    assert len(take_inventory(tmp_path, Layout.FLAT).files) == 2


def test_a_file_without_its_section_is_taken_whole_and_said(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": GOOSE, "2_b.sql": b"SELECT 7;"})
    found = take_inventory(tmp_path)
    assert [s.sql for s in found.files[1].statements] == ["SELECT 7"]
    assert "no section" in found.problems["2_b.sql"][0]


def test_the_init_file_that_supabase_skips_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"20200101000000_init.sql": b"", "20250101000000_init.sql": b""})
    assert list(take_inventory(tmp_path).problems) == ["20200101000000_init.sql"]


@pytest.mark.parametrize("layout", Layout)
def test_a_new_file_is_read_back_as_what_it_says(tmp_path: Path, layout: Layout) -> None:
    # It was always written as a flat file, which the directory's own tool would not have seen.
    made = new_file(
        layout, "0007", "mended", "CREATE TABLE a (id int);\n\nDO $$ BEGIN NULL; END $$;"
    )
    found = take_inventory(write(tmp_path, {made.path: made.text.encode()}))
    assert found.layout is layout
    assert [(f.path, f.version, f.name.endswith("mended")) for f in found.files] == [
        (made.path, made.version, True)
    ]
    assert [s.tag for s in found.files[0].statements] == ["CREATE TABLE", "DO"]
