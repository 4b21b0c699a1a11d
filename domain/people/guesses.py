"""Codes can't be tried out: after thirty that were none in a minute, whoever tries has to wait.

Tries under way count too, so that it is more than the tills of a store ask at once.
"""

from datetime import timedelta

from domain.kernel.refusals import TooMany
from domain.people.act import Act
from domain.people.limits import Limit, Tallies, Tally

GUESSES = Limit(name="codes", most=30, window=timedelta(minutes=1))


async def count_guess(tallies: Tallies, act: Act, *where: str) -> Tally:
    """Count a try of the viewer's, for a store if it is one's, before the code is looked up.

    Whoever had a true one gives it back.
    """
    tally = GUESSES.tally(act.at, act.viewer.id, *where)
    if not await tallies.count(tally):
        raise TooMany(
            f"{GUESSES.most} codes were none within a minute; wait a minute and try again.",
            field=["code"],
        )
    return tally
