"""What files name or set by the clock, or by chance, and production has as of another day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.attribution.model import Attribution
from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform, drop_database

EVENTS = """CREATE TABLE events (id bigint, made_at timestamptz NOT NULL)
PARTITION BY RANGE (made_at);
CREATE TABLE letters (id bigint PRIMARY KEY);
"""
BLOCK = """DECLARE day date := date_trunc('month', {today});
BEGIN
  FOR i IN 0..2 LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
      to_char(day, 'YYYY_MM'), day, day + interval '1 month');
    day := day + interval '1 month';
  END LOOP;
END"""
TODAY, THEN = "now()", "timestamptz '2024-11-12'"
LATER = """CREATE INDEX events_made ON events (made_at);
ALTER TABLE events ADD COLUMN note text DEFAULT '';
CREATE TABLE last (id int);
"""
PARTITIONS = {"public.events_2024_11", "public.events_2024_12", "public.events_2025_01"}
Judge = Callable[[dict[str, str], list[str]], Attribution]


@pytest.fixture
def judge(server: Server, tmp_path: Path) -> Iterator[Judge]:
    """Takes the files and what ran in production, and tells what a scan finds."""
    name = "of_the_moment"
    create_platform(server, name)

    def found(files: dict[str, str], ran: list[str]) -> Attribution:
        for file, text in files.items():
            (tmp_path / file).write_text(text)
        with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as connection:
            for sql in ran:
                connection.execute(sql.encode())
        return scan(name, server.dsn(name, "postgres"), tmp_path).attribution

    yield found
    drop_database(server, name)


def block(today: str) -> str:
    return f"DO $do$\n{BLOCK.format(today=today)} $do$;\n"


FILES = {"001_events.sql": EVENTS, "002_months.sql": block(TODAY), "003_later.sql": LATER}
RAN = [EVENTS, block(THEN), LATER]


def verdicts(found: Attribution) -> list[str]:
    return [migration.verdict.value for migration in found.migrations]


def by_hand(found: Attribution) -> set[tuple[str, str]]:
    return {(entry.change.value, entry.id.identity) for entry in found.unexplained}


def test_partitions_of_the_day_on_which_the_file_ran_were_added_by_hand(judge: Judge) -> None:
    found = judge(FILES, RAN)
    assert verdicts(found) == ["applied"] * 3
    assert by_hand(found) == set()
    assert found.end is not None
    made = {id.identity for id in found.end.ids() if id.kind == "table"}
    assert made >= PARTITIONS and not any("_20" in name for name in made - PARTITIONS)
    (note,) = (note for note in found.notes if "002_months.sql" in note)
    assert "table public.events_2024_11, table public.events_2024_12" in note


@pytest.mark.parametrize(
    "call", ["SELECT make_months();\n", "DO $$ BEGIN PERFORM public.make_months(); END $$;\n"]
)
def test_partitions_that_a_function_makes_when_it_is_called(judge: Judge, call: str) -> None:
    make = "CREATE FUNCTION make_months() RETURNS void LANGUAGE plpgsql AS $f$\n{} $f$;\n"
    files = {**FILES, "002_months.sql": make.format(BLOCK.format(today=TODAY)) + call}
    then = make.format(BLOCK.format(today=THEN))
    again = f"DROP FUNCTION make_months(); {make.format(BLOCK.format(today=TODAY))}"
    found = judge(files, [EVENTS, then, call, again, LATER])
    assert verdicts(found) == ["applied"] * 3
    assert by_hand(found) == set()


def test_what_somebody_did_to_such_a_partition_is_still_seen(judge: Judge) -> None:
    changes = [
        "CREATE INDEX of_december ON events_2024_12 (id)",
        "ALTER TABLE events_2024_11 ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE letters_2024 (id int)",
        "CREATE TABLE events_2025_02 PARTITION OF events"
        " FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')",
    ]
    found = judge(FILES, [*RAN, *changes])
    assert by_hand(found) == {
        ("added", "public.of_december"),
        ("changed", "public.events_2024_11"),
        ("added", "public.letters_2024"),
        ("added", "public.events_2025_02"),
    }


def test_nothing_tells_whether_a_block_ran_of_which_no_partition_is_there(judge: Judge) -> None:
    found = judge(FILES, [EVENTS, LATER])
    assert verdicts(found) == ["applied", "unverifiable", "applied"]
    assert by_hand(found) == set()


def test_what_a_block_names_in_its_text_is_of_no_moment(judge: Judge) -> None:
    named = (
        "DO $$ BEGIN EXECUTE 'CREATE TABLE made_2 (id int, at timestamptz DEFAULT now())'; END $$;"
    )
    files = {"001_events.sql": EVENTS, "002_named.sql": named, "003_later.sql": LATER}
    found = judge(files, [EVENTS, "CREATE TABLE made_1 (id int)", LATER])
    assert verdicts(found) == ["applied", "not_applied", "applied"]
    assert by_hand(found) == {("added", "public.made_1")}


def test_a_sequence_that_starts_by_chance(judge: Judge) -> None:
    block = (
        "DO $$ BEGIN EXECUTE format('CREATE SEQUENCE numbers START %s',"
        " floor(random() * 9000000)::bigint + 1); END $$;\n"
        "ALTER TABLE letters ALTER id SET DEFAULT nextval('numbers');\n"
        "ALTER SEQUENCE numbers OWNED BY letters.id;\n"
    )
    files = {"001_events.sql": EVENTS, "002_numbers.sql": block}
    found = judge(files, [EVENTS, block])
    assert verdicts(found) == ["applied", "applied"]
    assert by_hand(found) == set()
    found = judge(files, ["ALTER SEQUENCE numbers INCREMENT 7"])
    assert by_hand(found) == {("changed", "public.numbers")}
