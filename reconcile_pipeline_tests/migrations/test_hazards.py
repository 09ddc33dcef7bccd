"""Golden cases: `cases/hazards/RULE.sql` holds statements, `RULE.txt` what the rule says of each.

Run as a module, it writes the `.txt` files anew; read their difference before you keep it.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.migrations.hazards import OF_FILES, judge, rule_names, with_hazards
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile, Severity
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline_tests.migrations.test_inventory import write

CASES = Path(__file__).parent / "cases" / "hazards"
PAGES = Path(__file__).parents[2] / "docs" / "hazards"


def render(rule: str) -> str:
    """Each statement of the rule's case, with what the rule says of it."""
    lines = []
    text = (CASES / f"{rule}.sql").read_text()
    file = MigrationFile(f"{rule}.sql", None, rule, "", text, tuple(split(text)))
    whole = with_hazards(file, strict=True).statements
    for statement in whole:
        lines.append(statement.sql)
        alone = judge(statement.sql, strict=True)
        judged = statement.hazards if rule in {each.NAME for each in OF_FILES} else alone
        found = [hazard for hazard in judged if hazard.rule == rule]
        lines += [
            f"    {hazard.severity} [{', '.join(hazard.objects)}] {hazard.message}"
            for hazard in found
        ] or ["    -"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rule", rule_names())
def test_rule(rule: str) -> None:
    assert render(rule) == (CASES / f"{rule}.txt").read_text()


def test_every_rule_has_its_case_and_its_page() -> None:
    assert {path.stem for path in CASES.glob("*.sql")} == set(rule_names())
    assert {path.stem for path in CASES.glob("*.txt")} == set(rule_names())
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(rule_names())


@pytest.mark.parametrize("rule", rule_names())
def test_every_page_says_the_problem_and_what_to_do(rule: str) -> None:
    page = (PAGES / f"{rule}.md").read_text()
    assert page.startswith(f"# {rule}\n")
    for heading in ("## Problem", "## What to do instead"):
        assert heading in page


@pytest.mark.parametrize(
    "statement",
    [
        s.sql
        for s in split((CASES / "rewrites_table.sql").read_text())
        if s.tag == "ALTER TABLE" and "TABLESPACE" not in s.sql and "SET LOGGED" not in s.sql
    ],
)
def test_a_real_server_writes_a_table_anew_just_when_we_say_so(
    statement: str, database: str
) -> None:
    column = "" if "ADD COLUMN x" in statement else "x int, "
    filenode = "SELECT pg_relation_filenode('a')"
    with psycopg.connect(database) as connection:
        connection.execute(f"CREATE TABLE a ({column} y int)")
        connection.execute("INSERT INTO a (y) VALUES (1)")
        before = connection.execute(filenode).fetchone()
        connection.execute(statement)
        rewritten = connection.execute(filenode).fetchone() != before
    assert rewritten is any(hazard.rule == "rewrites_table" for hazard in judge(statement))


def test_replacing_a_view_really_takes_security_invoker_away(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE VIEW v WITH (security_invoker = true) AS SELECT 1")
        connection.execute("CREATE OR REPLACE VIEW v AS SELECT 1")
        options = connection.execute("SELECT reloptions FROM pg_class WHERE relname = 'v'")
        assert options.fetchone() == (None,)


def test_what_the_parser_refuses_has_no_hazards() -> None:
    assert judge("TRUNCATE TABEL x y") == ()
    assert judge("DO LANGUAGE plv8 'x'") == ()
    assert judge("DO $$ this is no code $$") == ()


def test_a_tables_own_file_may_alter_it_freely(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "1_a.sql": b"CREATE TABLE a (x int);\nCREATE INDEX i ON a (x);\n"
            b"ALTER TABLE a ADD COLUMN y int NOT NULL;\nALTER TABLE a DISABLE ROW LEVEL SECURITY;",
            "2_b.sql": b"CREATE TABLE IF NOT EXISTS b (x int);\nCREATE INDEX j ON b (x);",
        },
    )
    first, second = map(with_hazards, take_inventory(tmp_path).files)
    rules = [{hazard.rule for hazard in statement.hazards} for statement in first.statements]
    assert rules == [set(), set(), set(), {"loosens_access"}]
    assert [hazard.rule for hazard in second.statements[1].hazards] == [
        "index_without_concurrently"
    ]


def test_a_table_made_later_in_the_file_is_still_in_use_before(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": b"DROP TABLE a;\nCREATE TABLE a (x int);"})
    (file,) = take_inventory(tmp_path).files
    rules = {hazard.rule for hazard in with_hazards(file).statements[0].hazards}
    assert rules == {"deletes_data", "strong_lock", "irreversible"}


def test_a_constraint_validated_later_in_the_file_is_no_matter(tmp_path: Path) -> None:
    add = b"ALTER TABLE a ADD CONSTRAINT c CHECK (x > 0) NOT VALID;\n"
    validate = b"ALTER TABLE a VALIDATE CONSTRAINT c;"
    write(tmp_path, {"1_a.sql": add + validate, "2_b.sql": add})
    both = [
        {hazard.rule for hazard in with_hazards(file).statements[0].hazards}
        for file in take_inventory(tmp_path).files
    ]
    assert both == [{"strong_lock"}, {"strong_lock", "not_validated"}]


def test_the_storys_danger_is_seen() -> None:
    files = take_inventory(Path(__file__).parents[2] / "migrations").files
    (smartsuite,) = (file for file in files if file.version == "011")
    dangers = [
        hazard
        for statement in with_hazards(smartsuite).statements
        for hazard in statement.hazards
        if hazard.rule == "deletes_data" and hazard.severity is Severity.DANGER
    ]
    assert any("CASCADE" in hazard.message for hazard in dangers)


def main() -> None:
    """Write the expected files anew."""
    for rule in rule_names():
        (CASES / f"{rule}.txt").write_text(render(rule))


if __name__ == "__main__":
    main()
