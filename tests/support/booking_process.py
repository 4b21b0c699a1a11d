"""One process of several that book at random; run as `python -m tests.support.booking_process`.

It writes a line before and after each thing that it does, so that what was acknowledged is known
however it ends. With a number of writes it ends itself at the next one.
"""

import asyncio
import json
import os
import random
import sys
from dataclasses import replace

from domain.kernel.refusals import Refusal
from domain.service.bookings import Booking, BookingState
from domain.service.visiting import cancel_booking, confirm_booking, move_booking
from storage.mongo.kernel.database import connect
from tests.support.crashing import Crash, Crashing
from tests.support.salon import Salon, act_of, at

TIMES = [f"{hour}:{minute}" for hour in (14, 15, 16) for minute in ("00", "15", "30", "45")]
PLACES = [("S1", "G1"), ("S1", "G2"), ("S1", None), ("S2", "G3")]
CUSTOMERS, TURNS = 4, 25


class Booker:
    """A customer who does this and that with bookings of their own."""

    def __init__(self, salon: Salon, name: str, seed: str) -> None:
        self.salon, self.name, self.random = salon, name, random.Random(seed)
        self.own: list[Booking] = []

    async def run(self) -> None:
        for turn in range(TURNS):
            say("begin", self.name)
            try:
                booking = await self.turn(f"k{turn}")
            except Refusal as refusal:
                say("refused", self.name, refusal.code.value)
            else:
                say("end", self.name, booking.id, *told(booking))

    async def turn(self, key: str) -> Booking:
        time, (store, advisor) = self.random.choice(TIMES), self.random.choice(PLACES)
        act = act_of(self.name)
        if not self.own or self.random.random() < 0.35:
            service = self.random.choice(["fitting", "measuring"])
            wish = {"service": service, "store": store, "advisor": advisor}
            held = await self.salon.hold(self.name, time, key=key, **wish)
            self.own.append(held)
            return held
        chosen = self.random.choice(self.own)
        way = self.random.random()
        if way < 0.25:
            return await cancel_booking(self.salon.visits, act, chosen.id)
        if way < 0.4:
            return await confirm_booking(self.salon.visits, act, chosen.id)
        where = {"advisor_id": advisor, "store_id": store}
        return await move_booking(self.salon.visits, act, chosen.id, starts_at=at(time), **where)


def told(booking: Booking) -> list[str]:
    """What somebody was told of a booking."""
    if booking.state is BookingState.CANCELLED:
        return [booking.state.value]
    place = booking.place
    return [booking.state.value, place.store_id, place.advisor_id, place.starts_at.isoformat()]


def say(*words: str) -> None:
    """Write a line that is there even if the process ends now."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def book(uri: str, name: str, process: str, seed: str, writes: int) -> None:
    """Let customers book at random, all at once."""
    database = connect(uri, name)
    salon = Salon(database)
    if writes:
        calendars = Crashing(salon.holding.slots.calendars, "save", after=True, spared=writes)
        slots = replace(salon.holding.slots, calendars=calendars)
        salon.holding = replace(salon.holding, slots=slots)
        salon.visits = replace(salon.visits, holding=salon.holding)
    bookers = [Booker(salon, f"{process}{n}", f"{seed} {process} {n}") for n in range(CUSTOMERS)]
    try:
        await asyncio.gather(*(one.run() for one in bookers))
    except Crash:
        os._exit(0)
    database.client.close()


if __name__ == "__main__":
    [_, uri, name, process, seed, writes] = sys.argv
    asyncio.run(book(uri, name, process, seed, int(writes)))
