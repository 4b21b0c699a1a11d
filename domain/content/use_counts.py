"""How often guides have taken a post up, which lists can be ordered by."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ports import Ports
from domain.people.act import Act

USE_FACTS = frozenset({FactKind("link.made")})


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCountPorts(Ports):
    """What counting the uses of posts needs: a number for each post."""

    counts: Folds[int]


async def count_uses(ports: UseCountPorts, act: Act, batch: Batch) -> None:
    """Count the share links that were made of posts."""
    of_post: dict[str, list[Fact]] = defaultdict(list)
    for fact in batch.facts:
        if fact.data["kind"] == "POST":
            of_post[fact.data["target"]].append(fact)
    await ports.counts.fold(batch, of_post, _more)


def _more(count: int | None, facts: Sequence[Fact]) -> int:
    return (count or 0) + len(facts)
