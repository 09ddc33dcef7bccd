"""SQL that is given parameters, where any name may hold a percent sign.

psycopg reads `%` as a parameter's begin wherever it stands, in a composed name too: a table
`growth_%` would make the whole query fail.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Composed, Placeholder


def with_parameters(query: Composable) -> Composed:
    """The query for an `execute` with parameters: percent signs of its names and literals doubled.

    Its SQL and its placeholders stay as they are.
    """
    if isinstance(query, Composed):
        return Composed([with_parameters(part) for part in query])
    if isinstance(query, SQL | Placeholder):
        return Composed([query])
    return Composed([SQL(query.as_string(None).replace("%", "%%"))])
