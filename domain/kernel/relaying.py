"""Bringing facts from the documents in which they were said into the stream."""

from datetime import UTC, datetime, timedelta

from domain.kernel.facts import Outboxes, Stream
from domain.kernel.following import LEASE, LOOK_EVERY, Place, Places

# Under this name a process has the relay to itself, beside the followers' names.
RELAY = "relay"

# So many documents are emptied at a time.
MOST_OUTBOXES = 2_000
# While nothing is said, it is looked this often whether others have said something.
QUIET = timedelta(seconds=1)


async def relay(
    outboxes: Outboxes, stream: Stream, *, most: int = MOST_OUTBOXES, everywhere: bool = True
) -> int:
    """Bring waiting facts into the stream; tell from how many documents.

    If not `everywhere`, only what this process has said lately.

    Cut short, or done by two at once, it repeats what the stream knows already and loses nothing:
    a fact leaves its document only once it is in the stream.
    """
    waiting = await outboxes.waiting(most, everywhere=everywhere)
    if waiting:
        await stream.append([fact for outbox in waiting for fact in outbox.facts])
        await outboxes.clear(waiting)
    return len(waiting)


class Relaying:
    """One process's part in relaying: it relays, or waits until the one that does has ended.

    One at a time is enough; two at once do twice the work and no harm. At every turn it looks where
    this process has said something lately, and everywhere as long as others say something.
    """

    def __init__(self, outboxes: Outboxes, stream: Stream, places: Places) -> None:
        self._quiet_until = datetime(1970, 1, 1, tzinfo=UTC)
        self._outboxes = outboxes
        self._stream = stream
        self._places = places
        self._place: Place | None = None
        self._look_at = datetime(1970, 1, 1, tzinfo=UTC)

    async def turn(self, now: datetime) -> bool:
        """Relay what waits; tell whether more was waiting than is relayed at a time."""
        if now >= self._look_at:
            place, until = self._place, now + LEASE
            if place is None or not await self._places.move(place, until=until):
                place = await self._places.claim(RELAY, begin_at=0, now=now, until=until)
            self._place, self._look_at = place, now + LOOK_EVERY
        if self._place is None:
            return False
        relayed = await relay(self._outboxes, self._stream, everywhere=False)
        if now >= self._quiet_until:
            others = await relay(self._outboxes, self._stream)
            self._quiet_until = now if others else now + QUIET
            relayed = max(relayed, others)
        return relayed >= MOST_OUTBOXES

    async def stop(self) -> None:
        """Let other processes relay at once."""
        if self._place is not None:
            await self._places.move(self._place, until=datetime(1970, 1, 1, tzinfo=UTC))
            self._place = None
