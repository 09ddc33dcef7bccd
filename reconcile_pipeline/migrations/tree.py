"""The parser's tree of a statement, and small questions to it. Importing this costs 50 ms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from pglast import ast, parser

from reconcile_pipeline.migrations.bulk import without_bulk

DEFAULT_SCHEMA = "public"

_COPY_WITH_ROWS = re.compile(r"(COPY\b[^;]*\bFROM\s+STDIN\b[^;]*);", re.IGNORECASE)

_WORTH_KEEPING = 20_000  # characters; trees of big statements are big

#: A node of the parser's tree. Its attributes are those of PostgreSQL's own structs.
Node = Any


def parse(sql: str) -> tuple[Node, ...]:
    """The statements' trees; none where the parser refuses the text. Don't change a tree.

    Of very many rows of constants only the first are in it.
    """
    return _parse_once(sql) if len(sql) < _WORTH_KEEPING else _parse(without_bulk(sql))


@lru_cache(maxsize=512)
def _parse_once(sql: str) -> tuple[Node, ...]:
    return _parse(sql)


def _parse(sql: str) -> tuple[Node, ...]:
    try:
        return tuple(raw.stmt for raw in parser.parse_sql(sql))
    except (parser.ParseError, ValueError):
        copied = _COPY_WITH_ROWS.match(sql)
        return parse(copied[1]) if copied else ()


def walk(node: object) -> Iterator[Node]:
    """The node and everything beneath it, parents first."""
    if isinstance(node, ast.Node):
        yield node
        for name in node:
            value = getattr(node, name)
            if isinstance(value, (ast.Node, tuple)):
                yield from walk(value)
    elif isinstance(node, tuple):
        for part in node:
            if isinstance(part, (ast.Node, tuple)):
                yield from walk(part)


def texts(names: object) -> tuple[str, ...]:
    """The strings of a list of names, whatever wraps them."""
    if isinstance(names, ast.TypeName):
        return texts(names.names)
    if isinstance(names, ast.ObjectWithArgs):
        return texts(names.objname)
    if isinstance(names, ast.String):
        return (str(names.sval),)
    if isinstance(names, tuple):
        return tuple(text for part in names for text in texts(part))
    return ()


def qualified(parts: Sequence[str], schema: str = DEFAULT_SCHEMA) -> str:
    """`schema.name` of a name's parts; `schema` where it has none. A catalog's name is dropped."""
    if len(parts) == 1:
        return f"{schema}.{parts[0]}"
    return ".".join(parts[-2:])


def relation(node: Node, schema: str = DEFAULT_SCHEMA) -> str:
    """`schema.name` of a RangeVar."""
    return f"{node.schemaname or schema}.{node.relname}"


def relations(node: object, schema: str = DEFAULT_SCHEMA) -> frozenset[str]:
    """The relations that the tree reads or writes, without those that its WITH clauses make."""
    own = {part.ctename for part in walk(node) if isinstance(part, ast.CommonTableExpr)}
    return frozenset(
        relation(part, schema)
        for part in walk(node)
        if isinstance(part, ast.RangeVar) and not (part.schemaname is None and part.relname in own)
    )


def option(options: Sequence[Node] | None, name: str) -> Node | None:
    """The DefElem of this name."""
    return next((one for one in options or () if one.defname == name), None)


def truth(value: Node | None) -> bool:
    """What an option's value says: an option without value is on."""
    if value is None:
        return True
    if isinstance(value, ast.Boolean):
        return bool(value.boolval)
    if isinstance(value, ast.Integer):
        return value.ival != 0
    return " ".join(texts(value)).lower() in ("true", "on", "1", "yes")


def is_true(node: Node | None) -> bool:
    """True for the constant `true`, cast or not."""
    if isinstance(node, ast.TypeCast):
        return is_true(node.arg)
    return (
        isinstance(node, ast.A_Const)
        and isinstance(node.val, ast.Boolean)
        and bool(node.val.boolval)
    )


def words(parts: Sequence[str]) -> str:
    """`a, b and c`, for messages."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
