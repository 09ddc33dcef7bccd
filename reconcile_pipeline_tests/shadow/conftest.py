"""Where the servers of these tests live, and how they are asked."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.shadow.database import ShadowDatabase, grant_ownership
from reconcile_pipeline.shadow.servers.cluster import Cluster, cluster
from reconcile_pipeline.shadow.servers.server import Server

OWNER = "owner_of_files"
_numbers = itertools.count(1)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the servers' account can reach, as pytest's own cannot be for root's."""
    folder = Path(tempfile.mkdtemp(prefix="rp-life-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    """A server's folder, not made yet; whatever runs there is stopped afterwards."""
    yield place / "server"
    Server(place / "server").destroy()


@pytest.fixture(scope="session")
def private() -> Iterator[Cluster]:
    """A private server as migration files run on; its shadow databases belong to OWNER."""
    with cluster() as made:
        made.create_roles({OWNER: "NOSUPERUSER CREATEROLE BYPASSRLS"})
        made.let_in(OWNER)
        yield made


@pytest.fixture(scope="module")
def shadow(private: Cluster) -> Iterator[ShadowDatabase]:
    """A shadow database for the tests of a module, which roll back what they do."""
    with fresh(private) as made:
        yield made


@pytest.fixture
def owner(shadow: ShadowDatabase) -> Iterator[Connection[Any]]:
    """The owner's connection, in a transaction that is rolled back."""
    with shadow.connect_owner() as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def spoiled(private: Cluster) -> Iterator[ShadowDatabase]:
    """A shadow database for one test alone, which may leave anything in it."""
    with fresh(private) as made:
        yield made


@pytest.fixture
def two(private: Cluster) -> Iterator[tuple[ShadowDatabase, ShadowDatabase]]:
    """Two shadow databases that are alike, for one test alone."""
    with fresh(private) as one, fresh(private) as other:
        yield one, other


@contextmanager
def fresh(private: Cluster) -> Iterator[ShadowDatabase]:
    """An empty shadow database, gone afterwards."""
    name = f"shadow_{next(_numbers)}"
    private.create_database(name)
    made = ShadowDatabase(private, name, OWNER, OWNER, frozenset())
    grant_ownership(made)
    with private.connect_admin(name) as admin:
        admin.execute("CREATE SCHEMA extensions")
        for schema in ("public", "extensions"):
            admin.execute(
                SQL("GRANT ALL ON SCHEMA {} TO {}").format(*map(Identifier, (schema, OWNER)))
            )
    made.install_recorder()
    try:
        yield made
    finally:
        with private.connect_admin() as admin:
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
