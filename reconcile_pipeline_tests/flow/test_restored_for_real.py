"""Every kind of drift, restored from end to end: scanned, planned, and rehearsed on a twin."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.server import Server
from reconcile_pipeline_tests.catalog.cases import Case, load
from reconcile_pipeline_tests.catalog.conftest import BASE, OWN_ROLES
from reconcile_pipeline_tests.catalog.write.test_drift import NOT_RESTORED

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("rehearsed kinds")]

#: Only a superuser makes these, which a migration's owner is not on a hosted platform.
SUPERUSERS = re.compile(
    r"FOREIGN (DATA|TABLE)|SERVER|USER MAPPING|OPERATOR|DEFAULT PRIVILEGES|app\.remote",
    re.IGNORECASE,
)
KINDS = [case for case in load("drift") if not SUPERUSERS.search(case.sql)]
PLATFORM, _, REST = BASE.partition("-- Types.")
FILE = ";\n".join(s.sql for s in split(REST) if not SUPERUSERS.search(s.sql)) + ";\n"


@pytest.fixture(scope="module")
def drifting(server: Server) -> Iterator[str]:
    """Name of a database made by base.sql; tests copy it."""
    name = f"kinds_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            connection.execute((PLATFORM + FILE).encode())
        try:
            yield name
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            for role in OWN_ROLES:
                admin.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_a_restore_is_rehearsed(case: Case, server: Server, drifting: str, tmp_path: Path) -> None:
    name = f"{drifting}_{case.name}"[:63]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_base.sql").write_text(FILE)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{drifting}"')
        try:
            with psycopg.connect(server.dsn(name), autocommit=True) as connection:
                connection.execute(case.sql.encode())
            target = ResolvedTarget(
                "kinds",
                Target.model_validate({"restore": ["all"]}),
                server.dsn(name),
                tmp_path / "migrations",
                tmp_path / "evidence",
            )
            planned = make_and_write_plan(target)
            if case.name not in NOT_RESTORED:
                assert planned.rehearsal.held, planned.rehearsal.problems
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
