"""It reaches beyond this database: other sessions, replication, the server's files and programs.

No rollback takes that back, and no rehearsal on a copy shows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pglast import ast

from reconcile_pipeline.migrations.model import Hazard, Severity
from reconcile_pipeline.migrations.tree import Node, option, texts, walk

NAME = "outside_database"

_ENDS_SESSIONS = "Ends what other sessions are doing, in the middle of it."
_SLOTS = "Whoever reads from the replication slot, or origin, loses its place, or what comes next."
_SERVER = "Changes the state of the whole server, for every database on it."
_READS = "Reads files of the server's machine."
_WRITES = "Writes files on the server's machine."
_ELSEWHERE = "Runs what it is given in another session, or on another server."

#: Functions that do so when they are called. By name alone: they are PostgreSQL's own, or those of
#: its extensions, whatever schema those are in.
_FUNCTIONS = {
    "pg_terminate_backend": (Severity.WARNING, _ENDS_SESSIONS),
    "pg_cancel_backend": (Severity.WARNING, _ENDS_SESSIONS),
    "pg_drop_replication_slot": (Severity.DANGER, _SLOTS),
    "pg_replication_slot_advance": (Severity.DANGER, _SLOTS),
    "pg_replication_origin_drop": (Severity.DANGER, _SLOTS),
    "pg_promote": (Severity.DANGER, _SERVER),
    "pg_wal_replay_pause": (Severity.WARNING, _SERVER),
    "pg_reload_conf": (Severity.WARNING, _SERVER),
    "pg_stat_reset": (Severity.WARNING, "Statistics go that autovacuum decides by."),
    "pg_read_file": (Severity.WARNING, _READS),
    "pg_read_binary_file": (Severity.WARNING, _READS),
    "pg_ls_dir": (Severity.WARNING, _READS),
    "lo_import": (Severity.WARNING, _READS),
    "lo_export": (Severity.WARNING, _WRITES),
    "pg_file_write": (Severity.DANGER, _WRITES),
    "pg_file_unlink": (Severity.DANGER, _WRITES),
    "dblink": (Severity.WARNING, _ELSEWHERE),
    "dblink_exec": (Severity.WARNING, _ELSEWHERE),
    "dblink_send_query": (Severity.WARNING, _ELSEWHERE),
}


def check(node: Node) -> Iterator[Hazard]:
    """COPY with a file or a program, subscriptions, tablespaces, owners, the server's settings, and
    calls that end sessions, drop replication slots, touch files or connect elsewhere."""
    match node:
        case ast.CopyStmt() if node.is_program:
            yield _danger(f"Runs a program on the server's machine: {node.filename}.")
        case ast.CopyStmt() if node.filename:
            yield _warning(_READS if node.is_from else _WRITES)
        case ast.DropSubscriptionStmt():
            name = str(node.subname)
            yield _warning(
                f"The subscription {name} ends, and its slot on the other server: what is written "
                "there no longer comes here.", name,
            )  # fmt: skip
        case ast.AlterSubscriptionStmt() | ast.CreateSubscriptionStmt():
            name = str(node.subname)
            yield _warning(f"Other rows come by the subscription {name}, or from elsewhere.", name)
        case ast.DropTableSpaceStmt():
            name = str(node.tablespacename)
            yield _warning(f"The tablespace {name} goes, for every database on the server.", name)
        case ast.ReassignOwnedStmt():
            to = node.newrole.rolename if node.newrole else ""
            whose = ", ".join(str(role.rolename) for role in node.roles or ())
            yield _warning(
                f"All that {whose} owns here belongs to {to}, and so do its "
                "databases and tablespaces.",
            )  # fmt: skip
        case ast.AlterSystemStmt():
            yield _warning(_SERVER)
        case ast.LoadStmt():
            yield _danger(f"Runs the code of a library on the server's machine: {node.filename}.")
        case ast.CreateFunctionStmt():
            language = option(node.options, "language")
            if language is not None and str(language.arg.sval).lower() == "c":
                yield _danger("Lets a library's code be run on the server's machine.")
    for part in walk(node):
        if isinstance(part, ast.FuncCall):
            severity, message = _FUNCTIONS.get(texts(part.funcname)[-1], (None, ""))
            if severity is not None:
                yield Hazard(NAME, severity, message)


def _warning(message: str, *objects: str) -> Hazard:
    return Hazard(NAME, Severity.WARNING, message, objects)


def _danger(message: str) -> Hazard:
    return Hazard(NAME, Severity.DANGER, message)
