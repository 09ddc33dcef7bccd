"""What a superuser made by hand in production belongs to it; files that say so can be replayed."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline.shadow.servers.cluster import Cluster
from reconcile_pipeline_tests.shadow.conftest import OWNER, fresh
from reconcile_pipeline_tests.shadow.replays import replayer

ROLE = 'their "boss"'
PUBLIC = ObjectId(Kind.SCHEMA, "public")


@pytest.fixture
def boss(private: Cluster) -> Iterator[str]:
    """A role that owner is a member of, and that may create nothing in any schema; as SQL."""
    with private.commanding() as admin:
        admin.execute(SQL("CREATE ROLE {}").format(Identifier(ROLE)))
        admin.execute(SQL("GRANT {} TO {}").format(Identifier(ROLE), Identifier(OWNER)))
    yield Identifier(ROLE).as_string()
    with private.commanding() as admin:
        admin.execute(SQL("DROP ROLE {}").format(Identifier(ROLE)))


def test_what_belongs_to_somebody_who_may_not_create_there_could_not_be_replayed(
    boss: str, private: Cluster
) -> None:
    text = (
        "CREATE SCHEMA own; CREATE TABLE own.t (id int); CREATE VIEW v AS SELECT 1 AS one;"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        f"ALTER TABLE own.t OWNER TO {boss}; ALTER VIEW v OWNER TO {boss};"
        f"ALTER FUNCTION f() OWNER TO {boss}; CREATE TABLE after (id int);"
    )
    with fresh(private) as shadow, replayer(shadow, [text]) as made:
        with private.connect_admin(shadow.name) as admin:
            before = shadow.read(admin)
        replay = made.run(lambda file, index: True)
    assert [run.error for run in replay.runs if run.outcome is Outcome.FAILED] == []
    owners = {
        str(effect.id)
        for run in replay.runs[4:7]
        for effect in run.effects
        if effect.after is not None and effect.after["owner"] == ROLE
    }
    assert owners == {"table own.t", "view public.v", "function public.f()"}
    assert replay.end.get(PUBLIC) == before.get(PUBLIC), "no right to create may stay behind"


@pytest.mark.parametrize("role", ["reconcile_superuser", "pg_read_all_data", OWNER])
def test_nothing_is_given_to_whom_the_owner_is_no_member_of(
    role: str, spoiled: ShadowDatabase
) -> None:
    text = f"CREATE TABLE t (id int); ALTER TABLE t OWNER TO {role};"
    with replayer(spoiled, [text]) as made:
        replay = made.run(lambda file, index: True)
    if role == OWNER:
        assert replay.runs[1].outcome is not Outcome.FAILED
    else:
        assert "must be able to SET ROLE" in replay.runs[1].error


def test_a_file_cannot_let_anybody_create(spoiled: ShadowDatabase) -> None:
    with (
        spoiled.connect_owner() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT reconcile_shadow.let_create('no token', %s)", (OWNER,))
