"""Names and texts as they stand in SQL."""

from __future__ import annotations

import re
from typing import Final

from psycopg.sql import Identifier

from reconcile_pipeline.catalog.template import quoted

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")

#: Words that do not name everything without quotes. Source: pg_get_keywords() of PostgreSQL 18.
_WORDS: Final = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join json
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
    """
_KEYWORDS: Final = frozenset(_WORDS.split())


def ident(*parts: str) -> str:
    """A name, with its schema if given; in quotes where it needs them, as the server writes it."""
    return ".".join(
        part if _PLAIN.match(part) and part not in _KEYWORDS else Identifier(part).as_string(None)
        for part in parts
    )


def role(name: str) -> str:
    """A role as GRANT and POLICY take it; `public` means everyone and is never a role's name."""
    return "PUBLIC" if name == "public" else ident(name)


def literal(value: str) -> str:
    """A string literal."""
    return quoted(value).lstrip()
