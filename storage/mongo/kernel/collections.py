"""Every collection: what it holds, its indexes, where its documents lie, how long they are kept.

A collection that is not declared here may not be used; `tests/support/statements.py` holds the
statements of all operations to what is said here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HASHED = "hashed"
FOR_EVER = "for ever"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Fields, each with 1 or -1 for its order, and the server's options."""

    keys: tuple[tuple[str, int], ...]
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """The name that the server gives it."""
        return "_".join(f"{field}_{order}" for field, order in self.keys)


def by(*fields: str, **options: Any) -> Index:
    """An index over fields in their order; a minus before a field turns it round."""
    keys = tuple((one.removeprefix("-"), -1 if one.startswith("-") else 1) for one in fields)
    return Index(keys=keys, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One collection.

    `shard_key` is empty where it is not sharded, which means that one replica set carries it at
    ten times the size that is designed for; `("_id", HASHED)` stands for a hashed `_id`. With
    `says_facts`, facts wait in its documents for the relay.
    """

    name: str
    grows_with: str
    life: str = FOR_EVER
    shard_key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    says_facts: bool = False

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields of the shard key."""
        return tuple(field for field in self.shard_key if field != HASHED)


def _kept(
    name: str,
    *indexes: Index,
    grows_with: str,
    life: str = FOR_EVER,
    shard_key: tuple[str, ...] = (),
    says_facts: bool = False,
) -> Kept:
    told = (by("outbox.last", sparse=True),) if says_facts else ()
    return Kept(
        name=name,
        grows_with=grows_with,
        life=life,
        shard_key=shard_key,
        indexes=(*indexes, *told),
        says_facts=says_facts,
    )


def _until(field: str, after_s: int = 0, **options: Any) -> Index:
    """The index by which the server removes what has had its time."""
    return by(field, expireAfterSeconds=after_s, **options)


BY_ID = ("_id", HASHED)

KERNEL = (
    _kept(
        "hearts", _until("at", 3_600), grows_with="processes", life="an hour after its last beat"
    ),
    _kept("facts", by("upto"), by("facts.id"), grows_with="what happens, 50 facts a document"),
    _kept("followers", grows_with="kinds of followers"),
    _kept("held_facts", by("follower"), grows_with="facts that fail", life="until they succeed"),
    _kept(
        "records",
        by("subject.id", "subject.kind", "-order"),
        by("actor_id", "-order"),
        grows_with="what staff do",
    ),
    _kept("uses", by("claims.targets", "key"), grows_with="posts, products, stores, layers"),
    _kept("backup_marks", grows_with="backups", life="one backup"),
    _kept("restores", grows_with="restores", life="one restore"),
    _kept("meta", grows_with="one document"),
    _kept("migrations", grows_with="changes of what is kept"),
    _kept("access_tokens", grows_with="outside apps"),
    _kept("access_token_claims", grows_with="outside apps"),
)

PEOPLE = (
    _kept(
        "staff",
        by("login", unique=True),
        by("role", "login"),
        by("store_id", "role"),
        by("region_id", "role"),
        # An account of the provider of single sign-on is one person's.
        by("sso", unique=True, sparse=True),
        grows_with="staff",
    ),
    _kept("keys", by("name", unique=True), grows_with="tills, warehouses and channels"),
    _kept("successions", grows_with="guides who leave", says_facts=True),
    _kept("guides", by("wecom_user_id", unique=True), by("store_id", "_id"), grows_with="guides"),
    _kept(
        "sessions",
        _until("expires_at"),
        grows_with="people who are signed in",
        life="30 days after the last use",
        shard_key=BY_ID,
    ),
    _kept("ended_sessions", _until("expires_at"), grows_with="sign-outs", life="half an hour"),
    _kept("personal_keys", grows_with="one document"),
    _kept("tallies", _until("expires_at"), grows_with="tries that are limited", life="a day"),
)

MEMBERS = (
    _kept(
        "members",
        by("merged_into", sparse=True),
        grows_with="members",
        says_facts=True,
    ),
    _kept(
        "member_identities",
        by("member_id"),
        # Of what a member has but one of, no two are theirs, whoever claims them at the same time.
        by("sole", unique=True, sparse=True),
        grows_with="members, three each",
        says_facts=True,
    ),
    _kept(
        "member_merges",
        by("parties", "-at"),
        by("at"),
        by("undone.at", sparse=True),
        by("waiting_since", sparse=True),
        grows_with="members who are found to be one",
    ),
    _kept(
        "member_conflicts",
        by("state", "opened_at"),
        by("holder", "state"),
        by("claimant"),
        grows_with="numbers that two prove",
    ),
    _kept(
        "member_profiles",
        by("birthday.month", "birthday.day"),
        grows_with="members who tell of themselves",
        says_facts=True,
    ),
    _kept(
        "channel_purchases",
        by("member_id", "-at", "-_id"),
        by("waits_for", sparse=True),
        grows_with="purchases at tills and in other shops",
        shard_key=BY_ID,
        says_facts=True,
    ),
    _kept("erasures", by("due_at"), grows_with="members who were erased"),
)

MEDIA = (
    _kept(
        "assets",
        by("names.name"),
        by("likeness_keys"),
        by("state", "-order"),
        by("uploaded_by", "uploaded_at"),
        grows_with="files that staff and members deposit",
    ),
    _kept(
        "direct_uploads",
        by("sender_id", "asset_id"),
        by("expires_at"),
        grows_with="large uploads",
        life="a day",
    ),
)

CATALOGUE = (
    # No SKU belongs to two products, whoever imports them at the same time.
    _kept("products", by("variants.sku", unique=True), grows_with="products", says_facts=True),
    # No SKU is changed twice at one moment, whoever plans it at the same time.
    _kept("price_changes", by("claims", unique=True, sparse=True), grows_with="planned prices"),
    _kept("best_sellers", grows_with="regions"),
    _kept(
        "sales",
        by("changed_at"),
        by("scope", "day"),
        grows_with="days × regions",
    ),
)

NETWORK = (
    _kept("regions", grows_with="cities"),
    _kept("owners", grows_with="owners of stores"),
    _kept("stores", grows_with="stores"),
)

WALLETS = (
    _kept(
        "wallets",
        by("due_at"),
        by("holds.since", sparse=True),
        by("ops.at", sparse=True),
        grows_with="members and guides",
    ),
    _kept(
        "wallet_entries",
        by("target", "at"),
        by("open_at", sparse=True),
        grows_with="points and coins earned, spent and lapsed",
    ),
    _kept("points_rules", grows_with="versions of the rules"),
    _kept("till_codes", _until("expires_at", 86_400), grows_with="codes shown", life="a day"),
)

AUDIENCES = (
    _kept(
        "member_traits",
        by("segments", "_id"),
        by("due_at"),
        by("chance"),
        # Whose card ends on a day.
        by("level_until"),
        grows_with="members who buy or are tagged",
        says_facts=True,
    ),
    _kept("level_rules", grows_with="versions of the levels"),
    _kept("tags", grows_with="words of the dictionary, 400"),
    _kept("segments", grows_with="segments"),
    _kept("audiences", grows_with="campaigns"),
    _kept("audience_parts", grows_with="campaigns × members, 4,096 a document"),
)

PROMOTIONS = (
    _kept("offers", grows_with="offers"),
    _kept("shipping_fees", grows_with="one document"),
    _kept(
        "coupons",
        by("member_id", "claimed_at"),
        by("hold.order_id", sparse=True),
        by("shown.code", sparse=True),
        by("state", "moved_at"),
        by("kept_for.store_id", "kept_for.since", sparse=True),
        grows_with="coupons claimed",
    ),
    _kept("coupon_clashes", by("-at"), grows_with="uses at tills that were refused"),
    _kept("coupon_claims", by("open_at", sparse=True), grows_with="coupons claimed"),
    _kept("coupon_totals", by("ops.at"), grows_with="coupon offers"),
    _kept(
        "offer_spendings",
        by("open_at", sparse=True),
        grows_with="orders that take of a budget",
    ),
    _kept("offer_budgets", by("ops.at"), grows_with="offers with a budget"),
    _kept("gift_pack_moves", by("open_at", sparse=True), grows_with="gift packs sent and fetched"),
    _kept("gift_packs", by("store_id"), by("ops.at"), grows_with="gift pack offers × stores"),
    _kept("referral_terms", grows_with="one document"),
    _kept("referral_codes", by("member_id", unique=True), grows_with="members who invite"),
    _kept(
        "referrals",
        by("inviter_id", "-accepted_at"),
        by("order_id"),
        by("state", "-accepted_at"),
        by("due_at"),
        grows_with="members who were invited",
    ),
    _kept("referral_counts", by("open_at", sparse=True), grows_with="referrals rewarded"),
    _kept("referral_months", by("ops.at"), grows_with="inviters × months"),
)

CONTENT = (
    _kept(
        "posts",
        by("latest.revision_id"),
        by("latest.category_id"),
        by("latest.products"),
        by("latest.scenes"),
        by("showings.facets.revision_id"),
        by("showings.facets.category_id"),
        by("showings.facets.products"),
        by("showings.facets.scenes"),
        by("showings.facets.assets"),
        by("schedule.campaign_id"),
        by("parent.post_id"),
        by("source_id"),
        by("author_id"),
        by("due_at"),
        by("waiting.role", "waiting.order"),
        by("ops.at", sparse=True),
        grows_with="posts",
    ),
    _kept("post_revisions", by("post_id"), grows_with="posts × revisions"),
    _kept("categories", grows_with="categories"),
    _kept("review_policies", grows_with="one document"),
    _kept("campaigns", by("settled"), by("starts_at"), grows_with="campaigns"),
    _kept(
        "marks",
        by("person_id", "mark"),
        grows_with="likes and saves",
        shard_key=BY_ID,
    ),
    _kept("mark_changes", by("open_at", sparse=True), grows_with="likes and saves"),
    _kept(
        "post_reports",
        by("post_id"),
        by("person_id"),
        grows_with="reports of notes",
        shard_key=BY_ID,
    ),
)

SHARING = (
    _kept(
        "share_links",
        by("key", unique=True),
        by("guide_id", "created_at"),
        grows_with="guides × what they share",
        says_facts=True,
    ),
    _kept(
        "touches",
        by("person_id", "-touched_at"),
        by("code"),
        grows_with="visits by share links",
        shard_key=BY_ID,
        says_facts=True,
    ),
)

POSTERS = (
    _kept("poster_templates", by("kinds", "usable"), grows_with="templates"),
    _kept("poster_batches", by("cleared"), by("created_at"), grows_with="batches"),
    _kept(
        "poster_parts",
        by("open", "free_at"),
        by("batch_id", "open"),
        grows_with="batches × guides",
        life="until their batch is cleared",
    ),
)

FACES = (
    _kept("layers", grows_with="stores"),
    _kept("layer_history", by("layer", "-version"), grows_with="stores × publications"),
    _kept("layer_drafts", grows_with="stores"),
    _kept("face_policies", grows_with="owners and regions"),
    _kept(
        "consumers",
        _until("forget_at"),
        grows_with="visitors and members",
        life="a visitor's for 90 days, a member's for ever",
        shard_key=BY_ID,
    ),
)

STOCK = (
    _kept(
        "pools",
        # Without `available`, which every order would have to move in the index.
        by("region_id"),
        by("in_flight.at"),
        by("ops.at"),
        grows_with="regions × SKUs",
        # It begins with the region: all that one order changes lies together.
        shard_key=("_id",),
    ),
    _kept(
        "movements",
        by("open_at", sparse=True),
        by("store_id", "sku", "at"),
        by("store_id", "at"),
        grows_with="what changes stock",
        # A movement's id names one store and SKU, so that no two shards have the same id.
        shard_key=("store_id", "sku"),
    ),
    _kept("store_moves", by("at"), grows_with="stores that move"),
    _kept(
        "transfers",
        by("stores", "at"),
        by("unfinished", "at"),
        by("state", "at"),
        grows_with="transfers",
    ),
    _kept("safety_rules", grows_with="rules"),
    _kept("safety_doubts", by("look_at"), grows_with="stores in doubt", life="until looked at"),
    _kept("applied_states", grows_with="stores"),
    _kept("promise_outcomes", grows_with="releases"),
    _kept(
        "shortages",
        by("store_id", "raised_at"),
        by("waiting", "raised_at"),
        by("waiting", "attended_at"),
        grows_with="units that are missing",
    ),
)

ORDERS = (
    _kept(
        "orders",
        by("buyer_id", "idempotency_key", unique=True),
        by("buyer_id", "placed_at"),
        by("store_id", "placed_at"),
        by("visitor_key", sparse=True),
        by("state", "expires_at"),
        by("state", "placed_at"),
        by("release.since"),
        grows_with="orders",
        shard_key=("buyer_id",),
        says_facts=True,
    ),
    _kept("unpaid", _until("forget_at"), grows_with="buyers who have not paid", life="a day"),
    _kept(
        "carts",
        _until("forget_at"),
        grows_with="visitors and members",
        life="a visitor's for 90 days, a member's for ever",
        shard_key=BY_ID,
    ),
)

FULFILMENT = (
    _kept(
        "fulfilments",
        by("buyer_id"),
        by("queues", "order_id"),
        by("exceptional", "order_id"),
        by("waiting", "attend_at"),
        by("reporting", "report_at"),
        grows_with="orders",
        shard_key=BY_ID,
        says_facts=True,
    ),
    _kept("store_days", by("day", "full"), grows_with="stores × days", shard_key=BY_ID),
    _kept(
        "stray_payments",
        by("settled", "heard_at", "stray_id"),
        grows_with="payments that change no order",
    ),
    _kept("return_policies", grows_with="one document"),
    _kept("sandbox_payments", grows_with="orders of a demo brand"),
    _kept("sandbox_refunds", grows_with="refunds of a demo brand"),
)

EARNINGS = (
    _kept(
        "order_books",
        by("due", sparse=True),
        by("parties", "-paid_at", "-_id"),
        grows_with="paid orders, purchases of channels",
        says_facts=True,
    ),
    _kept(
        "journals",
        by("accounts", "-at", "-_id"),
        by("statable", "at", "_id"),
        by("late", "at", sparse=True),
        grows_with="steps of paid orders, about 4 each",
    ),
    _kept(
        "statements",
        by("owner_id", "-period"),
        by("period", "owner_id"),
        grows_with="franchisees × months",
    ),
    _kept("statement_parts", grows_with="lines of franchisees, 500 a document"),
    _kept("settlement_runs", grows_with="months"),
    _kept(
        "payouts",
        by("owner_id", "-period"),
        by("period", "owner_id"),
        by("state", "period"),
        grows_with="franchisees × months",
    ),
    _kept("payees", grows_with="franchisees"),
    _kept("guide_payees", grows_with="guides"),
    _kept(
        "guide_transfers",
        by("guide_id", "-period"),
        by("period", "guide_id"),
        by("due", sparse=True),
        by("state"),
        grows_with="guides × rounds",
    ),
    _kept("bill_days", grows_with="days"),
    _kept(
        "bill_differences",
        by("state", "_id"),
        by("order_id", "state"),
        grows_with="orders of which bills and ledger differ",
    ),
    _kept("freezes", by("state", "_id"), grows_with="what finance freezes"),
    _kept(
        "payment_sharings",
        by("due", sparse=True),
        grows_with="paid orders, where payments are shared",
    ),
    _kept(
        "statement_disputes",
        by("statement_id"),
        by("answered_at", "opened_at", "_id"),
        grows_with="what is objected to",
    ),
    _kept("journal_lines", by("open_at", sparse=True), grows_with="journals, about 4 lines each"),
    _kept(
        "earned_counts",
        by("open_at", sparse=True),
        grows_with="journals of guides, 2 each",
    ),
    _kept(
        "earned",
        by("ops.at"),
        by("period"),
        grows_with="guides × days with earnings",
    ),
    _kept(
        "effects",
        by("of", "period", "-net", "-_id"),
        grows_with="what links say × days with visits",
    ),
    _kept("ledger_accounts", by("ops.at"), by("kind", "_id"), grows_with="owners and guides"),
    _kept("split_rules", grows_with="changes of the rule"),
)

CONTACT = (
    _kept(
        "contact_inbox",
        _until("heard_at", 90 * 86_400),
        grows_with="what WeCom tells",
        life="90 days",
        says_facts=True,
    ),
    _kept(
        "bonds",
        by("user_id", "standing", "external_id"),
        by("user_id", "first_at"),
        by("store_id", "first_at"),
        by("external_id"),
        by("member_id", sparse=True),
        by("waits_for", sparse=True),
        by("judge_at", sparse=True),
        grows_with="customers × their guides in WeCom",
        says_facts=True,
    ),
    _kept("friend_lists", by("due_at"), grows_with="guides"),
    _kept(
        "friend_invitations",
        by("person_id"),
        _until("at", 90 * 86_400),
        grows_with="visitors who are given a link to a guide's chat",
        life="90 days",
    ),
    _kept("contact_ways", by("store_id", "name"), grows_with="guides, and codes of stores"),
    _kept("friend_days", grows_with="guides × days with new friends that count"),
    _kept("store_buyers", by("key"), grows_with="stores × days × members who pay there"),
    _kept(
        "customer_moves",
        by("from_user", "external_id"),
        by("from_user", "state", "external_id"),
        by("due_at"),
        grows_with="customers who are handed over",
    ),
    _kept(
        "customer_groups",
        by("store_id", "_id"),
        by("owner"),
        by("due_at", sparse=True),
        by("hand_over.from_user", sparse=True),
        grows_with="customer groups, 500 members a document at most",
    ),
    _kept("group_ways", by("store_id", "name"), grows_with="codes to groups"),
    _kept("contact_rules", grows_with="versions of the rules"),
)

MESSAGING = (
    _kept("message_templates", grows_with="messages that may be sent"),
    _kept(
        "messages",
        by("member_id", "-at", "-_id"),
        by("state", "due_at", sparse=True),
        by("batch_id", sparse=True),
        by("user_id", "state", sparse=True),
        grows_with="messages to members",
        says_facts=True,
    ),
    _kept(
        "errands",
        by("store_id", "-at", "-_id"),
        by("due_at"),
        by("task_id", sparse=True, unique=True),
        by("asked_by"),
        by("group_id", sparse=True),
        by("share_code", sparse=True),
        grows_with="what guides are asked to send in WeCom",
        says_facts=True,
    ),
    _kept(
        "guide_notices",
        by("due_at", sparse=True),
        _until("at", 90 * 86_400),
        grows_with="what guides are told by the app in WeCom",
        life="90 days",
    ),
    _kept(
        "group_registrations",
        by("code"),
        by("member_id"),
        grows_with="what members of groups register for",
    ),
    _kept(
        "message_allowances",
        by("member_id", sparse=True),
        _until("until", 86_400),
        grows_with="members × templates they said yes to, and × months",
        life="a day after its end",
    ),
    _kept(
        "sandbox_messages",
        grows_with="messages of a demo brand",
    ),
)

SERVICE = (
    _kept("bookables", grows_with="services, 200 at most"),
    _kept("advisors", grows_with="guides who can be booked"),
    _kept("service_points", grows_with="stores that offer services"),
    _kept(
        "bookings",
        by("customer_id", "starts_at"),
        by("store_id", "starts_at"),
        by("due_at"),
        _until("forget_at"),
        grows_with="bookings",
        life="for ever; one that found no place for a day",
        says_facts=True,
    ),
    _kept("store_members", by("keys", "-newest"), by("keys", "_id"), grows_with="members"),
    _kept(
        "booking_days",
        _until("forget_at"),
        grows_with="advisors, resources and customers × days with bookings",
        life="a week after the day",
    ),
    _kept(
        "booking_waits",
        by("customer_id", "since"),
        by("store_id", "day", "since"),
        _until("forget_at"),
        grows_with="wishes for days that are full",
        life="until the day is over",
    ),
)

LEARNING = (
    _kept("learning_topics", grows_with="topics, 200 at most"),
    _kept(
        "questions",
        by("group"),
        by("state", "made_at"),
        by("due_at"),
        grows_with="questions that were ever asked",
    ),
    _kept("exams", by("group"), by("state", "made_at"), grows_with="exams"),
    _kept("learning_maps", by("group"), by("state", "made_at"), grows_with="versions of maps"),
    _kept("enrolments", grows_with="maps × people who follow them"),
    _kept(
        "exam_attempts",
        by("sitter.person_id"),
        by("exam_id", "sitter.role", "passed"),
        by("questions", "_id"),
        by("due_at"),
        grows_with="exams × people × tries",
        says_facts=True,
    ),
    _kept("exam_resets", grows_with="exams that people begin anew"),
    _kept("exam_result_moves", by("open_at", sparse=True), grows_with="attempts × topics"),
    _kept("exam_results", by("list"), by("ops.at"), grows_with="exams × stores × topics"),
)

GUIDING = (
    _kept("guiding_rules", grows_with="versions of the rules"),
    _kept("coin_rewards", by("offered"), grows_with="rewards that coins buy"),
    _kept("coin_reward_moves", by("open_at", sparse=True), grows_with="rewards ordered"),
    _kept("coin_reward_stock", by("ops.at"), grows_with="rewards that coins buy"),
    _kept(
        "coin_reward_orders",
        by("guide_id", "ordered_at"),
        by("store_id", "ordered_at"),
        by("due_at"),
        grows_with="rewards ordered",
    ),
    _kept("task_templates", by("state", "made_at"), grows_with="templates of tasks"),
    _kept("tasks", by("store_id", "published_at"), grows_with="tasks published"),
    _kept("task_parts", by("due_at"), grows_with="tasks × guides, 100 a document"),
    _kept(
        "task_doers",
        by("guide_id", "ends_at"),
        by("task_id", "store_id"),
        grows_with="tasks × guides",
    ),
    _kept(
        "guide_sales",
        by("share_code", sparse=True),
        by("sold_at"),
        grows_with="orders that guides are credited for",
    ),
    _kept("guide_buyers", grows_with="guides × members who buy from them"),
    _kept("guide_figure_moves", by("open_at", sparse=True), grows_with="4 × what guides do"),
    _kept("guide_figures", by("list"), by("ops.at"), grows_with="guides × days and weeks"),
    _kept("guide_titles", grows_with="days and months"),
    _kept("behaviour_runs", by("due_at"), grows_with="days"),
    _kept("remarks", by("place", "removed_at", "said_at"), grows_with="what guides say"),
    _kept("remark_like_moves", by("open_at", sparse=True), grows_with="likes of what guides say"),
    _kept("remark_likes", by("ops.at"), grows_with="what guides say and is liked"),
    _kept("board_posts", by("off", "put_at"), grows_with="posts on the board"),
    _kept("assignment_moves", by("open_at", sparse=True), grows_with="what counts for tasks"),
    _kept("assignment_counts", by("ops.at"), grows_with="tasks that guides have begun"),
    _kept("assignments", grows_with="tasks that guides have done", says_facts=True),
    _kept("task_count_moves", by("open_at", sparse=True), grows_with="tasks asked and done"),
    _kept("task_counts", by("list"), by("ops.at"), grows_with="tasks × occurrences × stores"),
    _kept("contests", by("state", "made_at"), by("due_at"), grows_with="contests"),
    _kept(
        "contest_entrants",
        by("guide_id", "ends_at"),
        by("contest_id", "team"),
        grows_with="contests × guides",
    ),
    _kept(
        "contest_moves",
        by("open_at", sparse=True),
        by("target", "-at", "-_id"),
        grows_with="sales that count for contests",
    ),
    _kept("contest_scores", by("list"), by("ops.at"), grows_with="contests × days × guides"),
    _kept(
        "sale_reports",
        by("store_id", "made_at"),
        grows_with="sales that guides report for contests",
        says_facts=True,
    ),
    _kept("contest_standings", grows_with="contests × days"),
    _kept("customer_care", by("due"), grows_with="members who buy, book or tell of themselves"),
    _kept(
        "guide_todos",
        by("guide_id", "day"),
        by("member_id"),
        _until("asked_at", 90 * 86_400),
        grows_with="what journeys ask of guides",
        life="90 days",
    ),
    _kept(
        "task_reminders",
        _until("at", 40 * 86_400),
        grows_with="reminders of guides",
        life="40 days",
        says_facts=True,
    ),
)

INSIGHT = (
    _kept(
        "counters",
        by("under", sparse=True),
        grows_with="days × stores, guides and content that anything happens to",
    ),
    _kept(
        "insight_rows",
        by("scopes", "kind", "-at", "-_id"),
        _until("at", 400 * 86_400),
        grows_with="what is counted",
        life="400 days",
    ),
    _kept(
        "insight_cases",
        # Of visits alone: what is known of an order stays.
        _until("visited_at", 400 * 86_400, sparse=True),
        grows_with="orders, purchases, visitors × days",
        life="visits 400 days",
    ),
    _kept("insight_people", by("heir"), grows_with="people who join, befriend or buy"),
    _kept(
        "insight_entries",
        by("key", "at"),
        by("person_id"),
        grows_with="touchpoints and tests × people who come",
    ),
    _kept(
        "insight_cohorts",
        by("key", "day"),
        by("stirred", sparse=True),
        grows_with="touchpoints and tests × days",
    ),
    _kept("touchpoints", by("store_id"), by("kind"), grows_with="codes of stores"),
    _kept("touchpoint_tests", by("made_at"), by("due_at"), grows_with="tests"),
)

JOURNEYS = (
    _kept("journeys", by("made_at", "_id"), by("active", sparse=True), grows_with="journeys"),
    _kept(
        "journey_members",
        by("due_at"),
        by("opened"),
        by("unknown", "_id"),
        grows_with="members who do what journeys ask for",
        says_facts=True,
    ),
    _kept("journey_sweeps", by("due_at"), grows_with="journeys × lists"),
    _kept(
        "journey_spells",
        by("member_id"),
        grows_with="journeys by segments × members in them",
    ),
    _kept("journey_arms", by("split"), grows_with="splits × epochs × arms"),
    _kept("journey_shares", by("journey_id"), grows_with="splits × epochs"),
    _kept("speaking_rules", grows_with="versions of the rules"),
    _kept("marketing_items", grows_with="items of the marketing calendar, 500"),
    _kept("marketing_days", grows_with="items × their dates"),
)

WEBHOOKS = (
    _kept("webhooks", grows_with="outside systems"),
    _kept(
        "deliveries",
        by("waiting", "attend_at"),
        by("webhook_id"),
        by("failures"),
        grows_with="orders × webhooks",
        shard_key=BY_ID,
    ),
)

COLLECTIONS: tuple[Kept, ...] = (
    *KERNEL,
    *PEOPLE,
    *NETWORK,
    *MEMBERS,
    *MEDIA,
    *CATALOGUE,
    *WALLETS,
    *AUDIENCES,
    *PROMOTIONS,
    *CONTENT,
    *SHARING,
    *POSTERS,
    *FACES,
    *STOCK,
    *ORDERS,
    *FULFILMENT,
    *EARNINGS,
    *CONTACT,
    *MESSAGING,
    *SERVICE,
    *LEARNING,
    *GUIDING,
    *INSIGHT,
    *JOURNEYS,
    *WEBHOOKS,
)
BY_NAME = {one.name: one for one in COLLECTIONS}
# In whose documents facts wait to be relayed.
FACT_SOURCES = tuple(sorted(one.name for one in COLLECTIONS if one.says_facts))


def sharded() -> Sequence[Kept]:
    """The collections that are sharded where a cluster has shards."""
    return [one for one in COLLECTIONS if one.shard_key]
