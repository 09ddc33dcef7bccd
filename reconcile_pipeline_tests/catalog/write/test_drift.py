"""Every kind of drift is put back, and adopted, and nothing else differs afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import Changes, write_changes
from reconcile_pipeline_tests.catalog.cases import Case, load
from reconcile_pipeline_tests.catalog.write.running import left, run

KINDS = load("drift")
MORE = load("more")
#: migration_history is a change of rows that no catalog shows; history/ answers for it.
MEASURED = 74

_AT_THE_END = "PostgreSQL adds a column after those that are there, never between them."
_HASHED = "Its options may hold a secret and are read as hashes only."
#: Why a case is not put back, or not adopted.
NOT_RESTORED = {
    "column_order": "PostgreSQL cannot move a column; only a copy of the whole table could.",
    "dropped_column": _AT_THE_END,
    "column_dropped_with_all_that_needs_it": _AT_THE_END,
    "column_dropped_with_view": _AT_THE_END,
    "enum_dropped": _AT_THE_END,
    "serial_dropped": _AT_THE_END,
    "schema_dropped_with_all_in_it": _HASHED,
    "foreign_data_wrapper_dropped": _HASHED,
    "foreign_server_version": _HASHED,
    "foreign_table_option": _HASHED,
    "user_mapping_password": _HASHED,
}
NOT_ADOPTED = {
    "column_order": "PostgreSQL cannot move a column; only a copy of the whole table could.",
    "index_invalid": "An index that failed to build cannot be made on purpose.",
    "foreign_server_version": _HASHED,
    "foreign_table_option": _HASHED,
    "user_mapping_password": _HASHED,
}

Outcome = tuple[Changes, tuple[str, ...]]  # what was written, and what differs afterwards


@pytest.fixture(scope="session")
def restored(base: str, before: Snapshot) -> Callable[[Case], Outcome]:
    """A case's drift, put back; each case once."""
    known: dict[str, Outcome] = {}

    def outcome(case: Case) -> Outcome:
        if case.name not in known:
            with psycopg.connect(base) as connection:
                connection.execute(case.sql.encode())
                changes = write_changes(read(connection), before)
                run(connection, changes)
                differing = tuple(str(d.id) for d in left(connection, before))
                connection.rollback()
            known[case.name] = (changes, differing)
        return known[case.name]

    return outcome


@pytest.mark.parametrize("case", KINDS + MORE, ids=lambda case: case.name)
def test_drift_is_put_back(case: Case, restored: Callable[[Case], Outcome]) -> None:
    changes, differing = restored(case)
    reasons = {one.reason for one in changes.declined}
    if case.name in NOT_RESTORED:
        assert NOT_RESTORED[case.name] in reasons
        assert differing
    else:
        assert (differing, reasons) == ((), set())


@pytest.mark.parametrize("case", KINDS + MORE, ids=lambda case: case.name)
def test_drift_is_adopted(case: Case, base: str, before: Snapshot) -> None:
    with psycopg.connect(base) as connection:
        connection.execute(case.sql.encode())
        drifted = read(connection)
        connection.rollback()
        changes = write_changes(before, drifted)
        run(connection, changes)
        differing = left(connection, drifted)
        connection.rollback()
    reasons = {one.reason for one in changes.declined}
    if case.name in NOT_ADOPTED:
        assert NOT_ADOPTED[case.name] in reasons
        assert {d.id for d in differing} <= {one.id for one in changes.declined} | {
            d.id for d in differing if d.id.kind is Kind.COLUMN and d.facets == ("position",)
        }
    else:
        assert (differing, reasons) == ((), set())


def test_at_least_70_of_the_74_measured_kinds_are_put_back(
    restored: Callable[[Case], Outcome],
) -> None:
    lines = []
    for case in KINDS:
        changes, differing = restored(case)
        state = "declined" if changes.declined else "seen" if differing else "restored"
        reason = "; ".join(sorted({one.reason for one in changes.declined}))
        lines.append((case.name, state, reason))
    print("\n".join(f"{name:28} {state:9} {reason}".rstrip() for name, state, reason in lines))
    count = sum(state == "restored" for _, state, _ in lines)
    print(f"restored {count} of {MEASURED}")
    assert len(KINDS) == MEASURED - 1
    assert count >= 70


def test_nothing_is_written_where_nothing_differs(before: Snapshot) -> None:
    assert write_changes(before, before) == Changes()


@pytest.mark.parametrize("seed", range(12))
def test_several_drifts_at_once_become_several_others(
    seed: int, base: str, before: Snapshot
) -> None:
    """From one pile of changes to another; every pile is another choice of the cases."""
    cases = [c for c in KINDS + MORE if c.name not in NOT_RESTORED.keys() | NOT_ADOPTED.keys()]
    choice = random.Random(seed)
    piles = [choice.sample(cases, 5) for _ in range(2)]
    with psycopg.connect(base) as connection:
        snapshots = []
        for pile in (piles[1], piles[0]):
            connection.rollback()
            for case in pile:
                try_case(connection, case)
            snapshots.append(read(connection))
        wanted, current = snapshots
        changes = write_changes(current, wanted)
        run(connection, changes)
        differing = left(connection, wanted)
        connection.rollback()
    assert compare(current, wanted)
    assert (differing, changes.declined) == ((), ())


def try_case(connection: psycopg.Connection[tuple[object, ...]], case: Case) -> None:
    """One case after another may find its object gone: then it changes nothing."""
    connection.execute("SAVEPOINT one_case")
    try:
        connection.execute(case.sql.encode())
    except psycopg.Error:
        connection.execute("ROLLBACK TO one_case")
