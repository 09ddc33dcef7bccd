"""Statements as their file's `SET search_path` means them."""

from __future__ import annotations

import pytest

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.plan.completion.in_path import Setting, settings, spelled_out

KNOWN = {"app.papers", "public.people", "app.old", "app.papers_said", "app.f()"}


def statement(index: int, sql: str) -> StatementVerdict:
    return StatementVerdict(index, index + 1, sql, sql.split()[0], Verdict.ABSENT, (), ran=False)


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("SELECT 'é', 1 FROM ONLY papers p", "SELECT 'é', 1 FROM ONLY app.papers p"),
        ("CREATE INDEX i ON papers (said)", "CREATE INDEX i ON app.papers (said)"),
        (
            "ALTER TABLE papers ADD FOREIGN KEY (a) REFERENCES people",
            "ALTER TABLE app.papers ADD FOREIGN KEY (a) REFERENCES public.people",
        ),
        ("DROP VIEW IF EXISTS old, app.papers", "DROP VIEW IF EXISTS app.old, app.papers"),
        ("DROP INDEX papers_said CASCADE", "DROP INDEX app.papers_said CASCADE"),
        ("DROP POLICY mine ON papers", "DROP POLICY mine ON app.papers"),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ),
        (
            "CREATE VIEW v AS WITH papers AS (SELECT 1) SELECT * FROM papers",
            "CREATE VIEW v AS WITH papers AS (SELECT 1) SELECT * FROM papers",
        ),
        ("SELECT * FROM unknown, other.papers", "SELECT * FROM unknown, other.papers"),
        ("no SQL at all", "no SQL at all"),
    ],
)
def test_names_without_a_schema_went_to_public(sql: str, meant: str) -> None:
    (found,) = spelled_out([statement(0, sql)], {0: Setting(("app", "public"))}, KNOWN)
    assert found.sql == meant


def test_what_is_set_before_each_statement() -> None:
    file = [
        "SET search_path TO app, public",
        "SET lock_timeout = 0",
        "CREATE TABLE a ()",
        "SET LOCAL check_function_bodies = off",
        "CREATE TABLE b ()",
        "RESET search_path",
        "CREATE TABLE c ()",
        "RESET ALL",
        "CREATE TABLE d ()",
    ]
    found = settings(statement(number, sql) for number, sql in enumerate(file))
    assert [found[number].path for number in (0, 2, 4, 6)] == [(), *[("app", "public")] * 2, ()]
    assert list(found[4].after(found[2])) == ["SET LOCAL check_function_bodies TO 'off'"]
    assert list(found[6].after(found[4])) == ["SET LOCAL search_path TO DEFAULT"]
    assert list(found[8].after(found[6])) == ["SET LOCAL check_function_bodies TO DEFAULT"]
    assert found[2].commands == (("search_path", "SET LOCAL search_path TO 'app', 'public'"),)
