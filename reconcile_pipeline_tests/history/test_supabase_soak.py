"""Thousands of generated files, split by the real CLI and by us."""

from __future__ import annotations

import random

import psycopg
import pytest

from reconcile_pipeline.history.supabase_split import split
from reconcile_pipeline_tests.history import supabase_cli

PIECES = (
    "'", "''", '"', '""', "$$", "$", "$a$", "$1$", "$$$", "a", "E'", "e'", "xE'", "\\", "\\'", "--",
    "-", "/", "/*", "*/", "*", ";", ";", ";", "(", ")", "BEGIN ATOMIC", "begin\n atomic", "END",
    "end;", " ", "\n", "\r\n", "\t", "select 1", "case when 1 then 2 end", "é", "\u00a0", "😀", "E",
    "D", "c", "ATOMIC", "xBEGIN ATOMIC", "\x0b", "\u2028", "\x85", "\x1c", "ENDx", "_", "\r",
    "E'a'", "\n'", " - ", " -- ", "'a'",
)  # fmt: skip


@pytest.mark.soak
@pytest.mark.skipif(
    supabase_cli.find_cli() is None,
    reason="the Supabase CLI is not installed (npm i supabase, or set SUPABASE_CLI)",
)
@pytest.mark.parametrize("seed", range(10))
def test_the_cli_splits_generated_files_as_we_do(seed: int) -> None:
    cli = supabase_cli.find_cli()
    assert cli is not None
    generator = random.Random(seed)
    texts = {
        f"{number:04d}_x.sql": "".join(generator.choices(PIECES, k=generator.randint(1, 40)))
        for number in range(800)
    }
    with supabase_cli.server_over_tcp() as url:
        supabase_cli.repair(cli, url, {name: text.encode() for name, text in texts.items()})
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT version || '_x.sql', statements FROM supabase_migrations.schema_migrations"
            ).fetchall()
    assert {name: list(split(text)) for name, text in texts.items()} == dict(rows)
