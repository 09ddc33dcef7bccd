"""The lineage of a small production, partly made by hand, and its four renderings."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dagster as dg
import psycopg
import pytest
from click.testing import CliRunner
from openlineage.client.event_v2 import RunEvent
from pydantic import ValidationError

from reconcile_pipeline.cli.app import app
from reconcile_pipeline.cli.lineage import rendered
from reconcile_pipeline.config import Config
from reconcile_pipeline.flow.lineage.as_json import to_json
from reconcile_pipeline.flow.lineage.as_openlineage import to_openlineage
from reconcile_pipeline.flow.lineage.build import build_lineage
from reconcile_pipeline.flow.lineage.model import Lineage, LineageObject
from reconcile_pipeline.flow.lineage.store import keep, kept
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget, direct
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.defs.location import lineage_assets
from reconcile_pipeline_tests.flow.lineage import official

FIRST = """
CREATE TABLE public.users (id int PRIMARY KEY, email text);
CREATE VIEW public.mails AS SELECT id, lower(email) AS mail FROM public.users;
CREATE FUNCTION public.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
SECOND = """
ALTER TABLE public.users ADD COLUMN age int;
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.users FOR SELECT USING (id > 0);
"""
THIRD = "CREATE TABLE public.never (id int);"
HAND = """
CREATE TABLE public.by_hand (note text);
ALTER TABLE public.users ALTER COLUMN age TYPE bigint;
"""


@pytest.fixture(scope="module")
def target(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ResolvedTarget]:
    folder = tmp_path_factory.mktemp("lineage")
    (folder / "migrations").mkdir()
    for number, text in enumerate((FIRST, SECOND, THIRD), 1):
        (folder / "migrations" / f"00{number}_m.sql").write_text(text)
    name = f"lineage_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            for text in (FIRST, SECOND, HAND):
                connection.execute(text.encode())
        yield direct(server.dsn(name), Path("migrations"), root=folder)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def lineage(target: ResolvedTarget) -> Lineage:
    return build_lineage(scan_target(target), ("team:data", "ada@example.com"))


def named(lineage: Lineage, identity: str) -> LineageObject:
    (found,) = [each for each in lineage.objects if each.identity == identity]
    return found


def test_an_object_is_downstream_of_the_files_that_made_it_what_it_is(lineage: Lineage) -> None:
    users = named(lineage, "public.users")
    assert [(m.file, m.lines) for m in users.made_by] == [
        ("001_m.sql", (2,)), ("002_m.sql", (2, 3)),
    ]  # fmt: skip
    assert [(c.name, c.type) for c in users.columns] == [
        ("id", "integer"), ("email", "text"), ("age", "bigint"),
    ]  # fmt: skip
    own = named(lineage, "public.users.own")
    assert (own.kind, own.parent, [m.file for m in own.made_by]) == (
        "policy", "public.users", ["002_m.sql"],
    )  # fmt: skip
    assert named(lineage, "public.one()").maker == "migration"
    assert {(s.file, s.state) for s in lineage.sources} == {
        ("001_m.sql", "live"), ("002_m.sql", "live"), ("003_m.sql", "absent"),
    }  # fmt: skip


def test_what_was_made_by_hand_says_so(lineage: Lineage) -> None:
    table = named(lineage, "public.by_hand")
    assert (table.state, table.made_by) == ("by hand", ())
    assert table.by_hand == ("table public.by_hand: added",)
    assert named(lineage, "public.users").by_hand == ("column public.users.age: changed (type)",)
    assert named(lineage, "public.mails").state == "live"


def test_a_views_columns_lead_to_its_tables(lineage: Lineage) -> None:
    view = named(lineage, "public.mails")
    assert view.reads == ("public.users",)
    assert {c.name: c.sources for c in view.columns} == {
        "id": (("public.users", "id"),), "mail": (("public.users", "email"),),
    }  # fmt: skip


def test_owners_addresses_stay_out(lineage: Lineage) -> None:
    assert lineage.teams == ("team:data",)
    assert all("ada@" not in rendered(lineage, form) for form in ("json", "html", "openlineage"))


def test_json_says_each_objects_state(lineage: Lineage) -> None:
    data = json.loads(json.dumps(to_json(lineage)))
    assert {each["identity"]: each["state"] for each in data["objects"]}["public.by_hand"] == (
        "by hand"
    )


def test_openlineage_events_are_what_its_specification_asks_for(lineage: Lineage) -> None:
    events = to_openlineage(lineage, "2026-01-02T03:04:05.000+00:00")
    assert [(event["job"]["name"], event["eventType"]) for event in events] == [
        (job, state)
        for job in ("001_m.sql", "002_m.sql", "made_by_hand")
        for state in ("START", "COMPLETE")
    ]
    assert len({event["run"]["runId"] for event in events}) == 3
    for event in events:
        official.check(event)
        uuid.UUID(event["run"]["runId"])
        datetime.fromisoformat(event["eventTime"])
    again = to_openlineage(lineage, "2026-01-02T03:04:05.000+00:00")
    assert again == events
    assert RunEvent.__name__ in events[0]["schemaURL"]


SPOILS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a field that no schema knows": lambda e: e["outputs"][0]["facets"]["schema"].update(rows=1),
    "a missing name": lambda e: e["outputs"][0]["facets"]["schema"]["fields"][0].pop("name"),
    "another type": lambda e: e["job"]["facets"]["tags"]["tags"][0].update(value=1),
    "a facet of no version": lambda e: e["job"]["facets"]["tags"].update(_schemaURL="x"),
    "no producer": lambda e: e["job"]["facets"]["tags"].pop("_producer"),
    "an unknown event": lambda e: e.update(eventType="DONE"),
    "no run": lambda e: e.pop("run"),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_an_event_that_breaks_the_specification_would_be_seen(
    lineage: Lineage, spoil: Callable[[dict[str, Any]], object]
) -> None:
    event = to_openlineage(lineage, "2026-01-02T03:04:05.000+00:00")[1]
    official.check(event)
    spoil(event)
    with pytest.raises((ValidationError, KeyError)):
        official.check(event)


def test_openlineage_datasets_have_columns_owners_and_where_these_come_from(
    lineage: Lineage,
) -> None:
    (first, _, hand) = (
        event
        for event in to_openlineage(
            lineage, "2026-01-02T03:04:05+00:00", "postgres://db.example.com:5432"
        )
        if event["eventType"] == "COMPLETE"
    )
    outputs = {each["name"].partition(".")[2]: each for each in first["outputs"]}
    assert set(outputs) == {"public.users", "public.mails"}
    facets = outputs["public.mails"]["facets"]
    assert facets["datasetType"]["datasetType"] == "VIEW"
    assert facets["ownership"]["owners"] == [{"name": "team:data"}]
    assert [field["name"] for field in facets["schema"]["fields"]] == ["id", "mail"]
    (source,) = facets["columnLineage"]["fields"]["mail"]["inputFields"]
    assert (source["namespace"], source["field"]) == ("postgres://db.example.com:5432", "email")
    assert [each["name"].partition(".")[2] for each in first["inputs"]] == ["public.users"]
    assert {each["name"].partition(".")[2] for each in hand["outputs"]} == {
        "public.by_hand", "public.users",
    }  # fmt: skip


def test_the_picture_shows_states_and_needs_no_network(lineage: Lineage) -> None:
    svg = rendered(lineage, "svg")
    root = ElementTree.fromstring(svg)
    titles = [element.text or "" for element in root.iter() if element.tag.endswith("title")]
    assert "003_m.sql: nothing of it is live; 0 of 1 statement live" in titles
    assert "table public.by_hand was changed by hand" in titles
    assert "001_m.sql made view public.mails" in titles
    assert re.findall(r"(?:href|src|url)\s*[=(]", svg) == []
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", svg)


def test_the_page_is_one_file_whose_names_are_escaped(lineage: Lineage) -> None:
    evil = replace(named(lineage, "public.by_hand"), identity="public.<script>alert(1)</script>")
    page = rendered(replace(lineage, objects=(evil,)), "html")

    seen: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.add(tag)
            assert not {"src", "href", "onclick"} & {name for name, _ in attrs}

    Tags().feed(page)
    assert {"script", "img", "link", "iframe"}.isdisjoint(seen)
    assert "&lt;script&gt;alert(1)" in page


def test_dot_quotes_names(lineage: Lineage) -> None:
    dot = rendered(lineage, "dot")
    assert '"001_m.sql" -> "table public.users";' in dot
    assert '"made by hand" -> "table public.by_hand";' in dot
    assert '"table public.users" -> "view public.mails" [style=dashed];' in dot
    assert dot.count("{") == dot.count("}") == 1


def test_the_command_writes_a_file_and_changes_nothing(
    target: ResolvedTarget, tmp_path: Path
) -> None:
    page = tmp_path / "lineage.json"
    options = ["--database-url", target.dsn, "--migrations", str(target.directory)]
    done = CliRunner().invoke(app, ["lineage", *options, "--format", "json", "-o", str(page)])
    assert done.exit_code == 0, done.output
    assert {each["file"] for each in json.loads(page.read_text())["sources"]} == {
        "001_m.sql", "002_m.sql", "003_m.sql",
    }  # fmt: skip


def test_dagster_shows_the_last_scans_lineage_without_any_database(
    target: ResolvedTarget, lineage: Lineage
) -> None:
    keep(target, lineage)
    assert kept(target.evidence) == lineage
    settings = {"owners": ["team:data"], "stale_after_hours": 3}
    config = Config.model_validate(
        {
            "targets": {target.name: settings, "new": {}},
            "root": target.directory.parent,
        }
    )
    specs = {spec.key.to_user_string(): spec for spec in lineage_assets(config)}
    name = target.name
    assert {key for key in specs if key.startswith("new")} == {"new/database"}
    users = specs[f"{name}/public/users"]
    assert {dep.asset_key.to_user_string() for dep in users.deps} == {
        f"{name}/migrations/001_m", f"{name}/migrations/002_m", f"{name}/by_hand",
    }  # fmt: skip
    assert (users.owners, users.tags["state"]) == (["team:data"], "by_hand")
    schema = users.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert [column.name for column in schema.columns] == ["id", "email", "age"]
    columns = specs[f"{name}/public/mails"].metadata["dagster/column_lineage"]
    assert isinstance(columns, dg.TableColumnLineage)
    (dep,) = columns.deps_by_column["mail"]
    assert (dep.asset_key, dep.column_name) == (users.key, "email")
    assert specs[f"{name}/public/users/policy/own"].tags["state"] == "live"
    policy = specs[f"{name}/database"].freshness_policy
    assert policy == dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3))
    dg.Definitions(assets=list(specs.values())).resolve_asset_graph()


def test_a_broken_lineage_file_hides_objects_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "lineage.json").write_text('{"target": 1}')
    assert kept(tmp_path) is None
    (tmp_path / "lineage.json").write_text("{not json")
    assert kept(tmp_path) is None
