"""A file's text into its statements: exact texts, with their lines.

PostgreSQL's own parser splits where it can; a splitter of our own takes the files it refuses:
psql meta-commands, `COPY … FROM stdin` with its data, SQL of other versions, mistakes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.migrations.scanner import (
    ScanError,
    TokenKind,
    blank,
    last_token_end,
    scan,
)
from reconcile_pipeline.migrations.tags import tag

# psql's own commands, and COPY data that follows in the file: the parser knows neither.
_PSQL_ONLY = re.compile(r"^[ \t]*\\|\bCOPY\b[^;]*\bFROM\s+STDIN\b", re.IGNORECASE | re.MULTILINE)
_COPY_STDIN = re.compile(r"COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_COPY_END = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_COMMENT = re.compile(r"--|/\*")
_ROUTINES = {"FUNCTION", "PROCEDURE"}


@lru_cache(maxsize=4096)  # an apply looks through the same directory ten times
def split(text: str) -> tuple[Statement, ...]:
    """The statements of `text`, which may have CRLF line ends and a byte order mark.

    Raises ScanError where a quote or comment never ends.
    """
    spans = None if _PSQL_ONLY.search(text) else _by_parser(text)
    if spans is None:
        spans = _by_scanner(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return tuple(
        Statement(index, bisect_right(starts, start), text[start:end], tag(text[start:end]))
        for index, (start, end) in enumerate(spans)
    )


def _by_parser(text: str) -> list[tuple[int, int]] | None:
    """(start, end) of each statement; None where the parser refuses the text."""
    slices = _parse(text)
    if slices is None:
        return None
    spans = []
    for piece in slices:
        lead, end = _first_token(text, piece.start, piece.stop), piece.stop
        if _COMMENT.search(text, lead, end) or text[end - 1].isspace():
            end = lead + last_token_end(text[lead:end])  # comments may trail
        if lead < end:
            spans.append((lead, end))
    return spans


def _parse(text: str) -> tuple[slice, ...] | None:
    from pglast import parser  # slow to import

    try:
        return tuple(parser.split(text, with_parser=True, only_slices=True))
    except (parser.ParseError, ValueError):
        return None


def _first_token(text: str, start: int, stop: int) -> int:
    for token in scan(text, start):
        if not blank(token.kind) or token.start >= stop:
            return min(token.start, stop)
    return stop


def _by_scanner(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        span, at = _next(text, at)
        if span is not None:
            spans.append(span)
    return spans


def _next(text: str, at: int) -> tuple[tuple[int, int] | None, int]:
    """The next statement's span, or None, and where to go on."""
    start = end = -1
    words: list[str] = []
    parens = bodies = 0
    for token in scan(text, at):
        if blank(token.kind):
            if token.kind is TokenKind.META and start >= 0:
                return (start, end), token.end  # \gexec and its like end a statement
            continue
        if token.kind is TokenKind.SEMICOLON and parens <= 0 and bodies == 0:
            if start < 0:
                return None, token.end
            if _COPY_STDIN.match(text, start, end):
                return (start, _copy_end(text, token.end)), _copy_end(text, token.end)
            return (start, end), token.end
        if start < 0:
            start = token.start
        end = token.end
        parens += (token.kind is TokenKind.OPEN) - (token.kind is TokenKind.CLOSE)
        if token.kind is TokenKind.WORD:
            words.append(text[token.start : token.end].upper())
            bodies += _body(words, bodies)
    return ((start, end) if start >= 0 else None), len(text)


def _body(words: list[str], depth: int) -> int:
    """How this word changes the depth of `BEGIN ATOMIC … END` bodies of routines."""
    if words[0] != "CREATE" or not _ROUTINES & set(words[1:4]):
        return 0
    if words[-2:] == ["BEGIN", "ATOMIC"]:
        return 1
    if depth and words[-1] == "CASE":
        return 1
    return -1 if depth and words[-1] == "END" else 0


def _copy_end(text: str, at: int) -> int:
    end = _COPY_END.search(text, at)
    return end.end() if end else len(text)


def parse_errors(text: str, statements: tuple[Statement, ...]) -> Iterator[tuple[int, str]]:
    """(1-based line, message) of each statement that PostgreSQL's parser refuses."""
    from pglast import parser  # slow to import

    if not _PSQL_ONLY.search(text) and _parse(text) is not None:
        return
    for statement in statements:
        if statement.tag == "COPY":
            continue
        try:
            parser.parse_sql_protobuf(statement.sql)
        except (parser.ParseError, ValueError) as error:
            message = str(error.args[0] if error.args else error)
            yield statement.line, message


__all__ = ["ScanError", "parse_errors", "split"]
