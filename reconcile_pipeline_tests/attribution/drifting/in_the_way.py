"""Something of a file's that was made by hand before it ran, in another shape: it is in its way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from psycopg.sql import SQL, Identifier

from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.migrations.references import names
from reconcile_pipeline_tests.attribution.drifting.fates import Run


def put(
    files: Sequence[MigrationFile], runs: Sequence[Run], chance: random.Random, share: float
) -> tuple[Run, ...]:
    """The runs, some of them with SQL by hand before them. `share`: of the files, at most."""
    found = []
    for file, run in zip(files, runs, strict=True):
        if share and chance.random() < share and (possible := list(_possible(file))):
            run = replace(run, before=chance.choice(possible))
        found.append(run)
    return tuple(found)


def _possible(file: MigrationFile) -> Iterator[str]:
    made: set[str] = set()
    for statement in file.statements:
        named = names(statement.sql)
        tag = statement.tag.upper()
        for identity in sorted(named.created):
            schema, _, rest = identity.partition(".")
            name, _, part = rest.partition(".")
            if tag == "ALTER TABLE" and " column" in statement.sql.lower():
                if part and f"{schema}.{name}" not in made:
                    yield (
                        SQL("ALTER TABLE {} ADD COLUMN {} varchar(77)")
                        .format(Identifier(schema, name), Identifier(part))
                        .as_string(None)
                    )
            elif tag == "CREATE INDEX" and not part:
                for table in sorted(named.mentioned - made):
                    yield (
                        SQL("CREATE INDEX {} ON {} ((77))")
                        .format(Identifier(name), Identifier(*table.split(".", 1)))
                        .as_string(None)
                    )
        made |= named.created
