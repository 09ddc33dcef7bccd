"""The server's words where a statement names what is not there.

SQLSTATEs: https://www.postgresql.org/docs/18/errcodes-appendix.html. The shadow speaks English.
"""

from __future__ import annotations

import re

UNDEFINED_COLUMN, UNDEFINED_TABLE, UNDEFINED_FUNCTION = "42703", "42P01", "42883"
UNDEFINED_OBJECT, UNDEFINED_SCHEMA = "42704", "3F000"
#: SQLSTATEs of what lacks something.
LACKING = frozenset(
    {UNDEFINED_COLUMN, UNDEFINED_TABLE, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, UNDEFINED_SCHEMA}
)

COLUMN = re.compile(
    r'column "?(?:(?P<alias>[^".]+)\.)?(?P<column>[^".]+)"?(?: of relation "(?P<table>[^"]+)")?'
    r" does not exist"
)
RELATION = re.compile(r'relation "(?P<name>[^"]+)" does not exist')
ROUTINE = re.compile(r'(?:function|procedure) (?P<name>[\w."]+)\(')
TYPE = re.compile(r'type "(?P<name>[^"]+)" does not exist')
