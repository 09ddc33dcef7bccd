"""Commands that hosted platforms let an ordinary owner run, and that take a superuser elsewhere.

They are extensions, event triggers and publications. As the shadow runs them as superuser, a
command counts only if PostgreSQL's own parser finds nothing but that one command in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_CANDIDATE = re.compile(
    r"(?:CREATE|ALTER|DROP) (?:EXTENSION|EVENT TRIGGER|PUBLICATION)|COMMENT", re.IGNORECASE
)
_COMMENTED = re.compile(
    r"COMMENT\s+ON\s+(?:EXTENSION|EVENT\s+TRIGGER|PUBLICATION)\b", re.IGNORECASE
)

_QUOTED = r'"(?P<{}>(?:[^"]|"")+)"'
_WRITTEN = re.compile(
    rf"CREATE EXTENSION (?P<quiet>IF NOT EXISTS )?{_QUOTED.format('name')}"
    rf"(?: SCHEMA {_QUOTED.format('schema')})? CASCADE"
)

#: Our own, and what they are written in.
_OURS = re.compile(r"!?reconcile_shadow|plpgsql$")


@dataclass(frozen=True, slots=True)
class CreatedExtension:
    """What a CREATE EXTENSION of ours asks for."""

    name: str
    schema: str | None
    quiet: bool


def create_extension(name: str, schema: str | None, quiet: bool) -> str:
    """CREATE EXTENSION as `created_extension` reads it. `quiet`: if it does not exist."""
    exists = "IF NOT EXISTS " if quiet else ""
    place = f" SCHEMA {_quoted(schema)}" if schema is not None else ""
    return f"CREATE EXTENSION {exists}{_quoted(name)}{place} CASCADE"


def created_extension(sql: str) -> CreatedExtension | None:
    """Read what `create_extension` wrote; None for any other command."""
    found = _WRITTEN.fullmatch(sql)
    if found is None:
        return None
    schema = found["schema"]
    return CreatedExtension(
        found["name"].replace('""', '"'),
        schema.replace('""', '"') if schema is not None else None,
        found["quiet"] is not None,
    )


def for_owner(tag: str, sql: str) -> str | None:
    """The command to run as superuser; None where the statement is the owner's to run.

    `tag` is the statement's command tag in capitals.
    """
    if not _CANDIDATE.match(tag) or (tag == "COMMENT" and not _COMMENTED.match(sql)):
        return None
    from pglast import ast, parser  # slow to import

    try:
        (raw,) = parser.parse_sql(sql)
    except (parser.ParseError, ValueError):
        return None
    node = raw.stmt
    if isinstance(node, ast.CreateExtensionStmt):
        # No VERSION: the server has one version of each, chosen beforehand.
        schema = [o.arg.sval for o in node.options or () if o.defname == "schema"]
        quiet = bool(node.if_not_exists)
        return create_extension(str(node.extname), schema[0] if schema else None, quiet)
    if any(_OURS.match(name) for name in _names(node)):
        return None
    return sql if _allowed(node) else None


def _allowed(node: Any) -> bool:
    from pglast import ast
    from pglast.enums import ObjectType

    kinds = (
        ObjectType.OBJECT_EXTENSION, ObjectType.OBJECT_EVENT_TRIGGER, ObjectType.OBJECT_PUBLICATION,
    )  # fmt: skip
    match node:
        case ast.AlterExtensionStmt() | ast.CreateEventTrigStmt() | ast.AlterEventTrigStmt():
            return True
        case ast.AlterPublicationStmt():
            return True
        case ast.CreatePublicationStmt():  # without these, an ordinary owner may
            return bool(node.for_all_tables) or any(
                "SCHEMA" in item.pubobjtype.name for item in node.pubobjects or ()
            )
        case ast.DropStmt():
            return node.removeType in kinds
        case ast.CommentStmt():
            return node.objtype in kinds
        case ast.AlterObjectSchemaStmt() | ast.AlterOwnerStmt():
            return node.objectType in kinds
        case ast.RenameStmt():
            return node.renameType in kinds
    return False


def _names(node: Any) -> list[str]:
    """The names of the objects that the command is about."""
    names = [getattr(node, key, None) for key in ("extname", "trigname", "newname", "subname")]
    found = getattr(node, "object", None)
    for one in (found, *(getattr(node, "objects", None) or ())):
        names.append(getattr(one, "sval", None))
    return [name for name in names if isinstance(name, str)]


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
