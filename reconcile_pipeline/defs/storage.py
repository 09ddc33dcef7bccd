"""Dagster's own storage: PostgreSQL, on the embedded server where no other is named.

`dagster.yaml` names this class. So the same file serves a clean checkout, where nothing runs yet,
and a deployment, which names its database in RECONCILE_DAGSTER_URL. Each Dagster process counts as
a user of the embedded server: the first starts it, the last one stops it.
"""

import atexit
import hashlib
import os
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote

import dagster as dg
import psycopg
from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import create_pg_engine
from psycopg.sql import SQL, Identifier
from sqlalchemy.pool import NullPool

from reconcile_pipeline.shadow.servers.binaries import runtime_root
from reconcile_pipeline.shadow.servers.server import Server

URL_ENV = "RECONCILE_DAGSTER_URL"
DATABASE = "dagster"

_PARTS = (PostgresRunStorage, PostgresEventLogStorage, PostgresScheduleStorage)

#: Runs and events should survive the machine's crash, unlike what a throwaway server holds.
DURABLE = {"fsync": "on", "full_page_writes": "on"}


class Storage(DagsterPostgresStorage):
    """dagster-postgres on the database that RECONCILE_DAGSTER_URL names, or on the embedded one.

    The URL's scheme is `postgresql+psycopg2`, the driver that dagster-postgres speaks, whatever
    SQLAlchemy takes `postgresql` for.
    """

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to configure in dagster.yaml: the URL is in the environment."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "Storage":
        """Called by Dagster in each of its processes."""
        return cls(os.environ.get(URL_ENV) or embedded(), inst_data=inst_data)


def keep_connections(instance: dg.DagsterInstance) -> None:
    """Let an instance keep its connections to PostgreSQL, one for each part of its storage.

    Dagster connects anew for each event, since a process of it may have many instances at once. A
    run's process and the daemon have one, which asks a hundred times and more; to connect takes
    longer than most of what is asked. Each connection is tried before it is used, as the server may
    have been restarted.
    """
    for part in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
        if isinstance(part, _PARTS) and isinstance(part._engine.pool, NullPool):
            part._engine = create_pg_engine(
                part.postgres_url, isolation_level="AUTOCOMMIT",
                pool_size=1, max_overflow=20, pool_pre_ping=True,
            )  # fmt: skip


@cache
def embedded() -> str:
    """The URL of the embedded server's database, which is started for as long as we run.

    One server a DAGSTER_HOME; without one, a folder.
    """
    home = os.path.realpath(os.environ.get("DAGSTER_HOME") or ".")
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    server = Server(runtime_root() / f"dagster-{digest}", settings=DURABLE)
    server.start()
    atexit.register(server.stop)
    # The second is for the other processes that Dagster starts at the same moment.
    made_already = suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation)
    with psycopg.connect(server.dsn(), autocommit=True) as admin, made_already:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(DATABASE)))
    host = quote(str(server.socket_dir), safe="")
    return f"postgresql+psycopg2://{server.superuser}@/{DATABASE}?host={host}&port=5432"
