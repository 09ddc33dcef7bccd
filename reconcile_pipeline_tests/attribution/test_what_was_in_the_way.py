"""What the accuracy harness takes for changed by hand, where something was in a file's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.attribution.drifting.fates import Fate, Run
from reconcile_pipeline_tests.attribution.drifting.production import Truth, build, undisturbed


@pytest.fixture
def production(server: Server) -> Iterator[str]:
    """The name of a database that is dropped afterwards."""
    name = "in_the_way"
    yield name
    drop_database(server, name)


def test_columns_of_a_refused_statement_counted_as_removed_by_hand(
    server: Server, production: str, tmp_path: Path
) -> None:
    (tmp_path / "001_people.sql").write_text("CREATE TABLE public.people (id int, old int);\n")
    (tmp_path / "002_more.sql").write_text(
        "ALTER TABLE public.people ADD COLUMN town text, ADD COLUMN street text;\n"
        "CREATE INDEX people_street ON public.people (street);\n"
    )
    files = take_inventory(tmp_path).files
    in_the_way = "ALTER TABLE public.people ADD COLUMN town varchar(7)"
    runs = (Run(Fate.WHOLE, (0,), True), Run(Fate.WHOLE, (0, 1), True, in_the_way))

    def by_hand(connection: Connection[Any]) -> None:
        connection.execute("ALTER TABLE public.people DROP COLUMN old")

    def clean(other: Sequence[Run], watched: bool) -> Truth:
        return build(server, production, files, other, lambda _: None, watched=watched)

    truth = build(server, production, files, runs, by_hand)
    assert truth.refused == {(1, 0), (1, 1)}
    told = {(d.id.identity, d.change.value) for d in undisturbed(truth, clean).by_hand}
    assert told == {("public.people.town", "altered"), ("public.people.old", "dropped")}
