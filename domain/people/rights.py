"""A row of the table of rights: an action, the operations that do it, whose roles reach where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from domain.people.roles import Role
from domain.people.scopes import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Who may do one thing, and with whose.

    `operations` are the fields of the API that do it, and routes such as `GET /assets/{id}`; it is
    empty where an action decides about a part of an answer.
    """

    action: str
    operations: tuple[str, ...]
    reach: Mapping[str, frozenset[Scope]]

    def scopes(self, role: str) -> frozenset[Scope]:
        """How far it goes for a role; nowhere for one that may not."""
        return self.reach.get(role, frozenset())

    def lets(self, role: str) -> bool:
        """Whether a role may, with anything at all."""
        return role in self.reach

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that may, in the order of the enumeration."""
        return tuple(role for role in Role if role in self.reach)


def row(action: str, operations: str = "", **scopes: Collection[str]) -> Right:
    """One row: `row("transfer.send", "stockTransferSend", store=SHOP, all=OFFICE)`.

    `operations` have spaces between them, a route's method and path a colon: `GET:/s/{code}`.
    """
    reach: dict[str, frozenset[Scope]] = {}
    for name, roles in scopes.items():
        for role in roles:
            reach[role] = reach.get(role, frozenset()) | {Scope[name.upper()]}
    return Right(action=action, operations=tuple(operations.split()), reach=reach)


def by_action(*rows: Right) -> "RightsTable":
    """The table; an action or an operation that stands in it twice is a fault."""
    table = {one.action: one for one in rows}
    operations = [operation for one in rows for operation in one.operations]
    twice = {one for one in operations if operations.count(one) > 1}
    if len(table) < len(rows) or twice:
        actions = [one.action for one in rows]
        twice |= {one for one in actions if actions.count(one) > 1}
        raise ValueError(f"twice in the table of rights: {', '.join(sorted(twice))}")
    return RightsTable(table)


class RightsTable(dict[str, Right]):
    """The table by its actions, which says what to do where one is missing."""

    def __missing__(self, action: str) -> Right:
        raise LookupError(
            f"There is no action {action!r}: add `row({action!r}, …)` to domain/people/actions.py."
        )

    @cached_property
    def operations(self) -> Mapping[str, Right]:
        """Each operation's row."""
        return {operation: one for one in self.values() for operation in one.operations}

    def of_operation(self, operation: str) -> Right:
        """The row that decides about an operation; about one that is in none, for nobody."""
        return self.operations.get(operation) or row(operation, operation)
