"""Who has which part in each line of an order, of what is paid and not given back of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.earnings.journals import BRAND, OPEN, Account
from domain.earnings.order_knowledge import OrderKnowledge, SoldGoods
from domain.earnings.terms import Terms
from domain.kernel.money import Fen, split

WHOLE = 10_000


class CreditRole(StrEnum):
    """For what somebody has a part in a line."""

    SHARE = "SHARE"
    SERVICE = "SERVICE"
    SERVING = "SERVING"
    SELLING = "SELLING"
    FULFILMENT = "FULFILMENT"
    OWNER = "OWNER"
    BRAND = "BRAND"


# In the order in which rates and claims are told.
GUIDE_ROLES = (CreditRole.SHARE, CreditRole.SERVICE, CreditRole.SERVING)
GUIDES = frozenset(GUIDE_ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCredit:
    """What one account has of a line for one role; the account is without its stage."""

    sku: str
    role: CreditRole
    account: Account
    amount: Fen


def line_credits(known: OrderKnowledge) -> tuple[LineCredit, ...]:
    """Every part in every line; together they are what was paid and not given back.

    There are none until it is known what was sold, by which terms.
    """
    if known.terms is None:
        return ()
    kept = kept_by_line(known)
    found = _guides(known.terms, kept)
    taken = Counter[str]()
    for one in found:
        taken[one.sku] += one.amount
    for line in known.goods:
        found += _owners(known, known.terms, line, Fen(kept[line.sku] - taken[line.sku]))
    return tuple(one for one in found if one.amount or one.role in GUIDES)


def for_guides(known: OrderKnowledge) -> Fen:
    """What the guides of an order have of it together."""
    return Fen(sum(one.amount for one in line_credits(known) if one.role in GUIDES))


def kept_by_line(known: OrderKnowledge) -> Mapping[str, Fen]:
    """What is kept of each line; together it is what is kept of the order.

    Of a purchase at a till it is told what was paid back of which line, of an order which goods
    came back: what came back or was called off is taken off its own line. What is given back
    beyond that lowers all that stayed alike; what is kept beyond that, until it is given back, is
    the line's that it was paid for, and the way to the buyer is all lines' by their value.
    """
    if known.given_back:
        told = Counter[str]()
        for one in known.given_back:
            told[one.sku] += one.payable
        left = [max(0, one.payable - told[one.sku]) for one in known.goods]
        return _by_line(known.goods, split(known.kept, _weights(left)))
    back = Counter[str]()
    for gone in (*known.returned, *known.called_off):
        back[gone.sku] += gone.quantity
    worth = [one.payable for one in known.goods]
    stayed = [_stayed(one, back[one.sku]) for one in known.goods]
    over = known.kept - sum(stayed)
    if over < 0:
        parts: Sequence[int] = split(known.kept, stayed)
    else:
        left = [whole - stay for whole, stay in zip(worth, stayed, strict=True)]
        for_the_way = max(0, known.paid - sum(worth))
        waiting = min(max(0, over - for_the_way), sum(left))
        parts = [
            sum(three)
            for three in zip(
                stayed,
                split(Fen(waiting), _weights(left)),
                split(Fen(over - waiting), _weights(worth)),
                strict=True,
            )
        ]
    return _by_line(known.goods, parts)


def _by_line(goods: Sequence[SoldGoods], parts: Sequence[int]) -> Mapping[str, Fen]:
    return {one.sku: Fen(part) for one, part in zip(goods, parts, strict=True)}


def _stayed(line: SoldGoods, back: int) -> int:
    gone = min(back, line.quantity)
    return split(line.payable, [line.quantity - gone, gone])[0]


def _weights(values: Sequence[int]) -> Sequence[int]:
    return values if any(values) else [1] * len(values)


def _guides(terms: Terms, kept: Mapping[str, Fen]) -> list[LineCredit]:
    """What guides have of each line, in all at most what they may have of an order."""
    found = []
    for sku, fen in kept.items():
        rates = terms.rates_of(sku)
        parts = (rates.share, rates.service, rates.serving)
        amounts = split(fen, [*parts, WHOLE - sum(parts)])
        claims = (terms.guide_id, terms.service_id, terms.serving_id)
        for role, guide, amount in zip(GUIDE_ROLES, claims, amounts, strict=False):
            if guide is not None and guide not in terms.own:
                account = Account(f"guide:{guide}")
                found.append(LineCredit(sku=sku, role=role, account=account, amount=amount))
    wanted = [one.amount for one in found]
    if not 0 < terms.most < sum(wanted):
        return found
    return [
        LineCredit(sku=one.sku, role=one.role, account=one.account, amount=amount)
        for one, amount in zip(found, split(terms.most, wanted), strict=True)
    ]


def _owners(
    known: OrderKnowledge, terms: Terms, line: SoldGoods, rest: Fen
) -> Iterator[LineCredit]:
    """What guides leave: the seller, the senders, whose member it is and the brand have it."""
    selling, fulfilling, others = terms.weights
    weights = [selling, fulfilling, terms.home_permille, others - terms.home_permille]
    sold, sent, home, brand = split(rest, weights)
    senders = _senders(known, terms, line)
    shares = [
        (CreditRole.SELLING, terms.seller, sold),
        *(
            (CreditRole.FULFILMENT, account, part)
            for account, part in zip(senders, split(sent, list(senders.values())), strict=True)
        ),
        (CreditRole.OWNER, terms.home, home),
        (CreditRole.BRAND, BRAND, brand),
    ]
    for role, account, amount in shares:
        yield LineCredit(sku=line.sku, role=role, account=account, amount=amount)


def _senders(known: OrderKnowledge, terms: Terms, line: SoldGoods) -> Mapping[Account, int]:
    """Who sent how many units of a line that stayed sold; OPEN has those that are to be sent.

    Where all of it came back they count as sent: what is kept then is the way to the buyer. The
    seller has what is left of a line that was called off.
    """
    sent = Counter[Account]()
    stayed = Counter[Account]()
    for one in known.sent:
        if one.sku == line.sku:
            sent[one.owner] += one.quantity
            stayed[one.owner] += one.quantity
    for one in known.returned:
        if one.sku == line.sku:
            stayed[one.owner] -= one.quantity
    stayed[OPEN] = known.unsent.get(line.sku, 0)
    return _those(stayed) or _those(sent) or {terms.seller: 1}


def _those(units: Mapping[Account, int]) -> Mapping[Account, int]:
    return {account: n for account, n in sorted(units.items()) if n > 0}
