"""Parts of documents that tell of people, sealed: the database alone says nothing of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.kernel.sealing import KeyRing
from storage.mongo.kernel.database import Document

SEALED = "sealed"
# What of a part says who and where somebody is; its district stays, for counting and routing.
RECIPIENT = ("name", "phone", "address")
ADDRESS = ("name", "phone", "detail")


def closed(ring: KeyRing, part: Document, fields: Sequence[str], *about: str) -> Document:
    """A part with some of its fields in one text that only we can read, bound to `about`."""
    text = json.dumps({name: part[name] for name in fields}, ensure_ascii=False)
    rest = {name: value for name, value in part.items() if name not in fields}
    return {**rest, SEALED: ring.close(text, *about)}


def opened(ring: KeyRing, part: Document, *about: str) -> Document:
    """A part as it was before it was closed; one that was kept plain is as it is."""
    if SEALED not in part:
        return part
    rest = {name: value for name, value in part.items() if name != SEALED}
    return {**rest, **json.loads(ring.open(part[SEALED], *about))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What a collection keeps of people who buy, and what becomes of it when one is erased.

    `whose` are the fields, each with an index, in which their ids stand behind a `prefix`. Where
    `goes`, their documents are removed; else the fields of `blank` are set to what they say, and
    the rest stays for what `stays` tells.
    """

    whose: tuple[str, ...] = ("_id",)
    prefix: str = ""
    goes: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    stays: str = ""


_GOES = Personal(goes=True)
_BOOKS = "books, which name them by an id that leads to nobody any more"

# Of every collection of which a document can be found by who it is about.
PERSONAL: Mapping[str, Personal] = {
    "member_identities": Personal(whose=("member_id",), goes=True),
    "member_profiles": _GOES,
    "member_conflicts": Personal(whose=("holder", "claimant"), goes=True),
    "member_merges": Personal(
        whose=("parties",),
        blank={"identities": [], "winners": {}},
        stays="who turned out to be whom",
    ),
    "consumers": _GOES,
    "carts": _GOES,
    "customer_care": _GOES,
    # With whoever leads to them: a visitor, or a contact in WeCom.
    "insight_people": Personal(whose=("_id", "heir"), goes=True),
    "insight_entries": Personal(whose=("person_id",), goes=True),
    "guide_todos": Personal(whose=("member_id",), goes=True),
    "journey_members": _GOES,
    "journey_spells": Personal(whose=("member_id",), goes=True),
    "store_members": _GOES,
    "touches": Personal(whose=("person_id",), goes=True),
    "marks": Personal(whose=("person_id",), goes=True),
    "post_reports": Personal(whose=("person_id",), goes=True),
    "booking_waits": Personal(whose=("customer_id",), goes=True),
    "bookings": Personal(whose=("customer_id",), stays="what advisors did, by an id"),
    "member_traits": _GOES,
    "referral_codes": Personal(whose=("member_id",), goes=True),
    "referrals": Personal(whose=("_id", "inviter_id"), stays=_BOOKS),
    "coupons": Personal(whose=("member_id",), stays=_BOOKS),
    "wallets": Personal(prefix="points:", stays=_BOOKS),
    "wallet_entries": Personal(whose=("target",), prefix="points:", stays=_BOOKS),
    "messages": Personal(whose=("member_id",), goes=True),
    "group_registrations": Personal(whose=("member_id",), goes=True),
    "message_allowances": Personal(whose=("member_id",), goes=True),
    "friend_invitations": Personal(whose=("person_id",), goes=True),
    "bonds": Personal(
        whose=("member_id",),
        blank={"name": None},
        stays="whom a guide has as a friend in WeCom, where it is for the two to end it",
    ),
    "channel_purchases": Personal(
        whose=("member_id",), blank={"bought.names": [], "waits_for": []}, stays=_BOOKS
    ),
    "orders": Personal(
        whose=("buyer_id",),
        blank={"recipient": None, "destination": None, "wishes.note": ""},
        stays=_BOOKS,
    ),
    "fulfilments": Personal(
        whose=("buyer_id",),
        blank={
            "recipient": None,
            "destination": None,
            "wishes.note": "",
            "payment.payer": None,
        },
        stays=_BOOKS,
    ),
    "posts": Personal(whose=("author_id",), stays="what was reviewed; withdrawn with its author"),
    "records": Personal(whose=("subject.id", "actor_id"), stays="who did and saw what"),
    # The last: as long as it is there, all else is found by it.
    "members": _GOES,
}
_OF_STAFF = "of people who work here alone"
_OF_THINGS = "of things"
_BY_ID = "ids alone, of what is told elsewhere"
_PASSES = "gone by itself within a month"
# Of the others, why nothing of them is shown to somebody who asks, or erased.
IMPERSONAL: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "staff",
            "guides",
            "keys",
            "advisors",
            "share_links",
            "successions",
            "guide_payees",
            "guide_transfers",
            "freezes",
        ),
        _OF_STAFF,
    ),
    "payees": "of owners alone, the numbers of their accounts sealed",
    **dict.fromkeys(
        ("sessions", "ended_sessions", "tallies", "till_codes", "unpaid", "hearts"), _PASSES
    ),
    **dict.fromkeys(
        (
            "facts",
            "held_facts",
            "audiences",
            "audience_parts",
            "booking_days",
            "coupon_claims",
            "guide_buyers",
            "mark_changes",
            "order_books",
            "effects",
            "bill_days",
            "bill_differences",
            "journals",
            "journal_lines",
            "payment_sharings",
            "offer_spendings",
            "gift_pack_moves",
            "referral_counts",
            "referral_months",
            "deliveries",
            "store_buyers",
            "contact_inbox",
            "errands",
            "customer_moves",
            "customer_groups",
            "stray_payments",
            "sandbox_messages",
            "sandbox_payments",
            "sandbox_refunds",
            "post_revisions",
            "assets",
        ),
        _BY_ID,
    ),
    **dict.fromkeys(
        """
            followers uses backup_marks restores access_tokens access_token_claims contact_rules
            contact_ways group_ways friend_days friend_lists
            personal_keys meta migrations direct_uploads
            products price_changes best_sellers sales regions owners stores points_rules
            level_rules tags segments offers shipping_fees coupon_totals offer_budgets
            gift_packs referral_terms categories review_policies campaigns poster_templates
            poster_batches poster_parts layers layer_history layer_drafts face_policies pools
            movements store_moves transfers safety_rules safety_doubts applied_states
            promise_outcomes shortages store_days return_policies statements statement_parts
            settlement_runs payouts statement_disputes earned_counts earned ledger_accounts
            split_rules bookables service_points guiding_rules coin_rewards coin_reward_moves
            coin_reward_stock coin_reward_orders webhooks coupon_clashes erasures
            assignment_counts assignment_moves assignments contest_entrants contest_moves
            contest_scores contest_standings contests guide_sales task_count_moves task_counts
            message_templates guide_notices
            task_doers task_parts task_reminders task_templates tasks learning_topics questions
            exams learning_maps enrolments exam_attempts exam_resets exam_result_moves exam_results
            counters insight_cases insight_rows insight_cohorts touchpoints touchpoint_tests
            journeys journey_sweeps journey_arms journey_shares speaking_rules
            guide_figure_moves guide_figures guide_titles behaviour_runs
            remarks remark_like_moves remark_likes board_posts sale_reports
            marketing_items marketing_days
        """.split(),
        _OF_THINGS,
    ),
}
