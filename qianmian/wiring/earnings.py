"""What orders earn, and the ledger of it."""

from functools import partial

from domain.earnings.bills import BillPorts, reconcile_by_the_clock
from domain.earnings.bookkeeping import BookkeepingPorts, book_facts, release_matured
from domain.earnings.crediting import CreditingPorts
from domain.earnings.effects import EFFECT_FACTS, EffectPorts, count_effects
from domain.earnings.explaining import ExplainPorts
from domain.earnings.freezes import FreezePorts
from domain.earnings.guide_payees import GuidePayeePorts
from domain.earnings.journals import LedgerPorts, finish_postings
from domain.earnings.order_books import BOOKED_FACTS
from domain.earnings.payees import PayeePorts
from domain.earnings.paying_out import PayoutPorts, go_on_paying
from domain.earnings.rankings import EarnedPorts
from domain.earnings.settling import SettlingPorts, go_on_settling
from domain.earnings.shares_back_first import SharesBackFirst
from domain.earnings.sharing_out import (
    SHARED_FACTS,
    SharingOutPorts,
    go_on_sharing,
    note_payments,
)
from domain.earnings.statements import StatementPorts
from domain.earnings.transferring import GuidePayPorts, go_on_transferring
from domain.earnings.viewing import EarningsViewPorts
from domain.kernel.facts import Follower
from domain.kernel.sealing import Seal
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.wechat_pay import wechat_pay_account
from storage.mongo.earnings.bills import MongoBills
from storage.mongo.earnings.earned import MongoEarned
from storage.mongo.earnings.effects import MongoEffects
from storage.mongo.earnings.freezes import MongoFreezes
from storage.mongo.earnings.journals import MongoJournals
from storage.mongo.earnings.order_books import MongoOrderBooks
from storage.mongo.earnings.payees import MongoGuidePayees, MongoPayees
from storage.mongo.earnings.payouts import MongoPayouts
from storage.mongo.earnings.sharings import MongoSharings
from storage.mongo.earnings.split_rules import MongoSplitRules
from storage.mongo.earnings.statements import MongoStatements
from storage.mongo.earnings.transfers import MongoTransfers
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.members.merges import MongoMerges
from storage.mongo.people.people import MongoGuides, MongoMembers
from storage.mongo.service.bookings import MongoBookings
from storage.mongo.service.service_book import MongoServiceBook
from storage.mongo.service.visits import MongoVisits
from storage.mongo.sharing.share_links import MongoShareLinks
from storage.mongo.sharing.touches import MongoTouches
from storage.outside.wechat_bills import WechatBills
from storage.outside.wechat_sharing import WechatSharing
from storage.outside.wechat_transfers import WechatTransfers

FINISH_EVERY_S = 5.0
RELEASE_EVERY_S = 60.0
SETTLE_EVERY_S = 2.0
RECONCILE_EVERY_S = 600.0


def earned_ports(base: Foundation) -> EarnedPorts:
    """Who earned most."""
    return EarnedPorts(earned=base.made(MongoEarned))


def earnings_view_ports(base: Foundation) -> EarningsViewPorts:
    """What guides and owners have."""
    return EarningsViewPorts(
        guides=base.made(MongoGuides),
        journals=base.made(MongoJournals),
        earned=base.made(MongoEarned),
    )


def effect_ports(base: Foundation) -> EffectPorts:
    """What content brings."""
    return EffectPorts(effects=base.made(MongoEffects), links=base.made(MongoShareLinks))


def crediting_ports(base: Foundation) -> CreditingPorts:
    """Which orders are credited to whom."""
    return CreditingPorts(credited=base.made(MongoOrderBooks))


def bookkeeping_ports(base: Foundation) -> BookkeepingPorts:
    """The books of orders, and the ledger that they go into."""
    return BookkeepingPorts(
        books=base.made(MongoOrderBooks),
        ledger=LedgerPorts(
            journals=base.made(MongoJournals),
            lines=MongoApplyOnce(
                base.database, movements="journal_lines", targets="ledger_accounts"
            ),
            counts=MongoApplyOnce(base.database, movements="earned_counts", targets="earned"),
        ),
        rules=base.made(MongoSplitRules),
        directory=base.reference,
        catalogue=base.reference,
        guides=base.made(MongoGuides),
        members=base.made(MongoMembers),
        trail=base.made(MongoTouches),
        visits=MongoVisits(base.made(MongoServiceBook), base.made(MongoBookings)),
        earned=base.made(MongoEarned),
    )


def settling_ports(base: Foundation) -> SettlingPorts:
    """Statements, and the runs that close them."""
    book = base.made(MongoStatements)
    return SettlingPorts(
        closing=StatementPorts(statements=book),
        settlements=book,
        journals=base.made(MongoJournals),
        directory=base.reference,
    )


def payout_ports(base: Foundation) -> PayoutPorts:
    """Paying owners."""
    return PayoutPorts(
        payouts=base.made(MongoPayouts),
        ledger=bookkeeping_ports(base).ledger,
        settling=settling_ports(base),
        directory=base.reference,
        payees=payee_book(base),
        freezing=freeze_ports(base),
    )


def bill_ports(base: Foundation) -> BillPorts:
    """The provider's bills."""
    account = wechat_pay_account(base)
    return BillPorts(
        bills=base.made(MongoBills),
        source=WechatBills(base.http, account, now=now) if account else None,
        ledger=bookkeeping_ports(base).ledger,
    )


def freeze_ports(base: Foundation) -> FreezePorts:
    """What is not paid."""
    return FreezePorts(freezes=base.made(MongoFreezes), books=base.made(MongoOrderBooks))


def guide_pay_ports(base: Foundation) -> GuidePayPorts:
    """Paying guides."""
    account = wechat_pay_account(base)
    return GuidePayPorts(
        transfers=base.made(MongoTransfers),
        ledger=bookkeeping_ports(base).ledger,
        freezing=freeze_ports(base),
        guides=base.made(MongoGuides),
        members=base.made(MongoMembers),
        payees=guide_payee_ports(base).payees,
        provider=WechatTransfers(base.http, account, now=now) if account else None,
    )


def guide_payee_ports(base: Foundation) -> GuidePayeePorts:
    """Where guides are paid."""
    seal = Seal(base.settings.secret, "bank accounts of guides")
    return GuidePayeePorts(
        payees=MongoGuidePayees(base.database, seal),
        guides=base.made(MongoGuides),
        records=base.made(MongoRecords),
    )


def payee_ports(base: Foundation) -> PayeePorts:
    """Where owners are paid."""
    return PayeePorts(
        payees=payee_book(base),
        receivers=_wechat_sharing(base),
        directory=base.reference,
        records=base.made(MongoRecords),
    )


def sharing_out_ports(base: Foundation) -> SharingOutPorts:
    """Sharing payments with franchisees."""
    return SharingOutPorts(
        sharings=base.made(MongoSharings),
        books=base.made(MongoOrderBooks),
        payees=payee_book(base),
        rules=base.made(MongoSplitRules),
        ledger=bookkeeping_ports(base).ledger,
        freezing=freeze_ports(base),
        provider=_wechat_sharing(base),
    )


def before_refunds(base: Foundation) -> SharesBackFirst | None:
    """What comes before refunds, where payments are shared."""
    ports = sharing_out_ports(base)
    return SharesBackFirst(sharing=ports) if ports.provider else None


def payee_book(base: Foundation) -> MongoPayees:
    """Where owners are paid, kept."""
    return MongoPayees(base.database, Seal(base.settings.secret, "bank accounts"))


def _wechat_sharing(base: Foundation) -> WechatSharing | None:
    account = wechat_pay_account(base)
    shares = account is not None and account.shares
    return WechatSharing(base.http, account, now=now) if account and shares else None


def explain_ports(base: Foundation) -> ExplainPorts:
    """Who is credited, and why."""
    return ExplainPorts(
        orders=base.sealed(MongoOrders),
        trail=base.made(MongoTouches),
        merges=base.made(MongoMerges),
        rules=base.made(MongoSplitRules),
        books=base.made(MongoOrderBooks),
        purchases=base.made(MongoChannelPurchases),
    )


def earnings_followers(
    bookkeeping: BookkeepingPorts, sharing: SharingOutPorts, effects: EffectPorts
) -> tuple[Follower, ...]:
    """What earnings follow; what the ledger has is never taken back.

    What was paid before payments were shared is not held.
    """
    books = follower("order books", BOOKED_FACTS, book_facts, bookkeeping)
    counts = follower("effect of content", EFFECT_FACTS, count_effects, effects)
    if sharing.provider is None:
        return books, counts
    shared = follower("payment sharing", SHARED_FACTS, note_payments, sharing, from_the_first=False)
    return books, counts, shared


def earnings_jobs(
    bookkeeping: BookkeepingPorts,
    settling: SettlingPorts,
    paying: PayoutPorts,
    sharing: SharingOutPorts,
    transfers: GuidePayPorts,
    bills: BillPorts,
) -> tuple[Job, ...]:
    """What the clock does to earnings."""
    work = partial(go_on_sharing, sharing)
    shares = (Job(name="sharing of payments", work=work, every_s=SETTLE_EVERY_S),)
    work = partial(reconcile_by_the_clock, bills)
    reconciling = (Job(name="reconciling of bills", work=work, every_s=RECONCILE_EVERY_S),)
    return (
        *(shares if sharing.provider else ()),
        *(reconciling if bills.source else ()),
        Job(
            name="finishing of the ledger's lines",
            work=partial(finish_postings, bookkeeping.ledger),
            every_s=FINISH_EVERY_S,
        ),
        Job(
            name="making earnings payable",
            work=partial(release_matured, bookkeeping),
            every_s=RELEASE_EVERY_S,
        ),
        Job(
            name="closing of statements",
            work=partial(go_on_settling, settling),
            every_s=SETTLE_EVERY_S,
        ),
        Job(
            name="booking of payouts",
            work=partial(go_on_paying, paying),
            every_s=SETTLE_EVERY_S,
        ),
        Job(
            name="transfers to guides",
            work=partial(go_on_transferring, transfers),
            every_s=SETTLE_EVERY_S,
        ),
    )
