"""Write the matrix of who may do what, docs/rights.md, from the table of rights."""

from collections.abc import Iterator

from domain.people.actions import RIGHTS
from domain.people.rights import Right
from domain.people.roles import ANONYMOUS_ROLE, Role
from domain.people.scopes import Scope
from scripts.bootstrap import ROOT, say

FILE = ROOT / "docs" / "rights.md"
COLUMNS = (ANONYMOUS_ROLE, *Role)
HEAD = """# Who may do what

Written by `scripts/rights` from the one table that the service asks, `domain/people/actions.py`.

A cell says whose things a role may do something with: its **own**, those of its **bonded
customers**, its **store**'s, its **region**'s, those of the **owner** that it is, what came through
its **channel**, its **department**'s, or **all**. An empty cell is a refusal. A field of the API
that is in no row is refused to everybody; a row without fields decides about a part of an answer.

A feed's cell is also what a key may be for: a key that a store, an owner or a channel bounds has
that scope alone, any other has **all**, and each only of the actions that it names, beside what
anybody may.

"""


def main() -> int:
    """Write the page."""
    FILE.write_text(page(), encoding="utf-8")
    say(f"wrote {FILE.relative_to(ROOT)}")
    return 0


def page() -> str:
    """The whole page."""
    return HEAD + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    names = [role.lower().replace("_", " ") for role in COLUMNS]
    yield f"| action | fields and routes | {' | '.join(names)} |"
    yield "| --- " * (len(COLUMNS) + 2) + "|"
    for right in RIGHTS.values():
        cells = [_cell(right, role) for role in COLUMNS]
        operations = " ".join(f"`{one.replace(':', ' ', 1)}`" for one in right.operations)
        yield f"| {right.action} | {operations} | {' | '.join(cells)} |"


def _cell(right: Right, role: str) -> str:
    scopes = right.scopes(role)
    if Scope.ALL in scopes and role is not Role.FEED:
        return "all"
    return ", ".join(one.value for one in Scope if one in scopes)


if __name__ == "__main__":
    raise SystemExit(main())
