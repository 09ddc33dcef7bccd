"""Every statement's effects, read late and many at once, are those that reading at once shows."""

# ruff: noqa: E501, S608  SQL reads better on one line, and is nobody's input here

from __future__ import annotations

import pytest

from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline.shadow.replaying.replay import WORTH_COPYING_THERE, Replayer
from reconcile_pipeline_tests.shadow.replays import (
    directory,
    listed,
    replayed,
    replayer,
    watched,
)

_TABLE = "CREATE TABLE t (id int PRIMARY KEY, a text, b int);"
_CASES = {
    "what comes after a table": [
        _TABLE + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true);"
        "CREATE INDEX i ON t (a); COMMENT ON TABLE t IS 'x'; ALTER TABLE t FORCE ROW LEVEL SECURITY;"
    ],
    "row-level security switched again and again": [
        _TABLE + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;"
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t NO FORCE ROW LEVEL SECURITY;",
        "ALTER TABLE t DISABLE ROW LEVEL SECURITY; COMMENT ON TABLE t IS 'x'; GRANT SELECT ON t TO"
        " PUBLIC; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t SET UNLOGGED;",
        "DO $$ BEGIN ALTER TABLE t DISABLE ROW LEVEL SECURITY; CREATE TABLE u (a int);"
        " ALTER TABLE u ENABLE ROW LEVEL SECURITY; END $$; ALTER TABLE u DISABLE ROW LEVEL SECURITY;"
        "ALTER TABLE t FORCE ROW LEVEL SECURITY; DROP TABLE t;",
    ],
    "rights to a sequence that a column owns, taken, given and given back": [
        "CREATE SEQUENCE s AS int; CREATE TABLE t (id int DEFAULT nextval('s'), i serial);"
        "ALTER SEQUENCE s OWNED BY t.id; REVOKE ALL ON SEQUENCE s FROM owner_of_files, pg_monitor;"
        "GRANT USAGE ON SEQUENCE s TO pg_monitor; GRANT ALL ON SEQUENCE s TO owner_of_files;"
        "GRANT SELECT ON t_i_seq TO pg_monitor; ALTER TABLE t ALTER i DROP DEFAULT;"
        "REVOKE ALL ON t_i_seq FROM pg_monitor; ALTER SEQUENCE t_i_seq OWNED BY NONE;"
        "GRANT ALL ON t_i_seq TO pg_monitor;",
    ],
    "columns added": [
        _TABLE + "ALTER TABLE t ADD c int CHECK (c > 0); COMMENT ON TABLE t IS 'x';"
        "ALTER TABLE t ADD COLUMN d numeric(5, 2) UNIQUE; ALTER TABLE t ADD COLUMN e serial;"
        "ALTER TABLE t ADD f int GENERATED ALWAYS AS IDENTITY; CREATE INDEX i ON t (d);"
        "ALTER TABLE t ADD COLUMN g int REFERENCES t ON DELETE CASCADE; COMMENT ON COLUMN t.g IS 'y';"
        "ALTER TABLE t ADD COLUMN h int DEFAULT 1, ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS h text; ALTER TABLE t ADD UNIQUE (h);",
    ],
    "a policy dropped and made again": [
        _TABLE + "CREATE POLICY p ON t USING (true);",
        "DROP POLICY p ON t; CREATE POLICY p ON t USING (false);",
        "DROP POLICY IF EXISTS p ON t; DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t;"
        "ALTER POLICY p ON t USING (a = 'x');",
    ],
    "a policy dropped and made again by one statement": [
        _TABLE + "CREATE POLICY p ON t USING (true);",
        "DO $$ BEGIN DROP POLICY p ON t; CREATE POLICY p ON t USING (false);"
        " CREATE POLICY q ON t; DROP POLICY q ON t; END $$;",
    ],
    "a table dropped and made again by one statement": [
        _TABLE + "CREATE POLICY p ON t USING (true);"
        "DO $$ BEGIN DROP TABLE t; CREATE TABLE t (b int, c int); END $$; ALTER TABLE t ADD d int;",
    ],
    "words that do not show what a statement touches": [
        _TABLE + "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || chr(116) || ' ADD c int'; END $$;"
        "DO $$ BEGIN EXECUTE 'CREATE INDEX j ON ' || chr(116) || '(b)'; END $$;"
        "DO $$ BEGIN EXECUTE 'DROP INDEX ' || chr(106); END $$;"
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE t DROP c; END $$;"
        "SELECT f(); SELECT f();"
    ],
    "a trigger that makes tables": [
        _TABLE + "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE"
        " 'ALTER TABLE t ADD ' || new.a || ' int'; RETURN new; END $$;"
        "CREATE TABLE asked (a text); CREATE TRIGGER ask BEFORE INSERT ON asked FOR EACH ROW"
        " EXECUTE FUNCTION g(); INSERT INTO asked VALUES ('one'); INSERT INTO asked VALUES ('two');"
    ],
    "cascades": [
        _TABLE + "CREATE TABLE u (t int REFERENCES t); CREATE VIEW v AS SELECT a FROM t;"
        "CREATE INDEX i ON t (a);",
        "DROP TABLE t CASCADE; CREATE TABLE t (id int); DROP TABLE u; DROP TABLE t;",
    ],
    "names that change": [
        _TABLE + "CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a);"
        "ALTER TABLE t RENAME COLUMN a TO c; ALTER TABLE t RENAME TO w; ALTER INDEX i RENAME TO k;"
        "CREATE TABLE t (x int); DROP TABLE t; CREATE SCHEMA s; ALTER TABLE w SET SCHEMA s;"
    ],
    "grants": [
        "GRANT USAGE ON SCHEMA public TO PUBLIC;" + _TABLE
        + "CREATE TABLE u (a int); GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;"
        "REVOKE SELECT ON u FROM PUBLIC; GRANT UPDATE (a) ON t TO PUBLIC;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;"
        "CREATE TABLE w (a int);"
    ],
    "functions and triggers replaced": [
        _TABLE + "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';"
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return old; end';"
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
        "CREATE OR REPLACE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
        "DROP TRIGGER g ON t; CREATE TRIGGER g BEFORE DELETE ON t EXECUTE FUNCTION f();"
        "ALTER TABLE t DISABLE TRIGGER g; DROP FUNCTION f() CASCADE;"
    ],
    "partitions and children": [
        "CREATE TABLE p (id int, a int) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); CREATE INDEX ON p (a);"
        "ALTER TABLE p ADD b int; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " 'begin return new; end'; CREATE TRIGGER g BEFORE INSERT ON p FOR EACH ROW"
        " EXECUTE FUNCTION f(); DROP TRIGGER g ON p;",
        "ALTER TABLE p DETACH PARTITION p1; ALTER TABLE p1 ADD c int;" + _TABLE
        + "CREATE TABLE child () INHERITS (t); ALTER TABLE t ADD d int; COMMENT ON COLUMN t.d IS 'x';",
    ],
    "event triggers of the files' own": [
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN"
        " FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE'"
        " LOOP EXECUTE 'ALTER TABLE ' || r.object_identity || ' ENABLE ROW LEVEL SECURITY';"
        " END LOOP; END $$;"
        "CREATE EVENT TRIGGER secure ON ddl_command_end EXECUTE FUNCTION e();",
        _TABLE + "CREATE POLICY p ON t; CREATE INDEX i ON t (a); DROP EVENT TRIGGER secure;",
    ],
    "sequences": [
        "CREATE TABLE s (id serial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY);"
        "CREATE SEQUENCE own; ALTER SEQUENCE own OWNED BY s.n; ALTER SEQUENCE s_id_seq INCREMENT 5;"
        "ALTER SEQUENCE own MAXVALUE 7; DROP SEQUENCE own; ALTER TABLE s ALTER n SET GENERATED"
        " BY DEFAULT; DROP TABLE s;"
    ],
    "types": [
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE m (x mood);",
        "ALTER TYPE mood ADD VALUE 'b';", "INSERT INTO m VALUES ('b'); ALTER TABLE m ALTER x SET"
        " DEFAULT 'b'; CREATE DOMAIN d AS int; ALTER DOMAIN d SET DEFAULT 3; DROP TYPE mood CASCADE;",
    ],
    "errors in between": [
        _TABLE + "ALTER TABLE t ADD a int; CREATE TABLE t (x int); ALTER TABLE t ADD c int;"
        "DO $$ BEGIN ALTER TABLE t ADD d int; RAISE 'no'; EXCEPTION WHEN others THEN NULL; END $$;"
        "CREATE POLICY p ON missing; CREATE POLICY p ON t;"
    ],
    "schemas that go": [
        "CREATE SCHEMA a; CREATE TABLE a.t (id int); CREATE INDEX i ON a.t (id);"
        "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'select 1'; DROP SCHEMA a CASCADE;"
    ],
    "publications": [
        _TABLE + "CREATE PUBLICATION pub FOR TABLE t; CREATE TABLE u (id int);"
        "ALTER PUBLICATION pub ADD TABLE u; ALTER PUBLICATION pub DROP TABLE t; DROP TABLE u;"
    ],
    "quoted names": [
        'CREATE TABLE "A b" (id int); ALTER TABLE "A b" ADD "C" int; CREATE POLICY "x.y" ON "A b";'
        'DROP POLICY "x.y" ON "A b"; CREATE INDEX "i.j" ON "A b" (id); DROP INDEX "i.j";'
        'ALTER TABLE "A b" DROP "C"; CREATE TABLE "ü" (id int); ALTER TABLE ü ADD b int;'
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", _CASES)
def test_effects(name: str, two: tuple[ShadowDatabase, ShadowDatabase]) -> None:
    found, expected = replayed(two[0], _CASES[name]), watched(two[1], _CASES[name])
    assert found == expected


@pytest.mark.parametrize(
    "hiding",
    ["SELECT set_config('reconcile.touched', '', true)",
     "SELECT set_config('reconcile.touched', ' pg_class:x +kind:1:zz pg_class:99999999999', true)",
     "SET reconcile.touched TO ''", "SET LOCAL reconcile.touched TO 'pg_class:1 pg_proc'",
     "RESET reconcile.touched"],
)  # fmt: skip
def test_a_file_that_writes_the_recorder_s_setting_hides_nothing(
    hiding: str, spoiled: ShadowDatabase
) -> None:
    files = [f"DO $$ BEGIN CREATE TABLE hidden (id int); {hiding.replace('SELECT', 'PERFORM')};"
             " END $$; CREATE TABLE seen (id int);"]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
    assert {(r.index, e.id.identity) for r in done.runs for e in r.effects if "." not in
            e.id.identity[7:]} == {(0, "public.hidden"), (1, "public.seen")}  # fmt: skip


def test_what_is_hidden_by_dynamic_text_still_shows_at_the_end(spoiled: ShadowDatabase) -> None:
    hiding = "'select set_con' || 'fig(''reconcile.tou' || 'ched'', '''', true)'"
    files = [f"DO $$ BEGIN CREATE TABLE hidden (id int); EXECUTE {hiding}; END $$;"]
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
        assert "table public.hidden" in {str(e.id) for e in made.missed}
    assert "public.hidden" in {id.identity for id in done.end.ids()}


def test_another_choice_goes_back_and_probes(spoiled: ShadowDatabase) -> None:
    files = [_TABLE, "ALTER TABLE t ADD c int; CREATE INDEX i ON t (c);", "CREATE POLICY p ON t;"]
    with replayer(spoiled, files) as made:
        everything = made.run(lambda file, index: True)
        without = made.run(lambda file, index: file != 1)
        again = made.run(lambda file, index: True)
        assert made.missed == ()
    assert [(r.file, r.index, listed(r.effects)) for r in again.runs] == [
        (r.file, r.index, listed(r.effects)) for r in everything.runs
    ]
    assert [r.outcome for r in without.runs] == [
        Outcome.RAN, Outcome.PROBED, Outcome.PROBED, Outcome.RAN
    ]  # fmt: skip
    assert [e.id.identity for e in without.runs[1].effects] == ["public.t.c"]
    ends = {id.identity for id in without.end.ids()}
    assert "public.t.p" in ends and "public.t.c" not in ends


def test_a_file_that_rolls_back_leaves_nothing(spoiled: ShadowDatabase) -> None:
    files = [_TABLE, "BEGIN; ALTER TABLE t ADD c int; CREATE TABLE u (id int); ROLLBACK;",
             "CREATE TABLE u (other int);"]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
        assert made.missed == ()
    assert {id.identity for id in done.end.ids() if id.kind.value == "column"} == {
        "public.t.id", "public.t.a", "public.t.b", "public.u.other"
    }  # fmt: skip


def test_a_file_whose_commit_fails_leaves_nothing(spoiled: ShadowDatabase) -> None:
    files = [_TABLE, "CREATE TABLE u (t int REFERENCES t DEFERRABLE INITIALLY DEFERRED);"
             "ALTER TABLE t ADD c int; INSERT INTO u VALUES (5);", "ALTER TABLE t ADD d int;"]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
        assert made.missed == ()
    assert [r.outcome.value for r in done.runs] == ["ran", "failed", "failed", "failed", "ran"]
    assert {id.identity for id in done.end.ids() if id.kind.value == "table"} == {"public.t"}
    assert [e.id.identity for e in done.runs[-1].effects] == ["public.t.d"]


def test_each_file_has_a_session_of_its_own(spoiled: ShadowDatabase) -> None:
    files = [
        "CREATE TEMP TABLE x (id int); SET search_path TO pg_catalog; SET my.setting TO 'kept';"
        "PREPARE mine AS SELECT 1; SELECT pg_advisory_lock(7);",
        "CREATE TABLE x (id int); DO $$ BEGIN IF current_setting('my.setting', true) = 'kept'"
        " THEN RAISE 'kept'; END IF; END $$;",
    ]  # fmt: skip
    with replayer(spoiled, files) as made:
        done = made.run(lambda file, index: True)
    assert {r.outcome for r in done.runs} == {Outcome.RAN}
    assert "public.x" in {id.identity for id in done.end.ids()}


def test_a_role_that_was_made_after_the_copy_is_gone_when_the_replay_goes_back_to_it(
    shadow: ShadowDatabase,
) -> None:
    tables = "".join(f"CREATE TABLE t{n} (id int);" for n in range(WORTH_COPYING_THERE))
    texts = [tables, "CREATE ROLE made_late;", "COMMENT ON TABLE t1 IS 'x';"]
    with Replayer(shadow, directory(texts), settled=1) as replays:
        replays.run(lambda file, index: True)
        replays.run(lambda file, index: file != 1)
        again = replays.run(lambda file, index: True)
    assert [run.error for run in again.runs if run.error] == []
    assert len(again.runs) == WORTH_COPYING_THERE + 2
