"""Rows made to fit: a twin's tables are filled whatever their constraints ask for."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.drift.production import Production, read_production
from reconcile_pipeline.plan.completion.demands import demands
from reconcile_pipeline.shadow.fit.rows import Filled, fill
from reconcile_pipeline.shadow.servers.cluster import Cluster, cluster
from reconcile_pipeline.shadow.twin import Twin, make_twin, unlike

HARD = r"""
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN email AS text CHECK (VALUE ~* '^[^@ ]+@[^@ ]+\.[a-z]+$');
CREATE DOMAIN teen AS int NOT NULL CHECK (VALUE > 10 AND VALUE < 20);
CREATE DOMAIN code AS varchar(4) CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE hard (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(5) UNIQUE NOT NULL,
    m mood NOT NULL, e email UNIQUE NOT NULL, t teen,
    low int NOT NULL, high int NOT NULL, CHECK (low < high AND low > 50),
    twice int GENERATED ALWAYS AS (low * 2) STORED,
    j jsonb NOT NULL CHECK (jsonb_typeof(j) = 'array'),
    tags text[] NOT NULL CHECK (cardinality(tags) > 0),
    bio text NOT NULL CHECK (char_length(bio) >= 20), p pair,
    kind text NOT NULL CHECK (kind IN ('x', 'y')), "Odd %Name" text NOT NULL);
CREATE TABLE follows (
    id uuid PRIMARY KEY, hard_id bigint NOT NULL UNIQUE REFERENCES hard,
    parent uuid REFERENCES follows, at timestamptz NOT NULL, d date CHECK (d > '2030-01-01'));
CREATE TABLE both_keys (
    a bigint REFERENCES hard, b uuid REFERENCES follows, PRIMARY KEY (a, b),
    n numeric(5, 2) NOT NULL CHECK (n BETWEEN 0 AND 1));
CREATE TABLE by_day (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE by_day_1 PARTITION OF by_day FOR VALUES FROM ('2021-01-01') TO ('2021-02-01');
CREATE TABLE by_place (place text NOT NULL) PARTITION BY LIST (place);
CREATE TABLE by_place_1 PARTITION OF by_place FOR VALUES IN ('north', 'south');
CREATE TABLE boss (id int PRIMARY KEY, boss int NOT NULL REFERENCES boss);
CREATE TABLE booked (r tstzrange NOT NULL, EXCLUDE USING gist (r WITH &&));
CREATE TABLE circle_1 (id int PRIMARY KEY, two int);
CREATE TABLE circle_2 (id int PRIMARY KEY, one int NOT NULL REFERENCES circle_1);
ALTER TABLE circle_1 ADD FOREIGN KEY (two) REFERENCES circle_2;
CREATE TABLE nothing ();
CREATE TABLE either (x int, y int, CHECK ((x IS NULL) <> (y IS NULL)));
CREATE TABLE shapes (
    c code PRIMARY KEY, phone text NOT NULL CHECK (phone ~ '^\+[0-9]{10,15}$'),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
    colour text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'));
CREATE TABLE any_row (n int CHECK (2 > 1));
CREATE TABLE impossible (n int NOT NULL CHECK (n * n = 1234567890));
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a trigger fired'; END $$;
CREATE TRIGGER never BEFORE INSERT ON hard FOR EACH ROW EXECUTE FUNCTION never();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO boss VALUES (77, 77);
"""

_FILLERS = "SELECT count(*) FROM pg_roles WHERE rolname ~ 'filler'"


@pytest.fixture(scope="module")
def shadow() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def twin_of(shadow: Cluster, dsn: str) -> tuple[Twin, Production]:
    production = read_production(dsn)
    return make_twin(shadow, production.source, dsn, MANAGED_SCHEMAS, superuser=True), production


def test_a_twin_is_as_production_is_and_holds_no_row_of_it(shadow: Cluster, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(HARD.encode())
    twin, production = twin_of(shadow, database)
    assert unlike(production.snapshot, twin.read()) == ()
    with twin.connect() as connection:
        assert connection.execute("SELECT count(*) FROM public.boss").fetchone() == (0,)


@pytest.mark.parametrize("count", [4])
def test_every_table_is_filled_but_the_impossible_one(
    shadow: Cluster, database: str, count: int
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(HARD.encode())
    twin, _ = twin_of(shadow, database)
    before = twin.read()
    with twin.connect(as_superuser=True) as connection:
        fillers = connection.execute(_FILLERS).fetchone()
    filled = fill(twin, count, (), MANAGED_SCHEMAS)
    short = {name: rows for name, rows in filled.rows.items() if rows != count}
    assert short == {"public.impossible": 0}
    assert list(filled.failed) == ["public.impossible"]
    assert "impossible_n_check" in filled.failed["public.impossible"]
    assert compare(before, twin.read()) == ()
    with twin.connect(as_superuser=True) as connection:
        # Foreign keys hold although nothing enforced them meanwhile.
        wrong = connection.execute(
            "SELECT (SELECT count(*) FROM follows f WHERE NOT EXISTS"
            "          (SELECT FROM hard h WHERE h.id = f.hard_id)),"
            "       (SELECT count(*) FROM both_keys b WHERE NOT EXISTS"
            "          (SELECT FROM follows f WHERE f.id = b.b)),"
            "       (SELECT count(*) FROM boss b WHERE NOT EXISTS"
            "          (SELECT FROM boss o WHERE o.id = b.boss) OR id = 77)"
        ).fetchone()
        assert wrong == (0, 0, 0)
        assert connection.execute(_FILLERS).fetchone() == fillers


def test_managed_tables_get_rows_where_somebody_refers_to_them(
    shadow: Cluster, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);"
            "CREATE TABLE auth.sessions (id uuid PRIMARY KEY);"
            "CREATE TABLE notes (id uuid REFERENCES auth.users)"
        )
    twin, _ = twin_of(shadow, database)
    filled = fill(twin, 2, (), MANAGED_SCHEMAS)
    assert filled.rows == {"auth.users": 2, "public.notes": 2}


def test_rows_that_did_not_fit_what_the_plan_adds_failed_its_rehearsal(
    shadow: Cluster, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE people (id int PRIMARY KEY);"
            "CREATE TABLE pets (kind text, name text, age int, owner int, chip text);"
            "CREATE TABLE words (id serial PRIMARY KEY, said text UNIQUE, kind int)"
        )
    to_be_run = (
        "ALTER TABLE pets ADD CONSTRAINT kinds CHECK (kind IN ('cat', 'dog') AND age > 700)",
        "ALTER TABLE public.pets ADD FOREIGN KEY (owner) REFERENCES people (id)",
        "ALTER TABLE pets ALTER name SET NOT NULL, ADD COLUMN later int UNIQUE",
        "ALTER TABLE pets ALTER owner SET NOT NULL",
        "CREATE UNIQUE INDEX ON pets (lower(chip)) WHERE kind <> 'dog'",
        "INSERT INTO words VALUES (1, 'value 1', 1), (2, 'value 2', 1)",
        "ALTER TABLE gone ADD CHECK (n > 0)",
    )
    twin, _ = twin_of(shadow, database)
    filled = fill(twin, 3, (), MANAGED_SCHEMAS, demands(to_be_run))
    assert filled == Filled({"public.people": 3, "public.pets": 3, "public.words": 3}, {})
    with twin.connect() as connection:
        for sql in to_be_run[:-1]:
            connection.execute(sql.encode())


def test_only_what_is_named_is_filled_with_what_goes_along(shadow: Cluster, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE top (id int PRIMARY KEY); CREATE TABLE other (id int);"
            "CREATE TABLE middle (id int PRIMARY KEY, top int REFERENCES top);"
            "CREATE TABLE under (id int, middle int REFERENCES middle);"
        )
    twin, _ = twin_of(shadow, database)
    filled = fill(twin, 2, (), MANAGED_SCHEMAS, only=["public.middle"])
    assert filled.rows == {"public.top": 2, "public.middle": 2, "public.under": 2}
