"""No secret and no address in any byte that is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.evidence.bundle import Bundle
from reconcile_pipeline.evidence.model import StepRun
from reconcile_pipeline.evidence.publish import publish
from reconcile_pipeline.evidence.redaction import Redactor
from reconcile_pipeline.evidence.verify import verify
from reconcile_pipeline_tests.evidence import cases

PASSWORD = "hunter2 p@ss/w:rd"
DSN = "postgresql://reader:hunter2%20p%40ss%2Fw%3Ard@db.example.com:5432/postgres"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl-x"
BCRYPT = "$2a$10$" + "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

PLANTED = {
    "the password": PASSWORD,
    "the password as in the URL": "hunter2%20p%40ss%2Fw%3Ard",
    "the whole DSN": DSN,
    "another URL": "redis://:tellnobody@cache/0",
    "libpq's other form": "host=db password='tell nobody' user=me",
    "an address": "alice.smith+x@mail.example.com",
    "an address after a line end": "\nbob@example.org",
    "an address in capitals": "CAROL@EXAMPLE.NET",
    "an address with umlauts": "jörg@exämple.de",
    "a role's password": "CREATE ROLE app LOGIN PASSWORD 'tell''nobody'",
    "a dollar-quoted one": "ALTER ROLE app PASSWORD $x$tellnobody$x$",
    "a hashed one": "crypt('tellnobody', gen_salt('bf'))",
    "one in PL/pgSQL": "api_key := 'tellnobody';",
    "one in a declaration": "DECLARE app_secret text := 'tellnobody';",
    "a column's default": "api_token varchar(40) NOT NULL DEFAULT 'tellnobody'",
    "one in a literal of a literal": "'DECLARE app_secret text := ''tellnobody''; BEGIN'",
    "an address in SQL's quotes": "DEFAULT 'bob@example.org'",
    "one in a JSON literal": '\'{"client_secret": "tellnobody"}\'',
    "one in jsonb_build_object": "jsonb_build_object('password', 'tellnobody')",
    "a service key": f"Bearer {JWT}",
    "a Supabase key": "sb_secret_tellnobodytellnobody",
    "what PostgreSQL keeps": "SCRAM-SHA-256$4096:dGVsbG5vYm9keQ==$dGVsbA==:bm9ib2R5",
    "what auth.users keeps": BCRYPT,
    "a private key": "-----BEGIN PRIVATE KEY-----\ntellnobody\n-----END PRIVATE KEY-----",
}
FORBIDDEN = (
    *("tellnobody", "tell nobody", "tell''nobody", "hunter2", "p@ss/w:rd", "p%40ss"),
    *("alice", "smith", "bob@", "CAROL", "jörg", "example.org", "EXAMPLE.NET", "exämple"),
    *(JWT, BCRYPT, "dGVsbG5vYm9keQ", "bm9ib2R5"),
)


def _search(data: bytes) -> list[str]:
    text = data.decode("utf-8")
    return [word for word in FORBIDDEN if word in text]


@pytest.mark.parametrize("what", PLANTED)
def test_a_secret_in_a_text_is_masked(what: str) -> None:
    masked = Redactor([DSN]).text(f"before {PLANTED[what]} after")
    assert not _search(masked.encode())
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_secrets_planted_everywhere_are_in_no_byte_that_is_written(tmp_path: Path) -> None:
    poison = " ; ".join(PLANTED.values())
    facts = cases.facts("worse")
    migrations = tuple(
        replace(
            m,
            name=f"{m.name} {poison}",
            hazards=(poison,),
            report=m.report
            and replace(
                m.report,
                reason=poison,
                statements=tuple(
                    replace(
                        s,
                        sql=poison,
                        reason=poison,
                        error=poison,
                        effects=tuple(replace(e, fact=poison) for e in s.effects),
                    )
                    for s in m.report.statements
                ),
            ),
        )
        for m in facts.before.migrations
    )
    column = ObjectId(Kind.COLUMN, "public.users.bob@example.org")
    by_hand = Unexplained(
        column, HandChange.ADDED, None, {"default": poison, poison: 1}, (poison,), None, poison
    )
    report = replace(facts.before, migrations=migrations, unexplained=(by_hand,), notes=(poison,))
    plan = replace(
        facts.plan,
        steps=tuple(replace(s, statements=(poison,), purpose=poison) for s in facts.plan.steps),
        declined={poison: poison},
        warnings=(poison,),
    )
    facts = replace(
        facts,
        before=report,
        after=report,
        plan=plan,
        steps=tuple(StepRun(run.step, run.outcome, detail=poison) for run in facts.steps),
        approved_by=PLANTED["an address"],
        left=(poison,),
    )
    bundle = Bundle.create(tmp_path / "run", dsns=[DSN])
    bundle.add("settings", {"password": "tellnobody", "nested": [{"api_key": "tellnobody"}]})
    bundle.add("keys", {poison: poison, "path": Path("/home/alice@example.com/x")})
    bundle.add_text("notes.txt", poison)
    publish(bundle, facts)

    written = {path.name: path.read_bytes() for path in bundle.folder.iterdir()}
    assert len(written) == 8
    assert {name: found for name, data in written.items() if (found := _search(data))} == {}
    assert verify(bundle.folder, bundle.head).ok


def test_keys_that_masking_makes_alike_are_both_kept() -> None:
    value = Redactor().value({"ann@example.com": 1, "abe@example.com": 2})
    assert isinstance(value, dict)
    assert sorted(value.values()) == [1, 2]


def test_a_database_whose_password_is_a_word_of_ours_still_has_its_findings(tmp_path: Path) -> None:
    facts = cases.facts()
    bundle = Bundle.create(tmp_path / "run", dsns=["postgresql://me:applied@localhost/db"])
    assert publish(bundle, facts)[2].held
    assert b'"verdict":"applied"' in (bundle.folder / "01-facts.json").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "supabase@3.1.0",
        "a @> b AND c <@ d",
        "policy public.users.read_own is there",
        "9f" * 32,
        "the token column of public.sessions",
        "CREATE POLICY p ON public.t USING (auth.uid() = id)",
        "password reset is a column",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor([DSN]).text(text) == text


@given(st.lists(st.sampled_from([*PLANTED.values(), "'", '"', "=", " ", "\n", "@", "***"])))
def test_masking_twice_changes_nothing_more(parts: list[str]) -> None:
    redactor = Redactor([DSN])
    once = redactor.text("".join(parts))
    assert redactor.text(once) == once


def test_a_password_that_is_the_name_of_a_fact_took_it_away() -> None:
    value = Redactor(["postgresql://me:table@localhost/db"]).value({"table": "the table", "a b": 1})
    assert value == {"table": "the ***", "a b": 1}
