"""The access matrix as values: who can do what on each table, and how two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What somebody does to a table's rows. TRUNCATE is outside row-level security."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    TRUNCATE = "truncate"


class Reach(StrEnum):
    """How far an action reaches; from the least to the most."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


class Direction(StrEnum):
    """How access changed. `changed`: the rule is another one, and nothing shows which is wider."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one subject can do with one table.

    `rows` of the table's `of` rows were reached, each counted up to a limit; None where not probed.
    `rule`: the policies' condition, combined; empty where none applies. `note`: why it is unsure.
    """

    subject: str
    table: str
    action: Action
    reach: Reach
    rule: str = ""
    rows: int | None = None
    of: int | None = None
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it in a matrix."""
        return self.subject, self.table, self.action.value


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells. `probes`: questions asked under a role. `notes`: what could not be asked."""

    subjects: tuple[str, ...]
    cells: tuple[Cell, ...]
    probes: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One cell that is not what it was. `new_table`: the table was not there before."""

    subject: str
    table: str
    action: Action
    direction: Direction
    before: str
    after: str
    new_table: bool = False


def compare(before: Matrix, after: Matrix) -> tuple[AccessChange, ...]:
    """What widened, narrowed or otherwise changed, of the subjects that both matrices know."""
    old = {cell.key: cell for cell in before.cells}
    tables = {cell.table for cell in before.cells}
    changes = []
    for cell in after.cells:
        if cell.subject not in before.subjects:
            continue
        was = old.get(cell.key) or Cell(cell.subject, cell.table, cell.action, Reach.NONE)
        if direction := _direction(was, cell):
            changes.append(
                AccessChange(
                    cell.subject, cell.table, cell.action, direction,
                    describe(was), describe(cell), cell.table not in tables,
                )
            )  # fmt: skip
    return tuple(changes)


def describe(cell: Cell) -> str:
    """A cell in words: `none`, `some (3 of 5 rows)`, `all`."""
    if cell.rows is None or cell.of is None or cell.reach is Reach.NONE:
        return cell.reach.value
    return f"{cell.reach.value} ({cell.rows} of {cell.of} rows)"


def _direction(before: Cell, after: Cell) -> Direction | None:
    order = list(Reach)
    step = order.index(after.reach) - order.index(before.reach)
    if before.rule == after.rule and before.of != after.of and Reach.NONE not in (
        before.reach, after.reach
    ):  # fmt: skip
        return None  # the same rule over other rows
    if step:
        return Direction.WIDENED if step > 0 else Direction.NARROWED
    more = (after.rows or 0) - (before.rows or 0)
    if more and None not in (before.rows, after.rows) and before.of == after.of:
        return Direction.WIDENED if more > 0 else Direction.NARROWED
    if before.rule != after.rule and after.reach is Reach.SOME:
        return Direction.CHANGED
    return None
