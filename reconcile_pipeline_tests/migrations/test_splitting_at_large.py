"""Generated texts: the parser and our own splitter must agree, and nothing may break either."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile_pipeline.migrations.scanner import ScanError, scan
from reconcile_pipeline.migrations.statements import parse_errors, split
from reconcile_pipeline_tests.migrations.test_statements import by_parser, by_scanner

STATEMENTS = (
    "SELECT 1",
    "SELECT ';', 'it''s', E'\\';', U&'\\0041;', $$;$$, $a$ $$; $a$",
    'SELECT 1 AS "a;""b"',
    "SELECT a$b$c, $1 FROM t",
    "SELECT 1 -- ;\n, 2",
    "SELECT /* ; /* ; */ */ 1",
    "SELECT E'a'\n'b\\';c'",
    "DO $do$ BEGIN EXECUTE $x$ SELECT 1; $x$; END; $do$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; "
    "SELECT CASE WHEN true THEN 1 ELSE 2 END; END",
    "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
    "BEGIN",
    "COMMIT",
    "INSERT INTO t VALUES ('日本;'), (E'\\\\')",
    "SELECT CASE WHEN a THEN b END FROM begin_atomic",
)
BETWEEN = ("", " ", "\n", "\r\n", "-- a ; b\n", "/* ; */", ";", "\t", "-- 'x\n", "/* $$ */")
PIECES = (
    *STATEMENTS, *BETWEEN, "'", '"', "$$", "$a$", "E'", "\\", "(", ")", "*/", "/*", "BEGIN ATOMIC",
    "END", "\\restrict x\n", "COPY t FROM stdin;\n", "\\.\n", "\0", "\ufeff", "é",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(STATEMENTS)), max_size=8))
def test_both_splitters_agree_on_what_the_parser_takes(parts: list[tuple[str, str]]) -> None:
    text = "".join(f"{between}\n{statement};" for between, statement in parts)
    assert by_parser(text) == by_scanner(text) == [statement for _, statement in parts]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_the_text_splitting_gives_statements_or_a_scan_error(text: str) -> None:
    try:
        found = split(text)
    except ScanError as error:
        assert 0 <= error.offset < len(text)
        return
    starts = [0, *(place + 1 for place, character in enumerate(text) if character == "\n")]
    at = 0
    for statement in found:
        line = starts[statement.line - 1]
        at = text.index(statement.sql, max(at, line))
        assert "\n" not in text[line:at]
        at += len(statement.sql)
    assert all(line >= 1 and message for line, message in parse_errors(text, found))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_tokens_leave_no_gap(text: str) -> None:
    at = 0
    try:
        for token in scan(text):
            assert token.start == at
            assert token.end > at
            at = token.end
    except ScanError as error:
        assert error.offset == at
    else:
        assert at == len(text)
