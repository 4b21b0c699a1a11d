"""A wallet as the plainest of models knows it, and movements of all kinds to hold it to."""

from datetime import UTC, datetime, timedelta

from domain.audiences.trait_ports import TraitPorts
from domain.kernel.days import month_of
from domain.wallets.movements import MovementKind, WalletMovement, applied
from domain.wallets.ports import WalletPorts
from domain.wallets.rates import UsualRates
from domain.wallets.wallets import Unit, Wallet, wallet_id
from storage.mongo.audiences.audiences import MongoAudiences, MongoCustomers
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.audiences.traits import MongoTraits
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.members.merges import MongoMerges
from storage.mongo.people.people import MongoMembers
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.wallets.ledger import MongoWalletLedger
from storage.mongo.wallets.points_rules import points_rules_of
from storage.mongo.wallets.wallets import MongoTillCodes, MongoWallets

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
PURSE = wallet_id(Unit.POINTS, "member_1")
DAY = timedelta(days=1)


def purse_ports(database: Database) -> WalletPorts:
    """Wallets of points in a database."""
    return WalletPorts(
        ledger=MongoWalletLedger(database),
        wallets=MongoWallets(database),
        rules=points_rules_of(database),
        rates=UsualRates(),
        codes=MongoTillCodes(database),
        merges=MongoMerges(database),
        members=MongoMembers(database),
        tallies=MongoTallies(database),
    )


def audience_ports(database: Database) -> TraitPorts:
    """Members' traits in a database."""
    return TraitPorts(
        traits=MongoTraits(database),
        book=MongoMemberRuleBook(database),
        audiences=MongoAudiences(database),
        customers=MongoCustomers(database),
        merges=MongoMerges(database),
        members=MongoMembers(database),
        records=MongoRecords(database),
    )


def moves(kind: MovementKind, units: int = 0, about: str = "", at: datetime = NOON, **changes):
    return WalletMovement(
        id=changes.pop("id", f"{kind}:{about}:{units}:{at.isoformat()}"),
        target=PURSE,
        kind=kind,
        at=at,
        units=units,
        about=about,
        month=changes.pop("month", month_of(at, 11)),
        **changes,
    )


def after(*movements: WalletMovement, wallet: Wallet | None = None) -> Wallet:
    """The wallet after movements, those that can't be left out."""
    wallet = wallet or Wallet(id=PURSE)
    for one in movements:
        if result := applied(wallet, one):
            wallet, _ = result
    return wallet
