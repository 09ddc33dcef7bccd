"""Hazards of a plan's steps."""

from __future__ import annotations

from reconcile_pipeline.migrations.model import Severity
from reconcile_pipeline.plan.judging import judged

ON = "ALTER TABLE papers ENABLE ROW LEVEL SECURITY"


def test_a_plan_switched_row_level_security_on_and_did_not_say_so() -> None:
    (said,) = (h for h in judged([ON], strict=False) if h.rule == "narrows_access")
    assert said.severity is Severity.WARNING and said.objects == ("public.papers",)
    # Nobody used a table that the step itself makes.
    new = judged(["CREATE TABLE papers (id int)", ON], strict=False)
    assert "narrows_access" not in {h.rule for h in new}
    assert len([h for h in judged([ON], strict=True) if h.rule == "narrows_access"]) == 1
    off = judged(["ALTER TABLE papers NO FORCE ROW LEVEL SECURITY"], strict=False)
    assert "narrows_access" not in {h.rule for h in off}


def test_what_a_step_makes_anew_was_said_to_be_out_of_reach() -> None:
    drop, make = "DROP POLICY IF EXISTS own ON papers", "CREATE POLICY own ON papers USING (true)"
    (said,) = (h for h in judged([drop, make], strict=False) if h.rule == "drops_object")
    assert said.severity is Severity.NOTICE
    assert said.message == "The policy public.papers.own is made anew."
    for statements in ([drop], [make, drop], [drop, make.replace("own", "other")]):
        (gone,) = (h for h in judged(statements, strict=False) if h.rule == "drops_object")
        assert gone.severity is Severity.WARNING


def test_a_plan_took_privileges_away_and_did_not_say_so() -> None:
    revoke = "REVOKE EXECUTE ON FUNCTION read_it(int) FROM PUBLIC, anon"
    (said,) = judged([revoke], strict=False)
    assert said.severity is Severity.WARNING
    assert said.message == "Takes privileges on public.read_it away: whoever used them fails."
    make = "CREATE FUNCTION read_it(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
    grant = "GRANT EXECUTE ON FUNCTION read_it(int) TO reader"
    for statements in ([make, revoke], [revoke, grant], ["REVOKE reader FROM writer"]):
        assert "privileges on" not in " ".join(h.message for h in judged(statements, strict=False))


def test_a_table_that_nobody_uses_yet_was_said_to_be_locked() -> None:
    make = 'CREATE TABLE "Papers" (id int, writer int)'
    upon = [
        'CREATE INDEX papers_id ON "Papers" (id)',
        'ALTER TABLE "Papers" ADD CONSTRAINT of FOREIGN KEY (writer) REFERENCES writers (id)',
        'ALTER TABLE "Papers" ALTER id SET NOT NULL',
    ]
    told = {h.rule: h.objects for h in judged([make, *upon], strict=False)}
    assert told == {"blocks_writes": ("public.writers",)}
    for statements in (upon, [*upon, make]):
        severities = [h.severity for h in judged(statements, strict=False)]
        assert severities.count(Severity.WARNING) == 3
