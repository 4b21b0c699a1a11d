"""Keeping wallets: what a holder has, what head office grants, and what the clock does to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.kernel.apply_once import Entry, Ledger, State, apply_once, finish_open
from domain.kernel.days import month_of
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.kernel.request_keys import request_key
from domain.kernel.within import Within
from domain.members.merges import MOST_HOPS, circle
from domain.people.act import Act
from domain.wallets.lots import lapsed, negative, usable
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.points_rules import PointsRule, PointsTerms, checked
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import Unit, Wallet, holder_of, unit_of, wallet_id

MOST_AT_ONCE = 200
GRANTED = Within(-1_000_000, 1_000_000)
LONGEST_REASON = 200
CARRY = MovementKind.CARRY


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGrant:
    """What head office gives a holder, or below 0 takes back, and why.

    The units lapse at the end of the last of `months`, this one included; `rule` says by which
    version of the unit's rules.
    """

    unit: Unit
    holder_id: str
    units: int
    reason: str
    months: int
    rule: int


async def own_points(ports: WalletPorts, act: Act) -> Wallet:
    """The viewer's points."""
    act.viewer.require("points.have")
    return await points_of_person(ports, act, act.viewer.id)


async def own_points_entries(
    ports: WalletPorts, act: Act, request: PageRequest
) -> Page[WalletMovement]:
    """What came into the viewer's wallet and went out of it, the newest first."""
    act.viewer.require("points.have")
    wallet = wallet_id(Unit.POINTS, act.viewer.id)
    return await ports.wallets.entries_of(wallet, request)


async def points_of_member(ports: WalletPorts, act: Act, member_id: str) -> Wallet:
    """A member's points, for head office."""
    act.viewer.require("points.see")
    return await points_of_person(ports, act, PersonId(member_id))


async def points_of_person(ports: WalletPorts, act: Act, member_id: PersonId) -> Wallet:
    """All points of a person, who may have been several members.

    What can be spent lies in one wallet; what is pending or held also in those that lead to it.
    """
    wallet = await _led(ports, await ports.points_of(member_id))
    aliases = await ports.merges.aliases([PersonId(holder_of(wallet.id))])
    ids = [wallet_id(Unit.POINTS, one.id) for one in aliases]
    others = (await ports.wallets.by_ids(ids)).values()
    return replace(
        wallet,
        pending=(*wallet.pending, *(one for other in others for one in other.pending)),
        holds=(*wallet.holds, *(one for other in others for one in other.holds)),
    )


async def _led(ports: WalletPorts, wallet: Wallet) -> Wallet:
    """The wallet at which one ends that leads from wallet to wallet."""
    for _ in range(MOST_HOPS):
        if wallet.lead is None:
            return wallet
        [wallet] = (await ports.wallets.by_ids([wallet.lead.into])).values()
    raise circle()


async def points_entries_of_member(
    ports: WalletPorts, act: Act, member_id: str, request: PageRequest
) -> Page[WalletMovement]:
    """What came into a member's wallet and went out of it, for head office."""
    act.viewer.require("points.see")
    return await ports.wallets.entries_of(wallet_id(Unit.POINTS, member_id), request)


async def set_points_rules(
    ports: WalletPorts, act: Act, terms: PointsTerms, *, expected: int
) -> PointsRule:
    """Let other terms hold from now on; what older ones made stays as it is."""
    act.viewer.require("points_rules.set")
    rule = PointsRule(
        version=expected + 1, terms=checked(terms), set_at=act.at, set_by=act.viewer.id
    )
    await ports.rules.add(rule)
    return rule


def points_rules(ports: WalletPorts, act: Act) -> PointsRule:
    """The terms that hold now."""
    return ports.rules.now()


async def grant_points(
    ports: WalletPorts, act: Act, member_id: str, points: int, *, reason: str, idempotency_key: str
) -> WalletMovement:
    """Give a member points, or take some back below 0; the same key again is the same entry."""
    act.viewer.require("points.grant")
    if await ports.members.live(PersonId(member_id)) is None:
        raise NotFound(f"There is no member {member_id}; look them up.", field=["memberId"])
    rule = ports.rules.now()
    wanted = WantedGrant(
        unit=Unit.POINTS,
        holder_id=member_id,
        units=points,
        reason=reason,
        months=rule.terms.months,
        rule=rule.version,
    )
    return await grant(ports, act, wanted, idempotency_key=idempotency_key)


async def grant(
    ports: WalletPorts, act: Act, wanted: WantedGrant, *, idempotency_key: str
) -> WalletMovement:
    """Give a holder units, or take some back, for whoever may; the same key is the same entry."""
    field = [wanted.unit.lower()]
    if not GRANTED.read(wanted.units, field):
        raise Invalid(f"Write how many {field[0]} to give, or below 0 to take.", field=field)
    if not 1 <= len(wanted.reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"Say why in 1 to {LONGEST_REASON} characters.", field=["reason"])
    key = request_key(idempotency_key, wanted).key
    return await post(
        ports,
        act,
        WalletMovement(
            id=f"grant:{act.viewer.id}:{key}",
            target=wallet_id(wanted.unit, wanted.holder_id),
            kind=MovementKind.GRANT if wanted.units > 0 else MovementKind.CLAW_BACK,
            at=act.at,
            units=abs(wanted.units),
            month=month_of(act.at, wanted.months - 1),
            rule=wanted.rule,
            reason=wanted.reason.strip(),
            by=act.viewer.id,
        ),
    )


async def post(ports: WalletPorts, act: Act, movement: WalletMovement) -> WalletMovement:
    """Do one movement that somebody asked for; Conflict where it can't be, or is another one's."""
    [entry] = await apply_once(ports.ledger, [movement])
    if not entry.fresh and not movement.same_as(replace(entry.movement, rule=movement.rule)):
        raise Conflict(
            "This key was sent with another request; make up a new key for each.",
            field=["idempotencyKey"],
        )
    if entry.state is State.REFUSED:
        [wallet] = (await ports.wallets.by_ids([movement.target])).values()
        raise Conflict(
            f"Only {max(0, wallet.active(movement.at)):,} are there to spend; take fewer.",
            field=[unit_of(movement.target).lower()],
        )
    return entry.movement


async def tend_wallets(ports: WalletPorts, act: Act) -> int:
    """Finish what was cut short, and book what has ripened or lapsed; tell in how many wallets.

    Done late, or twice, it changes nothing: what can be spent follows from the clock.
    """
    carried = partial(carried_on, ports.ledger)
    await finish_open(ports.ledger, act.at, first=carried)
    return await each(
        await ports.wallets.due(act.at, MOST_AT_ONCE), partial(tend_wallet, ports, act)
    )


async def tend_wallet(ports: WalletPorts, act: Act, wallet: Wallet) -> None:
    """Book what has ripened or lapsed in one wallet, and what is carried on to another."""
    await apply_once(ports.ledger, list(_due(wallet, act)), first=partial(carried_on, ports.ledger))


async def carried_on(
    ledger: Ledger[WalletMovement], entries: Sequence[Entry[WalletMovement]]
) -> None:
    """Put what was carried out of wallets into those that they lead to."""
    carried = [entry.movement for entry in entries if entry.state is State.APPLIED]
    await apply_once(ledger, [taken_over(one) for one in carried if one.kind is CARRY])


def taken_over(carried: WalletMovement) -> WalletMovement:
    """The movement that puts what was carried out of a wallet into the other."""
    assert carried.into is not None, "it was carried somewhere"
    return WalletMovement(
        id=f"merge:{carried.id}",
        target=carried.into,
        kind=MovementKind.MERGE,
        at=carried.at,
        units=-carried.effect.debt,
        about=carried.about,
        shares=negative(carried.effect.lots),
    )


def _due(wallet: Wallet, act: Act) -> Iterator[WalletMovement]:
    """What has to be booked; the ids say of which state of the wallet it is."""
    for pending in wallet.pending:
        if pending.ripe_at <= act.at:
            yield WalletMovement(
                id=f"mature:{pending.id}:{wallet.version}",
                target=wallet.id,
                kind=MovementKind.MATURE,
                at=act.at,
                about=pending.id,
            )
    lead = wallet.lead
    if lead and (wallet.debt or usable(wallet.lots, act.at)):
        yield WalletMovement(
            id=f"carry:{wallet.id}:{wallet.version}",
            target=wallet.id,
            kind=CARRY,
            at=act.at,
            about=lead.merge_id,
            into=lead.into,
        )
    if any(lapsed(lot.key, act.at) for lot in wallet.lots):
        yield WalletMovement(
            id=f"expire:{wallet.id}:{wallet.version}",
            target=wallet.id,
            kind=MovementKind.EXPIRE,
            at=act.at,
        )
