"""Extensions have the versions that production and the files name; others are made empty."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms import stand_ins
from reconcile_pipeline.shadow.servers import offering
from reconcile_pipeline_tests.shadow.running import execute, value


@pytest.mark.parametrize(
    ("name", "version"),
    [("vector", "0.7.0"), ("pg_trgm", "1.5"), ("pgcrypto", "1.4"), ("postgis", "3.5.2"),
     ("pg_hashids", "1.3"), ("moddatetime", None), ("timescaledb", None)],
)  # fmt: skip
def test_an_extension_has_the_version_that_production_has(
    name: str, version: str | None, shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    folder = shadow.cluster.extensions
    assert folder is not None
    offering.offer(folder, {name: version})
    assert execute(shadow, owner, f"CREATE EXTENSION {name} VERSION '99'") == []
    query = "SELECT extversion FROM pg_extension WHERE extname = %s"
    assert version is None or value(owner, query, name) == version
    if name == "vector":
        assert (
            execute(shadow, owner, "CREATE TABLE a (e vector(3)); SELECT '[1,2,3]'::vector") == []
        )


def test_an_extension_is_updated_to_a_version_that_files_name(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    script = "CREATE EXTENSION hypopg VERSION '1.3'; ALTER EXTENSION hypopg UPDATE TO '1.4.1';"
    folder = shadow.cluster.extensions
    assert folder is not None
    empty = offering.offer(folder, stand_ins.wanted(script, {}), stand_ins.updates(script))
    assert empty == {"hypopg"}
    assert execute(shadow, owner, script) == []
    query = "SELECT extversion FROM pg_extension WHERE extname = 'hypopg'"
    assert value(owner, query) == "1.4.1"


def test_names_and_versions_are_read_from_files_and_production() -> None:
    script = """
        create extension if not exists "Uuid-ossp"; CREATE EXTENSION Http WITH SCHEMA extensions;
        create extension vector with schema extensions version '0.7.0' cascade;
        CREATE EXTENSION "../../etc/passwd"; create extension "a--b";
        ALTER EXTENSION vector UPDATE TO '0.8.0'; alter extension http update;
    """
    assert stand_ins.wanted(script, {"http": "1.6", "citext": "1.6", "x": "1'; --"}) == {
        "http": "1.6", "citext": "1.6", "vector": "0.7.0", "x": None,
    }  # fmt: skip
    assert stand_ins.updates(script) == {("vector", "0.8.0")}


def test_an_ordinary_owner_creates_extensions_from_its_own_code(
    shadow: ShadowDatabase, owner: Connection[Any]
) -> None:
    folder = shadow.cluster.extensions
    assert folder is not None
    offering.offer(folder, {"moddatetime": None})
    names = ["pg_cron", "uuid-ossp", "moddatetime", "hstore"]
    blocks = [f'DO $$ BEGIN CREATE EXTENSION "{name}"; END $$' for name in names]
    assert execute(shadow, owner, ";".join(blocks)) == []
