"""Secrets and addresses are planted wherever a project has room for one, and looked for in every
byte that is written or shown: outputs of all verbs, evidence, logs, Dagster's event log, what its
sensors say and remember, alerts.

Not looked at: the migrations themselves, the files of SQL that a plan or its undo will run, and
reconcile.toml, which names the admins.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import pandas
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.cli.app import VERBS, app
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, drop_database, record, run, statements
from reconcile_pipeline_tests.defs.location import alerts, production_drift
from reconcile_pipeline_tests.defs.story import Story, failures, materialized
from reconcile_pipeline_tests.flow.alerts.receivers import Inbox, http
from reconcile_pipeline_tests.planted import (
    ADDRESSES,
    BY_HAND,
    CONFIG,
    FILES,
    PASSWORD,
    SECRETS,
    USERS,
    filled,
)

PLANTED = {**SECRETS, **ADDRESSES}


@dataclass
class Told:
    """Everything that was written or shown, by where."""

    folder: Path
    shown: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def shown_of(self, name: str) -> str:
        """What the places whose names begin so have shown."""
        return b"".join(v for k, v in self.shown.items() if k.startswith(name)).decode()

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
    with (
        pytest.MonkeyPatch.context() as patch,
        dg.DagsterInstance.local_temp(str(home)) as there,
        http() as inbox,
    ):
        patch.chdir(folder)
        patch.setenv("PLANTED_ALERTS", inbox.url)
        patch.setenv("PLANTED_URL", dsn)
        patch.setenv("PLANTED_DOWN", f"postgresql://ada:{quote(PASSWORD, safe='')}@127.0.0.1:1/x")
        patch.setenv("RECONCILE_CONFIG", str(folder / "reconcile.toml"))
        made = Told(folder)
        made.reconcile("evidence", "keygen", "team")
        if thorough:
            look(made, dsn)
        digits = work(made, Story(folder, there, home), inbox)
        if thorough:
            look_again(made, digits)
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
    say("status", *story, "--log-format", "json")
    say("check", *story, "--show", "note",
        *(part for form in ("json", "github", "junit", "sarif")
          for part in ("--report", f"{form}=out/check.{form}")))  # fmt: skip
    say("check", "--offline", *story, "--show", "note")
    say("doctor", *story)
    say("blame", "--all", *story)
    for form in ("json", "html", "svg", "dot", "openlineage"):
        say("lineage", *story, "--format", form)
    say("grants", "story")
    say("plan", *story)
    for down in ("doctor", "plan", "verify"):
        say(down, "--target", "down")
    say("status", "--database-url", dsn.replace("dbname=", "dbname=no"), "--debug")
    say("init", "--config", "elsewhere.toml")


def tick(told: Told, story: Story, sensor: dg.SensorDefinition, cursor: str | None) -> str | None:
    """One tick of a sensor; keep what it says and remembers. Returns its cursor."""
    context = dg.build_sensor_context(
        instance=story.instance, cursor=cursor, resources={"databases": story.databases}
    )
    result: Any = sensor(context)
    told.shown[f"tick of {sensor.name} {len(told.shown)}"] = repr(result).encode()
    return str(result.cursor)


def work(told: Told, story: Story, inbox: Inbox) -> str:
    """From the first scan to the report, half of it in Dagster. Returns the plan's first digits."""
    say = told.reconcile
    remembered = tick(told, story, alerts, None)
    say("drift", "--target", "story", "--format", "json")
    say("--debug", "status", "--target", "down")
    scan = story.run("scan")
    assert scan.success, failures(scan)
    digits = str(materialized(scan, "reconciliation_plan")["plan hash"].value)[:12]
    story.run("scan", target="down")
    tick(told, story, production_drift, None)
    tick(told, story, alerts, remembered)
    told.shown["alerts"] = json.dumps(inbox.messages, ensure_ascii=False).encode()
    story.run("reconcile", plan_hash=digits)  # refused: nobody has approved
    say("plan", "--target", "story", "--format", "json")
    say("approve", digits, "--target", "story", "--person", "Ada", "--yes")
    applied = story.run("reconcile", plan_hash=digits)
    told.shown["failures of the apply"] = repr(failures(applied)).encode()
    say("evidence", "verify", f"evidence/story/{digits}", "--public-key", "team.pub")
    say("evidence", "prune", "--keep", "1", "--dry-run")
    say("metrics")
    return digits


def look_again(told: Told, digits: str) -> None:
    """What can be said of a run that has ended."""
    told.reconcile("apply", digits, "--target", "story")
    told.reconcile("verify", "--target", "story", "--access")
    told.reconcile("verify", "--target", "story", "--format", "json")
    told.reconcile("undo", digits, "--target", "story")


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
                  "drift-statements.parquet", "reconcile.prom", ".db"):  # fmt: skip
        assert place in places, sorted(told.shown)
    titles = [message["title"] for message in json.loads(told.shown["alerts"])]
    assert len(titles) == 2, titles
    assert "down was passed over" in told.shown_of("tick of production_drift")


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
        assert "file out/check.sarif" in made.shown
        assert {what: leaks(made, what) for what in PLANTED if leaks(made, what)} == {}
