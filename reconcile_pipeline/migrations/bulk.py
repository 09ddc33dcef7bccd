"""Statements that insert very many rows, shortened for the parser.

A seed of some hundred thousand rows is one statement, whose tree takes minutes to build and to walk
again for each question. What is asked of it, its first rows tell.
"""

from __future__ import annotations

import re

#: Rows that are left: one more than any question looks at (`migrations.rows.MANY_ROWS`).
KEPT = 1001

# Nothing here is ever matched in another way (?>…, ++), so that the time grows with the text alone.
_TEXT = r"[Ee]'(?:[^'\\]++|\\.|'')*+'|'(?:[^']++|'')*+'"
_CONSTANT = rf"(?>{_TEXT}|[-+]?[\d.][\w.+-]*+|\w++)(?:::\w++)?+"
_ROW = rf"(?>\(\s*+{_CONSTANT}\s*+(?:,\s*+{_CONSTANT}\s*+)*+\)\s*+,\s*+)"
_ROWS = re.compile(rf"(\bVALUES\s*+{_ROW}{{{KEPT - 1}}}+){_ROW}++", re.IGNORECASE)


def without_bulk(sql: str) -> str:
    """The statement with its first rows of constants and its last one; the same where it has few,
    or where a row calls something or holds a comment.
    """
    return _ROWS.sub(r"\1", sql)
