"""Secrets and addresses are planted wherever a project has room for one, and looked for in every
byte that is written or shown: outputs of all verbs, evidence, logs, Dagster's event log.

Not looked at: the migrations themselves, the files of SQL that a plan or its undo will run, and
reconcile.toml, which names the admins.
"""

from __future__ import annotations

import io
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pandas
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.cli.app import VERBS, app
from reconcile_pipeline.shadow.server import Server
from reconcile_pipeline.story.world import create_platform, drop_database, record, run, statements
from reconcile_pipeline_tests.defs.story import Story, failures, materialized

PASSWORD = "Pl4nted/pa55 w0rd@x"
PERSON = "Planted Person"
#: Where each address was planted.
ADDRESSES = {
    place: f"planted.{place.replace(' ', '.')}@secret.example"
    for place in (
        "user one", "user two", "comment in sql", "comment on table", "function body", "default",
        "row of a file", "row of production", "cast error", "key error", "policy by hand",
        "function by hand", "check constraint", "view", "enum label", "raised message",
        "schema of a file", "trigger argument", "comment by hand",
    )
}  # fmt: skip
#: Secrets that SQL can carry.
SECRETS = {
    "password of the connection": PASSWORD,
    "the same in a URL": quote(PASSWORD, safe=""),
    "name of a user": PERSON,
    "password in a function": "planted-function-pa55",
    "password of a role": "planted-role-pa55",
    "token in a default": "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoicGxhbnRlZCJ9.c2lnbmF0dXJlLXBsYW50ZWQ",
    "hash of a password": "$2a$10$" + "plantedplantedplantedplantedplantedplantedplantedplan",
}

FILES = {
    "001_base.sql": """
CREATE TABLE public.notes (id int PRIMARY KEY, owner text DEFAULT '{default}', body text);
CREATE TABLE public.settings (key text PRIMARY KEY, value text);
""",
    "002_people.sql": """
-- Ask {comment in sql} before you change this.
COMMENT ON TABLE public.notes IS 'kept by {comment on table}';
CREATE FUNCTION public.mail() RETURNS text LANGUAGE plpgsql AS $$
DECLARE password text := 'planted-function-pa55';
BEGIN RETURN '{function body}'; END $$;
ALTER TABLE public.notes ADD CONSTRAINT body_ok CHECK (body <> '{check constraint}');
CREATE VIEW public.mine AS SELECT id FROM public.notes WHERE owner = '{view}';
CREATE TYPE public.contact AS ENUM ('{enum label}', 'nobody');
INSERT INTO public.settings VALUES ('contact', '{row of a file}');
ALTER TABLE public.settings ADD COLUMN token text DEFAULT
'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoicGxhbnRlZCJ9.c2lnbmF0dXJlLXBsYW50ZWQ';
""",
    "003_never.sql": """
TRUNCATE public.notes CASCADE;
INSERT INTO public.notes (id, owner) SELECT '{cast error}'::int, 'x';
INSERT INTO public.settings VALUES ('contact', '{key error}');
DO $$ BEGIN RAISE EXCEPTION 'write to {raised message}'; END $$;
CREATE ROLE planted_role LOGIN PASSWORD 'planted-role-pa55';
CREATE SCHEMA "{schema of a file}";
""",
    "004_half.sql": """
ALTER TABLE public.notes ADD COLUMN done boolean;
CREATE INDEX notes_done ON public.notes (done) WHERE owner <> '{default}';
""",
    "005_profiles.sql": """
CREATE TABLE IF NOT EXISTS public.user_profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer'
);
ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
""",
}
BY_HAND = """
CREATE POLICY by_hand ON public.notes USING (owner = '{policy by hand}');
CREATE FUNCTION public.by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.owner := '{function by hand}'; RETURN NEW; END $$;
CREATE TRIGGER by_hand BEFORE INSERT ON public.notes
  FOR EACH ROW EXECUTE FUNCTION public.by_hand('{trigger argument}');
COMMENT ON COLUMN public.notes.body IS 'see {comment by hand}';
INSERT INTO public.notes (id, owner, body) VALUES (1, '{row of production}', 'Planted Person');
"""
USERS = """
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, raw_user_meta_data)
VALUES (gen_random_uuid(), gen_random_uuid(), 'authenticated', 'authenticated', '{user one}',
  '$2a$10$plantedplantedplantedplantedplantedplantedplantedplan',
  '{{"full_name": "Planted Person"}}'),
 (gen_random_uuid(), gen_random_uuid(), 'authenticated', 'authenticated', '{user two}', '', '{{}}');
"""
CONFIG = """
metrics = "node/reconcile.prom"

[evidence]
folder = "evidence"
signing_key = "team.key"

[targets.story]
dsn_env = "PLANTED_URL"
run_pending = ["005"]

[targets.story.user_profiles]
admins = ["{user one}"]

[targets.down]
dsn_env = "PLANTED_DOWN"
"""


def filled(text: str) -> str:
    """The text with its addresses."""
    return text.format(**ADDRESSES)


@dataclass
class Told:
    """Everything that was written or shown, by where."""

    folder: Path
    shown: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def reconcile(self, *arguments: str) -> str:
        """Run a verb; keep what it shows. Returns its standard output."""
        name = f"{len(self.codes):02d} reconcile {' '.join(arguments)}"
        result = CliRunner().invoke(app, list(arguments))
        self.shown[name] = result.stdout_bytes + b"\n" + result.stderr_bytes
        self.codes[name] = result.exit_code
        return result.stdout


@contextmanager
def telling(server: Server, folder: Path, home: Path, *, thorough: bool) -> Iterator[Told]:
    """A project with something planted everywhere, told from end to end."""
    name = f"planted_{os.getpid()}"
    (folder / "migrations").mkdir()
    for file, text in FILES.items():
        (folder / "migrations" / file).write_text(filled(text))
    (folder / "reconcile.toml").write_text(filled(CONFIG))
    paths = {path.name: path for path in (folder / "migrations").iterdir()}
    create_platform(server, name)
    run(server, name, statements(paths["001_base.sql"]))
    record(server, name, [paths["001_base.sql"]])
    run(server, name, statements(paths["002_people.sql"]))
    run(server, name, statements(paths["004_half.sql"])[:1])
    run(server, name, [filled(USERS)], user="supabase_auth_admin")
    run(server, name, [filled(BY_HAND)])
    dsn = make_conninfo(server.dsn(name, "postgres"), password=PASSWORD)
    logger = logging.getLogger("reconcile_pipeline")
    before = logger.handlers, logger.level, logger.propagate
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.local_temp(str(home)) as there:
        patch.chdir(folder)
        patch.setenv("PLANTED_URL", dsn)
        patch.setenv("PLANTED_DOWN", f"postgresql://ada:{quote(PASSWORD, safe='')}@127.0.0.1:1/x")
        patch.setenv("RECONCILE_CONFIG", str(folder / "reconcile.toml"))
        made = Told(folder)
        made.reconcile("evidence", "keygen", "team")
        if thorough:
            look(made, dsn)
        work(made, Story(folder, there, home))
        keep_files(made, folder, home)
        yield made
    logger.handlers, logger.level, logger.propagate = before
    drop_database(server, name)


def look(told: Told, dsn: str) -> None:
    """Every verb that only looks, in every format, and what cannot be reached."""
    say = told.reconcile
    story = ("--target", "story")
    for more in ((), ("--all",), ("--format", "csv"),
                 ("--format", "parquet", "--output", "out/drift.parquet")):  # fmt: skip
        say("drift", *story, *more)
    say("status", *story, "--format", "json")
    say("check", "--offline", *story, "--show", "note")
    say("doctor", *story)
    say("blame", "--all", *story)
    say("lineage", *story)
    say("grants", "story")
    for down in ("doctor", "plan", "verify"):
        say(down, "--target", "down")
    say("status", "--database-url", dsn.replace("dbname=", "dbname=no"), "--debug")
    say("init", "--config", "elsewhere.toml")


def work(told: Told, story: Story) -> None:
    """From the first scan to the way back, half of it in Dagster."""
    say = told.reconcile
    say("drift", "--target", "story", "--format", "json")
    say("--debug", "status", "--target", "down")
    say("check", "--target", "story", "--show", "note",
        *(part for form in ("json", "github", "junit", "sarif")
          for part in ("--report", f"{form}=out/check.{form}")))  # fmt: skip
    say("status", "--target", "story", "--log-format", "json")
    scan = story.run("scan")
    assert scan.success, failures(scan)
    digits = str(materialized(scan, "reconciliation_plan")["plan hash"].value)[:12]
    story.run("scan", target="down")
    story.run("reconcile", plan_hash=digits)  # refused: nobody has approved
    say("plan", "--target", "story")
    say("plan", "--target", "story", "--format", "json")
    say("approve", digits, "--target", "story", "--person", "Ada", "--yes")
    applied = story.run("reconcile", plan_hash=digits)
    told.shown["failures of the apply"] = repr(failures(applied)).encode()
    say("apply", digits, "--target", "story")
    say("verify", "--target", "story", "--access", "--format", "json")
    say("evidence", "verify", f"evidence/story/{digits}", "--public-key", "team.pub")
    say("evidence", "prune", "--keep", "1", "--dry-run")
    say("undo", digits, "--target", "story")
    say("metrics")


def keep_files(told: Told, folder: Path, home: Path) -> None:
    """Every file that was written, as bytes; Parquet and SQLite as what they hold, too."""
    for path in [*sorted(folder.rglob("*")), *sorted(home.rglob("*"))]:
        place = path.relative_to(folder if folder in path.parents else home)
        if not path.is_file() or _of_the_projects_own(place):
            continue
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += pandas.read_parquet(io.BytesIO(data)).to_csv().encode()
        if data[:15] == b"SQLite format 3":
            with sqlite3.connect(path) as connection:
                data += "\n".join(connection.iterdump()).encode("utf-8", "backslashreplace")
        told.shown[f"file {place}"] = data


def _of_the_projects_own(place: Path) -> bool:
    """Sources, the key, and the SQL that the plan runs: whole, or it would do something else."""
    first = place.parts[0]
    own = ("reconcile.toml", "team.key", "plan.json", "history_before.json")
    return first.startswith("migrations") or place.name in own


@pytest.fixture(scope="module")
def told(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What `make test` has the time for."""
    folders = (tmp_path_factory.mktemp(name) for name in ("planted", "planted-dagster"))
    with telling(server, *folders, thorough=False) as made:
        yield made


PLANTED = {**SECRETS, **ADDRESSES}


def leaks(told: Told, what: str) -> list[tuple[str, bytes]]:
    """Where it was found, with what stands around it."""
    planted = PLANTED[what].encode()
    return [
        (place, data[max(data.index(planted) - 80, 0) : data.index(planted) + 60])
        for place, data in told.shown.items()
        if planted in data
    ]


def test_the_story_is_told_to_its_end(told: Told) -> None:
    """Else nothing could be found."""
    codes = {name.partition(" reconcile ")[2]: code for name, code in told.codes.items()}
    failed = {name for name, code in codes.items() if code == 2}
    assert failed == {"--debug status --target down"}, told.shown["failures of the apply"]
    places = " ".join(told.shown)
    for place in ("report.html", "RECONCILIATION.md", "attestation.dsse.json", "journal.jsonl",
                  "drift-statements.parquet", "reconcile.prom", "check.sarif", ".db"):  # fmt: skip
        assert place in places, sorted(told.shown)


@pytest.mark.parametrize("what", PLANTED)
def test_nothing_planted_is_found(told: Told, what: str) -> None:
    assert leaks(told, what) == []


@pytest.mark.soak
def test_nothing_planted_is_found_by_any_verb(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folders = (tmp_path_factory.mktemp(name) for name in ("planted", "planted-dagster"))
    with telling(server, *folders, thorough=True) as made:
        verbs = {word for name in made.codes for word in name.split()}
        assert set(VERBS) - verbs <= {"demo", "dev"}
        assert {what: leaks(made, what) for what in PLANTED if leaks(made, what)} == {}
