"""From drift to done on a plain PostgreSQL: older servers, every layout, any history or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import Planned, make_and_write_plan
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.migrations.layouts import new_file
from reconcile_pipeline.migrations.model import Layout
from reconcile_pipeline.plan.model import StepKind
from reconcile_pipeline_tests.catalog.old_servers import running
from reconcile_pipeline_tests.clients.supabase import Row, Supabase

FILES = {
    "001_init.sql": """
CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people, total numeric DEFAULT 0);
CREATE VIEW totals AS SELECT person, sum(total) AS total FROM orders GROUP BY person;
GRANT SELECT ON orders TO PUBLIC;
""",
    "002_notes.sql": """
ALTER TABLE people ADD COLUMN note text;
CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE INDEX notes_of ON notes (person);
ALTER TABLE notes ADD CONSTRAINT somebodys CHECK (person IS NOT NULL);
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
ALTER TABLE notes ADD CONSTRAINT one_each UNIQUE (person) INCLUDE (id);
""",
    "003_never.sql": "CREATE TABLE never (id int);\nCREATE INDEX never_id ON never (id);\n",
}
FLYWAY = """
CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
    description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL,
    checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
    execution_time int NOT NULL, success boolean NOT NULL)
"""
RAN = (
    FILES["001_init.sql"],
    "ALTER TABLE people ADD COLUMN note text",
    "CREATE TABLE notes (id int PRIMARY KEY, person int REFERENCES people)",
    # By hand.
    "ALTER TABLE people ADD COLUMN phone text",
    "INSERT INTO people VALUES (1, 'ada@example.com')",
)


@pytest.fixture(scope="module", params=[15, 16])
def older(request: pytest.FixtureRequest) -> Iterator[str]:
    with running(request.param) as dsn:
        yield dsn


def target(dsn: str, folder: Path, files: dict[str, str], **settings: object) -> ResolvedTarget:
    """A drifted database with its directory."""
    for name, text in files.items():
        path = folder / "migrations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for sql in RAN:
            connection.execute(sql.encode())
    made = Target.model_validate(settings)
    return ResolvedTarget("plain", made, dsn, folder / "migrations", folder / "evidence")


def in_layout(layout: Layout) -> dict[str, str]:
    """The files as another tool would have them."""
    made = [new_file(layout, name[:3], name[4:-4], text) for name, text in FILES.items()]
    return {new.path: new.text for new in made}


def carry_out(target: ResolvedTarget, *restore: str) -> Planned:
    """Plan, rehearse, approve, apply, verify; all of it must hold."""
    planned = make_and_write_plan(target, restore=restore)
    assert planned.rehearsal.held, planned.rehearsal.problems
    approve_plan(target, planned.run, "Ada")
    applied = apply_plan(target, planned.run)
    assert applied.verified.ok, applied.verified
    assert all(p.held for p in applied.promises), applied.promises
    report = scan_target(target).report
    assert not report.unexplained
    assert {m.finding for m in report.migrations} == {Finding.SYNCHRONIZED}
    with psycopg.connect(target.dsn) as connection:
        row = connection.execute(
            "SELECT count(*), min(mail), to_regclass('notes_of') IS NOT NULL FROM people"
        ).fetchone()
    assert row == (1, "ada@example.com", True)
    return planned


def test_an_older_server_is_reconciled(older: str, tmp_path: Path) -> None:
    # Its database is called postgres, as on every hosted project.
    carry_out(target(older, tmp_path, FILES, history="supabase"))


def test_on_an_older_server_changes_are_put_back(older: str, tmp_path: Path) -> None:
    # A privilege that only the rehearsal's server knows counted as a change since the scan.
    with psycopg.connect(older, autocommit=True) as connection:
        connection.execute("CREATE DATABASE put_back")
    made = target(make_conninfo(older, dbname="put_back"), tmp_path, FILES, history="supabase")
    with psycopg.connect(made.dsn, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON people TO PUBLIC")
        connection.execute(
            "CREATE OR REPLACE VIEW totals AS SELECT person, 1::numeric AS total FROM orders"
        )
    done = carry_out(made, "all")
    assert {"table public.people", "view public.totals", "column public.people.phone"} <= {
        answer for step in done.plan.steps for answer in step.answers
    }


@pytest.mark.parametrize("layout", [Layout.FLAT, Layout.PRISMA])
def test_without_a_history_files_stay_and_only_the_rest_is_written(
    database: str, tmp_path: Path, layout: Layout
) -> None:
    # There were markers that spoke of a history, and every file was pending afterwards.
    files = in_layout(layout)
    before = target(database, tmp_path, files, history="none")
    done = carry_out(before)
    assert (done.plan.record, done.plan.forget) == ((), ())
    assert [action.action for action in done.plan.files] == ["quarantine", "create"]
    assert {path: (before.directory / path).read_text() for path in list(files)[:2]} == {
        path: files[path] for path in list(files)[:2]
    }
    written = before.directory.parent / done.plan.files[-1].path
    assert "not to be run there" in written.read_text()
    assert "phone" in written.read_text()


def test_what_cannot_be_completed_as_things_are_is_left(database: str, tmp_path: Path) -> None:
    # The whole plan failed in its rehearsal, and nothing at all could be approved.
    more = {
        "004_builds_on_it.sql": "ALTER TABLE orders ADD COLUMN state text;\n"
        "ALTER TABLE never ADD COLUMN at timestamptz;\nCREATE INDEX never_at ON never (at);\n",
        "005_on.sql": "CREATE TABLE papers (id int);\nALTER TABLE orders ADD COLUMN paper int;\n",
    }
    made = target(database, tmp_path, {**FILES, **more}, history="supabase")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE orders ADD COLUMN state text")
        connection.execute("CREATE TABLE papers (id int)")
    plan = carry_out(made).plan
    assert plan.left.keys() == {"004"}
    assert 'relation "never" does not exist' in plan.declined["004"]
    completed = {a for s in plan.steps for a in s.answers if s.kind is StepKind.COMPLETION}
    assert completed == {"002", "005"}
    assert "004" not in plan.record


def test_a_squash_leaves_one_version_and_one_file(
    tcp_url: str, supabase_cli: Supabase, tmp_path: Path
) -> None:
    made = target(tcp_url, tmp_path, FILES, history="supabase", archive="squash")
    with psycopg.connect(tcp_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA supabase_migrations")
        connection.execute("CREATE TABLE supabase_migrations.schema_migrations (version text)")
        connection.execute("INSERT INTO supabase_migrations.schema_migrations VALUES ('002')")
    done = carry_out(made)
    assert (done.plan.record, done.plan.forget) == (("004",), ("002",))
    assert [path.name for path in made.directory.iterdir()] == ["004_reconcile_production.sql"]
    # And the history's own client has nothing to say against it.
    supabase_cli.put(made.directory.iterdir())
    assert supabase_cli.migration_list(tcp_url) == (Row("004", "004"),)
    assert supabase_cli.push_dry_run(tcp_url).up_to_date


def test_a_move_says_that_the_client_will_refuse(database: str, tmp_path: Path) -> None:
    made = target(database, tmp_path, FILES, history="supabase", archive="move")
    plan = make_and_write_plan(made).plan
    assert any("refuse to push" in warning and "001, 002" in warning for warning in plan.warnings)
    assert "marker" not in {action.action for action in plan.files}


def test_another_tools_history_is_left_to_its_own_client(database: str, tmp_path: Path) -> None:
    # It was refused only when everything before it was already applied.
    made = target(database, tmp_path, in_layout(Layout.FLYWAY))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(FLYWAY)
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    plan = planned.plan
    # Its table counted as made by hand.
    assert "flyway_schema_history" not in plan.files[-1].content
    assert {step.kind for step in plan.steps} == {StepKind.COMPLETION, StepKind.FILES}
    assert "flyway" in plan.declined["001"]
    assert any("flyway will run it" in warning for warning in plan.warnings)


def test_rows_that_production_does_not_show_are_not_written_again(
    database: str, tmp_path: Path
) -> None:
    # The reconciliation migration held them, and could not be recorded after all else was done.
    rows = (
        "ALTER TABLE people ADD COLUMN b text;\nINSERT INTO orders VALUES (1, NULL, 5);\n"
        "UPDATE orders SET total = 7 WHERE id = 1;\nALTER TABLE people ADD COLUMN c text;\n"
    )
    half = (
        "ALTER TABLE people ADD COLUMN d text;\n"
        + rows.split("\n")[2]
        + ("\nCREATE TABLE half (id int);\nCREATE INDEX half_id ON half (id);\n")
    )
    files = {**FILES, "004_rows.sql": rows, "005_half.sql": half}
    made = target(database, tmp_path, files, history="supabase")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE people ADD b text, ADD c text, ADD d text")
        connection.execute("INSERT INTO orders VALUES (1, NULL, 5)")
    plan = carry_out(made).plan
    assert "UPDATE, is absent" in plan.declined["004"]
    assert "UPDATE, is absent" in plan.declined["005"]
    assert "UPDATE" not in plan.files[-1].content and "INSERT" in plan.files[-1].content


def test_what_the_shadow_cannot_run_is_warned_of_and_does_not_stop_the_rest(
    database: str, tmp_path: Path
) -> None:
    # The history was refused, after all else had been applied.
    block = "DO $$ BEGIN PERFORM create_graph('memory'); END $$;\n"
    made = target(
        database, tmp_path, {**FILES, "000_graph.sql": block}, history="supabase", adopt=True
    )
    planned = make_and_write_plan(made)
    assert planned.rehearsal.held, planned.rehearsal.problems
    assert any("000_graph.sql, line 1" in warning for warning in planned.plan.warnings)
    approve_plan(made, planned.run, "Ada")
    applied = apply_plan(made, planned.run)
    assert applied.verified.ok, applied.verified
    assert {"001", "002"} <= set(planned.plan.record) and "000" not in planned.plan.record


def test_what_one_file_sets_is_not_for_the_next_in_the_reconciliation(
    database: str, tmp_path: Path
) -> None:
    # Everything after it went into that schema, and the plan could not be rehearsed.
    more = {
        "002_shop.sql": "CREATE SCHEMA shop;\nSET search_path TO shop;\nCREATE TABLE wares ();\n",
        "003_plain.sql": FILES["002_notes.sql"],
    }
    files = {"001_init.sql": FILES["001_init.sql"], **more}
    made = target(database, tmp_path, files, history="supabase")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.wares ()")
    written = carry_out(made).plan.files[-1].content
    assert "SET search_path TO shop;" in written and "RESET search_path;" in written


def test_a_check_that_a_failed_plan_left_was_adopted(database: str, tmp_path: Path) -> None:
    # NOT NULL could not be set, since a row held NULL; the next plan took the check for handwork.
    made = target(database, tmp_path, FILES, history="supabase")
    failing = make_and_write_plan(made).run
    approve_plan(made, failing, "Ada")
    with psycopg.connect(database, autocommit=True) as connection:  # after its rows were asked
        connection.execute("INSERT INTO orders VALUES (1, 1, NULL)")
    with pytest.raises(ApplyError, match="is violated by some row"):
        apply_plan(made, failing)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE orders SET total = 0")
    done = carry_out(made)
    assert done.plan.fingerprint != failing.plan.fingerprint
    assert "__check" not in done.plan.files[-1].content
