"""Codes can't be tried out: after ten that were none within a minute, whoever tries has to wait."""

from datetime import timedelta

from domain.kernel.refusals import TooMany
from domain.people.act import Act
from domain.people.limits import Limit, Tallies, Tally

GUESSES = Limit(name="codes of promotions", most=10, window=timedelta(minutes=1))


async def count_guess(tallies: Tallies, act: Act) -> Tally:
    """Count a try before it is looked at; whoever had a true code gives it back."""
    tally = GUESSES.tally(act.at, act.viewer.id)
    if not await tallies.count(tally):
        raise TooMany(
            f"{GUESSES.most} codes were none within a minute; wait a minute and try again.",
            field=["code"],
        )
    return tally
