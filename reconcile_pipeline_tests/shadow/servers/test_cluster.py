"""Databases on the shadow server: which names are free, and whose they are."""

from __future__ import annotations

from reconcile_pipeline.shadow.servers.cluster import cluster


def test_a_production_called_postgres_lost_its_shadow_database_to_the_next_one() -> None:
    # As every hosted project's database is called, and as initdb calls its first.
    with cluster() as shadow:
        assert shadow.has_place_for("postgres")
        shadow.create_database("postgres")
        assert not shadow.has_place_for("postgres")
        shadow.create_database("another")
        with shadow.connect_admin() as admin:
            names = {row[0] for row in admin.execute("SELECT datname FROM pg_database")}
    assert {"postgres", "another"} <= names


def test_the_first_database_gets_the_name_that_is_asked_for() -> None:
    with cluster() as shadow:
        assert shadow.has_place_for("app")
        shadow.create_database("app")
        with shadow.connect_admin() as admin:
            names = {row[0] for row in admin.execute("SELECT datname FROM pg_database")}
        assert "app" in names
        assert not shadow.has_place_for("app")
        assert not shadow.has_place_for("postgres")
