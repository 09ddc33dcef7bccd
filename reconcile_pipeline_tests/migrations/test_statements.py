"""Splitting: exact texts, lines and tags, by the parser and by our own splitter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile_pipeline.migrations import statements
from reconcile_pipeline.migrations.scanner import ScanError
from reconcile_pipeline.migrations.statements import parse_errors, split
from reconcile_pipeline.migrations.tags import tag

Splitter = Callable[[str], list[str]]


def by_parser(text: str) -> list[str]:
    spans = statements._by_parser(text)
    assert spans is not None, "the parser refused it"
    return [text[start:end] for start, end in spans]


def by_scanner(text: str) -> list[str]:
    return [text[start:end] for start, end in statements._by_scanner(text)]


BOTH = pytest.mark.parametrize("splitter", [by_parser, by_scanner])

CASES = {
    "nothing": ("", []),
    "only comments": ("-- a;\n/* b; /* c; */ */\n;;", []),
    "comments around": (
        "-- a\nSELECT 1; -- b;\n/* c */ SELECT 2 -- d;\n;",
        ["SELECT 1", "SELECT 2"],
    ),
    "trailing comment": ("SELECT 1 -- the end", ["SELECT 1"]),
    "inner comments": ("SELECT /* ; */ 1, -- ;\n 2;", ["SELECT /* ; */ 1, -- ;\n 2"]),
    "strings": ("SELECT 'a;''b;', E'c\\';', U&'d;';", ["SELECT 'a;''b;', E'c\\';', U&'d;'"]),
    "escape goes on": ("SELECT E'a'\n'b\\';c'; SELECT 2;", ["SELECT E'a'\n'b\\';c'", "SELECT 2"]),
    "escape goes on after comments": (
        "SELECT E'a' -- b;\n  -- c;\n 'b\\';c'; SELECT 2;",
        ["SELECT E'a' -- b;\n  -- c;\n 'b\\';c'", "SELECT 2"],
    ),
    "names": ('SELECT 1 AS "a;""b";', ['SELECT 1 AS "a;""b"']),
    "dollar quotes": (
        "DO $$ BEGIN NULL; END $$; DO $a_1$ BEGIN NULL; /* $$ */ END $a_1$;",
        ["DO $$ BEGIN NULL; END $$", "DO $a_1$ BEGIN NULL; /* $$ */ END $a_1$"],
    ),
    "nested dollar quotes": (
        "DO $a$ BEGIN EXECUTE $b$ SELECT 1; $b$; END; $a$; SELECT 2",
        ["DO $a$ BEGIN EXECUTE $b$ SELECT 1; $b$; END; $a$", "SELECT 2"],
    ),
    "parameters": ("SELECT a$b$c FROM t; SELECT 2;", ["SELECT a$b$c FROM t", "SELECT 2"]),
    "atomic body": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; "
        "SELECT CASE WHEN true THEN 1 END; END; SELECT 2;",
        [
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; "
            "SELECT CASE WHEN true THEN 1 END; END",
            "SELECT 2",
        ],
    ),
    "rule of several": (
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3;",
        ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
    ),
    "transaction": ("BEGIN;\nSELECT 1;\nCOMMIT;", ["BEGIN", "SELECT 1", "COMMIT"]),
    "carriage returns": ("-- a\r\nSELECT 1;\r\n\r\nSELECT\r\n2;\r\n", ["SELECT 1", "SELECT\r\n2"]),
    "beyond ASCII": ("SELECT 'ü;😀' AS \"日\"; SELECT 2", ["SELECT 'ü;😀' AS \"日\"", "SELECT 2"]),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("name", CASES)
def test_splits(splitter: Splitter, name: str) -> None:
    text, expected = CASES[name]
    assert splitter(text) == expected


def test_lines_are_those_of_the_first_token() -> None:
    text = "-- a\r\n\r\nSELECT 1;\n/* b\nc */ SELECT\n2;;\nSELECT 3"
    assert [(s.index, s.line, s.sql) for s in split(text)] == [
        (0, 3, "SELECT 1"), (1, 5, "SELECT\n2"), (2, 7, "SELECT 3"),
    ]  # fmt: skip


def test_a_dump_with_psql_commands_and_copied_rows() -> None:
    text = (
        "\\restrict abc\nSET x = 1;\n\\connect other\nCOPY public.t (a, b) FROM stdin;\n"
        "1\ta;b\n2\tit's\n\\.\n\nSELECT 1; \\unrestrict abc\nSELECT 2 \\gexec\nSELECT 3;"
    )
    assert [(s.line, s.sql, s.tag) for s in split(text)] == [
        (2, "SET x = 1", "SET"),
        (4, "COPY public.t (a, b) FROM stdin;\n1\ta;b\n2\tit's\n\\.", "COPY"),
        (9, "SELECT 1", "SELECT"),
        (10, "SELECT 2", "SELECT"),
        (11, "SELECT 3", "SELECT"),
    ]
    assert list(parse_errors(text, split(text))) == []


def test_copied_rows_that_never_end_go_to_the_end() -> None:
    assert [s.sql for s in split("COPY t FROM STDIN;\n1\n2\n")] == ["COPY t FROM STDIN;\n1\n2\n"]


def test_a_refused_statement_leaves_the_others_alone() -> None:
    text = "SELECT 1;\nCREATE TABEL x;\nSELECT ';';\n"
    found = split(text)
    assert [s.sql for s in found] == ["SELECT 1", "CREATE TABEL x", "SELECT ';'"]
    ((line, message),) = parse_errors(text, found)
    assert line == 2
    assert "syntax error" in message


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT 'abc", "string"), ("SELECT 'abc''", "string"), ("SELECT E'a\\'", "string"),
        ('SELECT "a', "quoted name"), ("SELECT 1 /* /* */", "comment"), ("DO $a$ x $b$", "dollar"),
    ],
)  # fmt: skip
def test_what_never_ends_is_an_error_with_its_place(text: str, what: str) -> None:
    with pytest.raises(ScanError, match=what) as caught:
        split(text)
    assert 0 < caught.value.offset < len(text)


TAGS = {
    "create table a (x int)": "CREATE TABLE",
    "create unlogged table a (x int)": "CREATE TABLE",
    "create table a (x int generated always as (1) stored)": "CREATE TABLE",
    "create table a as select 1": "CREATE TABLE AS",
    "select 1 into a": "SELECT INTO",
    "select x as y from t": "SELECT",
    "(select 1)": "SELECT",
    "table a": "SELECT",
    "values (1)": "SELECT",
    "create or replace view v as select 1": "CREATE VIEW",
    "create temp view v as select 1": "CREATE VIEW",
    "create materialized view v as select 1": "CREATE MATERIALIZED VIEW",
    "create unique index concurrently i on t (x)": "CREATE INDEX",
    "create constraint trigger t after insert on a for each row execute function f()":
        "CREATE TRIGGER",
    "create event trigger e on ddl_command_end execute function f()": "CREATE EVENT TRIGGER",
    "create user mapping for a server s": "CREATE USER MAPPING",
    "create user a": "CREATE ROLE",
    "create text search configuration c (copy = simple)": "CREATE TEXT SEARCH CONFIGURATION",
    "create foreign data wrapper f": "CREATE FOREIGN DATA WRAPPER",
    "create policy p on t": "CREATE POLICY",
    "alter table only t add x int": "ALTER TABLE",
    "alter default privileges grant select on tables to a": "ALTER DEFAULT PRIVILEGES",
    "drop owned by a": "DROP OWNED",
    "drop function if exists f()": "DROP FUNCTION",
    "truncate a, b": "TRUNCATE TABLE",
    "grant select on t to a": "GRANT",
    "grant a to b": "GRANT ROLE",
    "revoke a from b": "REVOKE ROLE",
    "revoke all\non t from a": "REVOKE",
    "/* x */ insert into t values (1)": "INSERT",
    "with q as (select 1) insert into t select * from q": "INSERT",
    "with q as (select 1) select * from q": "SELECT",
    "with q as (select 1) delete from t": "DELETE",
    "merge into t using s on true when matched then delete": "MERGE",
    "comment on table t is 'x'": "COMMENT",
    "do $$ begin end $$": "DO",
    "begin": "BEGIN",
    "start transaction": "START TRANSACTION",
    "end": "COMMIT",
    "rollback": "ROLLBACK",
    "refresh materialized view v": "REFRESH MATERIALIZED VIEW",
    "lock table t": "LOCK TABLE",
    "security label on table t is 'x'": "SECURITY LABEL",
    "nonsense here": "NONSENSE",
}  # fmt: skip


@pytest.mark.parametrize("sql", TAGS)
def test_tags(sql: str) -> None:
    assert tag(sql) == TAGS[sql]
