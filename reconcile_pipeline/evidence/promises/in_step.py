"""In step: replaying the directory gives production, and there is nothing to push."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.drift.model import Finding
from reconcile_pipeline.drift.words import count, listing
from reconcile_pipeline.evidence.model import Client, Replay, ReportFacts
from reconcile_pipeline.evidence.promises.promise import Promise, judged


def in_step(facts: ReportFacts) -> Promise:
    """Fails for any difference, any finding, unequal versions, and a client that would push."""
    reasons = [*_replay(facts.replay), *_findings(facts), *_client(facts.client)]
    replay, client = facts.replay, facts.client
    figures, proof = [], []
    if replay is not None:
        verb = "differs from" if replay.differences else "equals"
        objects = count(replay.objects, "object")
        figures.append(f"Replay {verb} production ({objects}){but_for(replay)}")
        proof.append(f"Replayed from nothing, compared {objects}.")
        proof += [f"Not compared, since it cannot be replayed: {each}." for each in replay.not_run]
        proof += [
            f"Replayed only with check_function_bodies = off: {each}." for each in replay.unchecked
        ]
        if replay.ignored:
            proof.append(
                f"Not compared, as reconcile.toml says: {listing(replay.ignored, limit=8)}."
            )
    if client is None:
        figures.append("nothing to push" if not reasons else "not in step")
        proof.append("The history tool's own client was not asked.")
    else:
        pending = count(len(client.pending), "file") if client.pending else "nothing"
        figures.append(f"{_name(client)}: {pending} to push")
        if client.equal and not client.pending:
            proof.append(f"{_name(client)}: local and remote are equal, nothing to push.")
    figure = "; ".join(figures)
    return judged("In step", figure[:1].upper() + figure[1:], proof, reasons)


def but_for(replay: Replay) -> str:
    """What the comparison leaves out, to be said wherever its outcome is."""
    left = []
    if replay.not_run:
        left.append(f"{count(len(replay.not_run), 'statement')} that the shadow cannot run")
    if replay.unchecked:
        left.append(f"{count(len(replay.unchecked), 'body', 'bodies')} of functions, not checked")
    if replay.ignored:
        left.append(f"{count(len(replay.ignored), 'object')} that reconcile.toml ignores")
    return f", but for {' and '.join(left)}" if left else ""


def _replay(replay: Replay | None) -> Iterator[str]:
    if replay is None or not replay.objects:
        yield "The directory was not replayed."
        return
    for difference in replay.differences:
        yield f"The replay differs from production: {difference}."


def _findings(facts: ReportFacts) -> Iterator[str]:
    for m in facts.after.migrations:
        if m.finding is not Finding.SYNCHRONIZED:
            yield f"{m.file or m.version}: {m.finding.value.replace('_', ' ')}."
    told = facts.replay.differences if facts.replay else ()
    for u in facts.after.unexplained:
        if str(u.id) not in told:
            yield f"{u.id} is still unexplained ({u.change.value})."
    local = {m.version for m in facts.after.migrations if m.file and m.version}
    odd = sorted(local ^ set(facts.history_after))
    if odd and facts.after.history_tool != "none":  # where nobody records anything, nothing differs
        yield f"Local and remote versions differ: {listing(odd)} on one side only."


def _client(client: Client | None) -> Iterator[str]:
    if client is not None and not client.equal:
        yield f"{_name(client)} lists versions that are not on both sides."
    if client is not None and client.pending:
        yield f"{_name(client)} would still push {listing(client.pending)}."


def _name(client: Client) -> str:
    return f"{client.name} {client.version}".strip()
