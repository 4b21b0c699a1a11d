"""Twenty customers who want one advisor at the same time, and what becomes of them."""

import itertools
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.kernel.days import BEIJING, beijing_day
from scripts.client import Client, Refused
from scripts.demo_brand import PASSWORD
from scripts.telling import WentWrong, expect, refused, say, soon, step

STORE, GUIDE = "S0001", "G0001-1"
GUIDE_CODE = "sandbox:guide-0001-1"
CUSTOMERS = 20
WAITING_LIST_S = 60.0

END = "userErrors { code field message }"
OFFER = f"""mutation {{ bookableServiceSet(input: {{
  id: "fitting", name: "一对一试穿", lengthMin: 30, afterMin: 10, resource: "ROOM" }}) {{
  service {{ name lengthMin afterMin }} {END} }} }}"""
ROOMS = f"""mutation($store: ID!) {{
  storeResourcesSet(storeId: $store, resources: [{{ name: "ROOM", count: 2 }}]) {{ {END} }} }}"""
SHIFTS = f"""mutation($guide: ID!, $shifts: String!) {{
  advisorSet(guideId: $guide, shifts: $shifts, serviceIds: ["fitting"]) {{
    advisor {{ shifts guide {{ name }} }} {END} }} }}"""
SLOTS = """query($store: ID!, $guide: ID!, $day: String!) {
  bookingSlots(serviceId: "fitting", storeId: $store, advisorId: $guide, day: $day) {
    startsAt } }"""
BOOKING = "booking { id state startsAt advisor { name } }"
HOLD = f"""mutation($store: ID!, $guide: ID!, $at: DateTime!, $key: String!) {{
  bookingHold(input: {{ serviceId: "fitting", storeId: $store, startsAt: $at,
    advisorId: $guide }}, idempotencyKey: $key) {{ {BOOKING} {END} }} }}"""
CONFIRM = f"mutation($id: ID!) {{ bookingConfirm(id: $id) {{ {BOOKING} {END} }} }}"
CANCEL = f"mutation($id: ID!) {{ bookingCancel(id: $id) {{ {BOOKING} {END} }} }}"
MOVE = f"""mutation($id: ID!, $at: DateTime!) {{
  bookingMove(id: $id, startsAt: $at) {{ {BOOKING} {END} }} }}"""
WAIT = f"""mutation($store: ID!, $guide: ID!, $day: String!) {{ bookingWaitJoin(input: {{
  serviceId: "fitting", storeId: $store, advisorId: $guide, day: $day }}) {{ {END} }} }}"""
MINE = "{ ownBookings(first: 5) { nodes { id state startsAt heldUntil } } }"
DAY = """query($store: ID!, $day: String!) { storeBookings(storeId: $store, day: $day, first: 50) {
  nodes { state startsAt advisor { name } } } }"""
SHOP = "query($id: ID!) { store(id: $id) { position { longitude latitude datum } } }"
MATCH = """query($position: PositionInput!) { advisorMatch(position: $position) {
  reason loadMin guide { name } store { name } } }"""


async def tell(url: str) -> None:
    """Tell the story on a running service that has the demo brand."""
    client = Client(url)
    day, times = arranged(client)
    winner, booked = twenty_at_one_slot(client, times[0])
    moved_and_refused(client, winner, booked, times)
    waited_for(client, winner, booked, day)
    seen_in_the_store(client, day)
    matched(client)


def arranged(client: Client) -> tuple[str, list[str]]:
    """A service, rooms and an advisor's shifts; returns a day and its free times."""
    step("1  A service, two rooms, and an advisor's shifts")
    office = client.signed_in("office", PASSWORD)
    manager = client.signed_in("manager", PASSWORD)
    service = office.run(OFFER)["bookableServiceSet"]["service"]
    say(f"{service['name']}: {service['lengthMin']} minutes and {service['afterMin']} to tidy up")
    manager.run(ROOMS, store=STORE)
    shifts = "10:00-12:00,13:00-21:00"
    advisor = manager.run(SHIFTS, guide=GUIDE, shifts=shifts)["advisorSet"]["advisor"]
    say(f"{advisor['guide']['name']} is at work {advisor['shifts']}")
    # A day that nobody who told this story before has booked.
    for ahead in range(1, 60):
        day = str(beijing_day(datetime.now(UTC)) + timedelta(days=ahead))
        times = free_times(client, day)
        if times and clock(times[0]) == "10:00":
            say(f"free on {day}: {', '.join(map(clock, times[:6]))} …")
            return day, times
    raise WentWrong("expected: a day with free times")


def twenty_at_one_slot(client: Client, time: str) -> tuple[Client, str]:
    """Twenty ask for one time at once; returns who got it, and what."""
    step(f"2  {CUSTOMERS} customers want {clock(time)} at the same moment")
    members = [a_member(client) for _ in range(CUSTOMERS)]

    def ask(member: Client) -> dict[str, Any] | str:
        try:
            return held(member, time)
        except Refused as refusal:
            return str(refusal)

    with ThreadPoolExecutor(CUSTOMERS) as together:
        answers = list(together.map(ask, members))
    got = [n for n, one in enumerate(answers) if not isinstance(one, str)]
    expect(len(got) == 1, f"exactly one of {CUSTOMERS} gets the time, not {len(got)}")
    told = {one for one in answers if isinstance(one, str)}
    say(f"1 of {CUSTOMERS} has it; the others are told:")
    for message in sorted(told):
        say(f"  {message}")
        expect("the next free time is 10:45" in message, "they are told the next free time")
    winner = members[got[0]]
    booking = answers[got[0]]["id"]  # type: ignore[index]
    say(f"it is confirmed: {winner.run(CONFIRM, id=booking)['bookingConfirm']['booking']['state']}")
    return winner, booking


def moved_and_refused(client: Client, winner: Client, booked: str, times: list[str]) -> None:
    """What overlaps is refused, the neighbour is taken, and nobody moves onto another."""
    step("3  What overlaps, what does not, and a move")
    neighbour, overlapping = a_member(client), a_member(client)
    at = {clock(time): time for time in times}
    early = at["10:00"].replace("10:00", "10:15")
    wanted = {"store": STORE, "guide": GUIDE, "at": early, "key": secrets.token_hex(8)}
    say(f"10:15: {refused(overlapping, HOLD, **wanted)}")
    say(f"10:45: {held(neighbour, at['10:45'])['state']}")
    say(f"moving onto it: {refused(winner, MOVE, id=booked, at=at['10:45'])}")
    moved = winner.run(MOVE, id=booked, at=at["15:00"])["bookingMove"]["booking"]
    expect(moved["state"] == "BOOKED", "a moved booking stays confirmed")
    say(f"moved to {clock(moved['startsAt'])}; 10:00 is free again")
    expect(clock(free_times(client, day_of(times[0]))[0]) == "10:00", "10:00 is free again")


def waited_for(client: Client, winner: Client, booked: str, day: str) -> None:
    """A day that is full, and what comes free on it."""
    step("4  A full day, and whoever waits for it")
    while times := free_times(client, day):
        held(a_member(client), times[0])
    patient = a_member(client)
    patient.run(WAIT, store=STORE, guide=GUIDE, day=day)
    say(f"nothing is free on {day}; one more waits")
    winner.run(CANCEL, id=booked)
    mine = soon(lambda: patient.run(MINE)["ownBookings"]["nodes"], bool, within_s=WAITING_LIST_S)
    expect(bool(mine) and mine[0]["state"] == "HELD", "what comes free is held for who waits")
    first = clock(mine[0]["startsAt"])
    say(f"15:00 is cancelled; {first}, the first that is free, is held for them")


def seen_in_the_store(client: Client, day: str) -> None:
    """The store's own list: nothing overlaps."""
    step("5  The day as the store sees it")
    guide = client.as_guide(GUIDE_CODE)
    nodes = guide.run(DAY, store=STORE, day=day)["storeBookings"]["nodes"]
    standing = [one["startsAt"] for one in nodes if one["state"] in ("HELD", "BOOKED")]
    say(" ".join(map(clock, standing)))
    moments = sorted(map(datetime.fromisoformat, standing))
    apart = timedelta(minutes=40)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    expect(min(gaps) >= apart, "no two visits overlap, with the time to tidy up")


def matched(client: Client) -> None:
    """Who is shown to a visitor beside the shop."""
    step("6  A visitor beside the shop")
    visitor = client.as_visitor()
    position = visitor.run(SHOP, id=STORE)["store"]["position"]
    found = visitor.run(MATCH, position=position)["advisorMatch"]
    if found is None:
        say("nobody is at work just now")
    else:
        say(f"{found['guide']['name']} of {found['store']['name']}, by the rule {found['reason']}")


def held(member: Client, time: str) -> dict[str, Any]:
    """A member's hold of a time."""
    key = secrets.token_hex(8)
    wanted = {"store": STORE, "guide": GUIDE, "at": time, "key": key}
    booking: dict[str, Any] = member.run(HOLD, **wanted)["bookingHold"]["booking"]
    return booking


def free_times(client: Client, day: str) -> list[str]:
    """When the advisor is free on a day."""
    slots = client.run(SLOTS, store=STORE, guide=GUIDE, day=day)["bookingSlots"]
    return [one["startsAt"] for one in slots]


def a_member(client: Client) -> Client:
    """A customer whom nobody knows yet."""
    return client.as_member(f"sandbox:booker-{secrets.token_hex(6)}")


def clock(moment: str) -> str:
    """A moment as a clock in Beijing shows it."""
    return f"{datetime.fromisoformat(moment).astimezone(BEIJING):%H:%M}"


def day_of(moment: str) -> str:
    """The day of a moment in Beijing."""
    return str(beijing_day(datetime.fromisoformat(moment)))
