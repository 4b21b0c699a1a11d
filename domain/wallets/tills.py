"""Points at a till: a member shows a code that lives a minute, and the till takes points by it."""

from dataclasses import dataclass
from datetime import timedelta

from domain.kernel.money import Fen
from domain.kernel.refusals import Conflict, NotFound
from domain.kernel.within import Within
from domain.people.act import Act
from domain.people.guesses import count_guess
from domain.wallets.keeping import post
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.ports import TillCode, WalletPorts
from domain.wallets.wallets import Unit, wallet_id

LIVES = timedelta(minutes=1)
REDEEMED = Within(1, 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """Points that a till has taken, and what they pay."""

    entry: WalletMovement
    worth: Fen


async def new_till_code(ports: WalletPorts, act: Act) -> TillCode:
    """A code for the viewer to show, good once and for a minute."""
    act.viewer.require("points.have")
    code = TillCode(code=ports.codes.new(), member_id=act.viewer.id, expires_at=act.at + LIVES)
    await ports.codes.put(code)
    return code


async def redeem_points(
    ports: WalletPorts, act: Act, code: str, points: int, *, store_id: str
) -> Redeemed:
    """Take points by a code, for a store; the same again is the same, even when the code is over.

    A code is good for one request: another one by it is a Conflict.
    """
    act.viewer.require("points.redeem", store=store_id)
    REDEEMED.read(points, ["points"])
    guess = await count_guess(ports.tallies, act, store_id)
    found = await ports.codes.find(code)
    entry_id = f"till:{code}"
    known = await ports.ledger.entries([entry_id])
    if found is None or (act.at >= found.expires_at and not known):
        raise NotFound(
            "This code is none, or over; have the member show a new one.", field=["code"]
        )
    await ports.tallies.give_back(guess)
    wanted = WalletMovement(
        id=entry_id,
        target=wallet_id(Unit.POINTS, found.member_id),
        kind=MovementKind.SPEND,
        at=act.at,
        units=points,
        about=f"store:{store_id}",
        rule=ports.rules.now().version,
        by=act.viewer.id,
    )
    for entry in known.values():
        if (entry.movement.units, entry.movement.about) != (points, wanted.about):
            raise Conflict("This code was used; have the member show a new one.", field=["code"])
    spent = await post(ports, act, wanted)
    return Redeemed(entry=spent, worth=ports.rules.now().worth(points))
