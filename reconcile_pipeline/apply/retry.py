"""Try again, a bounded number of times, where somebody else is in the way.

The pauses double and are never in step with others (exponential backoff with jitter, by stamina).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from reconcile_pipeline.apply.context import Context
from reconcile_pipeline.apply.failures import RETRY, Blocked


class Attempt(Protocol, AbstractContextManager[None]):
    """One try, to be entered with `with`. `num` counts from 1."""

    @property
    def num(self) -> int:
        """Which one it is."""


def attempts(context: Context, step: str = "") -> Iterator[Attempt]:
    """The tries, as many as the context's limits allow; the first that succeeds is the last.

    Errors that another try cannot mend, and the last try's, pass through.
    """
    import stamina
    from stamina import instrumentation

    instrumentation.set_on_retry_hooks(())  # what it would log, the journal and progress say
    limits = context.limits
    for attempt in stamina.retry_context(
        on=(*RETRY, Blocked),
        attempts=limits.tries,
        timeout=None,
        wait_initial=limits.first_pause_s,
        wait_max=limits.longest_pause_s,
        wait_jitter=limits.first_pause_s,
    ):
        if attempt.num > 1:
            text = f"somebody holds a lock; this is try {attempt.num} of {limits.tries}"
            context.say(step, text)
        yield attempt
