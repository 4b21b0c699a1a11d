"""Every change of what is kept, in the order in which they are made."""

from qianmian.foundation import Foundation
from qianmian.wiring.fulfilment import queueing_of_returns
from qianmian.wiring.members import adoption
from storage.mongo.kernel.migrating import Migration


def migrations_of(base: Foundation) -> tuple[Migration, ...]:
    """All of them; one is never taken out, and a new one has the next number."""
    return (adoption(base), queueing_of_returns(base))
