"""Errors as the Dagster UI shows them: what happened, what to do next, and never a secret."""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.redact import redact


def clean(text: str, dsns: Sequence[str] = ()) -> str:
    """The text without these connection strings' secrets, and without anybody's address."""
    for dsn in dsns or ("",):
        text = redact(text, dsn)
    return text


@contextmanager
def told(dsns: Sequence[str] = ()) -> Iterator[None]:
    """Make of every error one that may be shown: Dagster keeps an error's text for ever.

    `dsns` may grow meanwhile. `from None` drops the original, whose text Dagster would keep, too.
    """
    try:
        yield
    except ReconcileError as error:
        raise dg.Failure(
            clean(f"{error.message} {error.changed}".strip(), dsns),
            metadata={"what to do next": clean(error.hint, dsns)} if error.hint else {},
            allow_retries=False,
        ) from None
    except (dg.Failure, dg.DagsterError):
        raise
    except Exception as error:
        name = type(error).__name__
        where = clean("".join(traceback.format_exception(error)), dsns)
        raise dg.Failure(
            f"Something unforeseen happened: {name}. {clean(str(error), dsns)[:300]}",
            metadata={"where": dg.MetadataValue.md(f"```\n{where}\n```")},
            allow_retries=False,
        ) from None
