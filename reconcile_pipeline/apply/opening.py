"""Open a target for one plan: connection, lock, journal, gate. There is no other way in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from reconcile_pipeline.apply import lock
from reconcile_pipeline.apply.approval import no_approval
from reconcile_pipeline.apply.backfills.backfill import check_admins
from reconcile_pipeline.apply.connection import connect_to_write
from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.directory.states import check_writable, only_ours
from reconcile_pipeline.apply.facts import gather
from reconcile_pipeline.apply.failures import unreadable
from reconcile_pipeline.apply.gate import Own, check_place, check_unchanged
from reconcile_pipeline.apply.journal import Journal
from reconcile_pipeline.apply.outside import settle_crash
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.catalog.connect import hush
from reconcile_pipeline.errors import NOTHING, ReconcileError
from reconcile_pipeline.plan.codec import plan_hash


@contextmanager
def opened(request: Request, *, changed_is_fine: bool = False) -> Iterator[Context]:
    """A context that has passed the gate. Raises the errors of each thing that can be in the way.

    `changed_is_fine`: let production or directory differ from what the plan left; for looking, not
    for applying. The approval and the place must fit all the same.
    """
    if request.approval is None:
        raise no_approval()
    for step in request.plan.steps:
        check_admins(request.plan, step, request.admins)
    hush()
    with connect_to_write(request.dsn) as connection:
        try:
            lock.acquire(connection)
            facts = gather(
                connection, request.target, request.fingerprint, lambda: request.inventory().sha256
            )
        except psycopg.Error as error:
            raise unreadable(connection, request.dsn, error, "Nothing was changed.") from None
        approval = check_place(request.plan, request.approval, facts)
        with Journal(request.run_folder, plan_hash(request.plan)) as journal:
            context = Context(
                connection, request.plan, journal, request.fingerprint,
                request.progress, request.limits, without_index=request.without_index,
            )  # fmt: skip
            try:
                if not changed_is_fine:
                    settle_crash(context)
                    own = _own(context, request, facts.inventory_sha256)
                    check_unchanged(request.plan, facts, own)
                    check_writable(request.plan.files, request.root)
                    journal.write("opened", person=approval.person, approved=approval.time)
                yield context
            except ReconcileError as error:
                if error.changed == NOTHING:  # as where the journal itself cannot be written
                    error.changed = context.changed()
                raise
            finally:
                context.flusher.close()


def _own(context: Context, request: Request, inventory: str) -> Own:
    """What this plan has made of production and directory, as far as its run folder knows."""
    ours = only_ours(request.plan.files, request.root, request.run_folder)
    return Own(context.journal.fingerprints(), frozenset({inventory} if ours else ()))
