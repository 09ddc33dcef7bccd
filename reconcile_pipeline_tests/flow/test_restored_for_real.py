"""Every kind of drift, put back from end to end: scanned, planned, rehearsed, approved, applied.

`make soak` puts back each kind on a production of its own and prints what came of it; a few of them
together run in `make test`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.catalog.cases import Case, load
from reconcile_pipeline_tests.flow.restoring import Restored, production, restore

#: The 74th: no object of the catalog, but a row of the history.
HISTORY = Case(
    "migration_history", "DELETE FROM supabase_migrations.schema_migrations", frozenset()
)
KINDS = [*load("drift"), HISTORY]
MEASURED, LEAST = 74, 70

#: Why a kind is not put back, and what of it is left.
LEFT = {
    "column_order": "PostgreSQL cannot move a column, so its place is nobody's drift.",
    "dropped_column": "It comes back as the last one.",
    "database_setting": "What is set on a database is taken for the platform's: no file says more.",
}
_PLACE = re.compile(r"column \S+ \('position',\)")

#: Three that once were not put back, and two that touch other objects.
TOGETHER = ("dropped_column", "index_invalid", "unique_dropped", "policy_roles", "matview_body")


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """Their roles are the cluster's, and other tests have some of the same names."""
    with temporary(settings={"max_connections": "60", "wal_level": "logical"}) as server:
        yield server


@pytest.fixture(scope="module")
def template(own_server: Server) -> Iterator[str]:
    """Name of the production that each kind gets a copy of."""
    with production(own_server) as name:
        yield name


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Restored]:
    """What came of each kind so far."""
    return {}


def test_restores_passed_for_done_where_a_column_was_dropped(
    own_server: Server, template: str, tmp_path: Path
) -> None:
    """The postcondition asked for nothing; and the twin lacked the index that is invalid, and had
    rows that no unique key could be made of."""
    drift = "\n".join(case.sql for case in KINDS if case.name in TOGETHER)
    found = restore(own_server, template, drift, tmp_path, "together")
    assert (found.refused, found.left, found.rows_kept, found.history_kept) == ("", (), True, True)
    assert [each for each in found.differing if not _PLACE.fullmatch(each)] == []


@pytest.mark.soak
@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_a_kind_is_put_back_and_a_scan_finds_nothing_more(
    case: Case, own_server: Server, template: str, tmp_path: Path, outcomes: dict[str, Restored]
) -> None:
    found = restore(own_server, template, case.sql, tmp_path, case.name)
    outcomes[case.name] = found
    print(f"{len(outcomes):3} {case.name:28} {found} ({found.seconds:.1f} s)", flush=True)
    if case.name not in LEFT:
        assert found.whole, str(found)
    elif case.name == "database_setting":
        assert len(found.differing) == 1
    else:
        assert all(map(_PLACE.fullmatch, found.differing)), str(found)
    assert found.rows_kept


@pytest.mark.soak
def test_at_least_70_of_the_74_kinds_are_put_back_for_real(outcomes: dict[str, Restored]) -> None:
    count = sum(found.whole for found in outcomes.values())
    print(f"\nrestored after a real scan: {count} of {MEASURED}", flush=True)
    assert len(KINDS) == MEASURED
    assert count >= LEAST
