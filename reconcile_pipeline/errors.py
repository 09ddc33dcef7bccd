"""Every error a user can meet.

ReconcileError            exit 2; says what happened, that nothing was changed, what to do next
├── ConfigError           reconcile.toml or an option is wrong
├── TargetError           a database cannot be reached, read, or is the wrong one
├── DirectoryError        the migrations directory cannot be used
├── HistoryError          the history table is not one we understand
├── ShadowError           the throwaway server cannot do its work
├── PlanError             a plan cannot be made, read, or is for another production
├── ApprovalError         no approval, or an approval for something else
├── ApplyError            a step did not finish; says what holds and what does not
└── EvidenceError         the evidence cannot be written, or does not verify
"""

from __future__ import annotations

NOTHING = "Nothing was changed."


class ReconcileError(Exception):
    """An expected failure, fit to be shown to a person.

    `message` says what happened; `hint` what to do next; `changed` what was changed in production
    before the failure (by default: nothing).
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", changed: str = NOTHING) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.changed = changed

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.changed, self.hint) if part)


class ConfigError(ReconcileError):
    """reconcile.toml or a command's option cannot be used."""


class TargetError(ReconcileError):
    """A target database cannot be reached or read, or is not the one that was meant."""


class DirectoryError(ReconcileError):
    """The migrations directory cannot be used."""


class HistoryError(ReconcileError):
    """The migration history is in a shape that we do not understand."""


class ShadowError(ReconcileError):
    """The throwaway server, or a database on it, cannot be used."""


class PlanError(ReconcileError):
    """A plan cannot be made or read, or was made for another production."""


class ApprovalError(ReconcileError):
    """There is no approval, or it is for another plan, target or production."""


class ApplyError(ReconcileError):
    """A step did not finish.

    `reason`: the cause alone, without the step's name, and `sqlstate`: PostgreSQL's code of it;
    both are empty where the cause is not a statement that the server refused. `statement`: which of
    the step's, from 1; 0 where it is none of them.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        changed: str = NOTHING,
        reason: str = "",
        sqlstate: str = "",
        statement: int = 0,
    ) -> None:
        super().__init__(message, hint=hint, changed=changed)
        self.reason = reason
        self.sqlstate = sqlstate
        self.statement = statement


class EvidenceError(ReconcileError):
    """Evidence cannot be written, or does not verify."""
