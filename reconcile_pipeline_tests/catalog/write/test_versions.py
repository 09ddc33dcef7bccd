"""What is written for an older server, it understands."""

from __future__ import annotations

import re

import psycopg
import pytest

from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.write import write_changes
from reconcile_pipeline_tests.catalog.cases import Case
from reconcile_pipeline_tests.catalog.conftest import BASE
from reconcile_pipeline_tests.catalog.old_servers import running
from reconcile_pipeline_tests.catalog.write.running import left, run
from reconcile_pipeline_tests.catalog.write.test_drift import KINDS, NOT_RESTORED

_CONTRIB = re.compile(r"CREATE EXTENSION .*")


@pytest.mark.parametrize(
    ("major", "cases"), [(15, KINDS[::2]), (16, KINDS[1::2])], ids=["15", "16"]
)
def test_drift_is_put_back_on_an_older_server(major: int, cases: list[Case]) -> None:
    with running(major) as dsn, psycopg.connect(dsn) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'pg_trgm')"
        ).fetchone()
        text = BASE if found == (2,) else _CONTRIB.sub("", BASE)
        connection.execute(text.encode())
        before = read(connection)
        connection.commit()
        done, bad = 0, []
        for case in cases:
            try:
                connection.execute(case.sql.encode())
            except psycopg.Error:  # says what only a newer server understands
                connection.rollback()
                continue
            run(connection, write_changes(read(connection), before))
            differing = left(connection, before)
            if differing and case.name not in NOT_RESTORED:
                bad.append((case.name, [str(d.id) for d in differing]))
            connection.rollback()
            done += 1
    assert bad == []
    assert done > 30
