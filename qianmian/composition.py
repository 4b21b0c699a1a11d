"""The one module that joins the API, the domain and the storage."""

import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.app import Edge, make_app
from api.kernel.clients import Proxies
from api.kernel.http import App
from api.kernel.logs import JsonLines
from api.kernel.metrics import Metrics
from api.kernel.stopping import Stopping
from api.kernel.world import World
from api.pages.shells import Desk
from domain.kernel.facts import Follower
from domain.kernel.imports import ImportPorts
from qianmian.clock import Job, new_id, now, repeating
from qianmian.foundation import Foundation
from qianmian.leaving import leaving
from qianmian.migrations import migrations_of
from qianmian.opening import made_ready
from qianmian.reacting import Listener, reacting
from qianmian.registering import registered_in
from qianmian.settings import Settings
from qianmian.wiring.audiences import tag_file_ports, trait_followers, trait_jobs, trait_ports
from qianmian.wiring.catalogue import (
    catalogue_followers,
    catalogue_jobs,
    catalogue_ports,
    offered_price_ports,
    product_search_ports,
)
from qianmian.wiring.contact import (
    chat_picture_ports,
    contact_followers,
    contact_jobs,
    contact_ports,
    group_ports,
    hand_over_ports,
    inbox_ports,
    inviting_ports,
    registering_ports,
)
from qianmian.wiring.content import content_followers, content_jobs, content_ports, seeding_ports
from qianmian.wiring.customers import (
    customer_followers,
    customer_ports,
    erasing_jobs,
    erasing_ports,
)
from qianmian.wiring.earnings import (
    before_refunds,
    bill_ports,
    bookkeeping_ports,
    crediting_ports,
    earned_ports,
    earnings_followers,
    earnings_jobs,
    earnings_view_ports,
    effect_ports,
    explain_ports,
    freeze_ports,
    guide_pay_ports,
    guide_payee_ports,
    payee_ports,
    payout_ports,
    settling_ports,
    sharing_out_ports,
)
from qianmian.wiring.fulfilment import (
    channel_order_followers,
    channel_order_ports,
    fulfilment_followers,
    fulfilment_jobs,
    fulfilment_ports,
    reporting_jobs,
)
from qianmian.wiring.guiding import (
    beside_ports,
    coin_ports,
    contest_ports,
    doing_ports,
    exam_effect_ports,
    figure_ports,
    group_sales_ports,
    guiding_followers,
    guiding_jobs,
    link_sales_ports,
    reward_ports,
    sale_report_ports,
    talk_ports,
    task_ports,
    task_template_ports,
    title_ports,
    today_ports,
)
from qianmian.wiring.insight import (
    board_ports,
    contest_board_ports,
    insight_followers,
    insight_jobs,
    stock_board_ports,
    touchpoint_ports,
    trial_ports,
)
from qianmian.wiring.journeys import (
    arranging_journeys,
    journey_followers,
    journey_jobs,
    planning_ports,
    rehearsal_ports,
)
from qianmian.wiring.learning import (
    exam_ports,
    learning_followers,
    learning_jobs,
    learning_ports,
    result_ports,
    study_ports,
)
from qianmian.wiring.media import media_jobs, media_ports, upload_ports
from qianmian.wiring.members import (
    channel_purchase_ports,
    learn_lookup,
    member_file_ports,
    member_followers,
    member_jobs,
    member_ports,
    telling_ports,
)
from qianmian.wiring.messaging import (
    asking_ports,
    follower_inbox_ports,
    messaging_followers,
    messaging_jobs,
    messaging_ports,
)
from qianmian.wiring.network import network_ports
from qianmian.wiring.orders import (
    cart_ports,
    order_followers,
    order_jobs,
    order_ports,
    order_search_ports,
    settling_of_stock,
)
from qianmian.wiring.people import (
    guide_ports,
    key_ports,
    people_ports,
    record_ports,
    sign_on_ports,
    staff_ports,
    succession_ports,
)
from qianmian.wiring.posters import batch_ports, poster_jobs, poster_ports
from qianmian.wiring.promotions import (
    coupon_ports,
    gift_pack_ports,
    promotion_followers,
    promotion_jobs,
    promotion_ports,
    referral_ports,
    store_pass_ports,
    take_up_ports,
    till_coupon_ports,
)
from qianmian.wiring.service import (
    arranging_ports,
    booking_ports,
    match_ports,
    service_followers,
    service_jobs,
    slot_ports,
    visit_ports,
    wait_ports,
)
from qianmian.wiring.sharing import sharing_ports
from qianmian.wiring.stock import (
    move_ports,
    stock_followers,
    stock_jobs,
    stock_ports,
    transfer_ports,
)
from qianmian.wiring.storefronts import consumer_ports, layer_ports, nearby_ports, storefront_ports
from qianmian.wiring.wallets import wallet_followers, wallet_jobs, wallet_ports
from qianmian.wiring.webhooks import webhook_followers, webhook_jobs, webhook_ports
from storage.board_news import BoardNewsFromFacts
from storage.mongo.audiences.audiences import MongoCustomers
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.contact.contact import contact_rules_of
from storage.mongo.content.post_list import MongoPostList, MongoPostWords
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.earnings.split_rules import MongoSplitRules
from storage.mongo.guiding.guiding_rules import guiding_rules_of
from storage.mongo.guiding.live_places import MongoLivePlaces
from storage.mongo.insight.sold_out import MongoSoldOut
from storage.mongo.journeys.journeys import speaking_rules_of
from storage.mongo.kernel.calls import Calls
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import CALL_TIMEOUT_MS, connect
from storage.mongo.kernel.heart import Heart
from storage.mongo.kernel.migrating import known_by, require_schema
from storage.mongo.mall.stock.shown import MongoShownStock
from storage.mongo.people.revocations import MongoRevocations
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.service.service_book import MongoServiceBook
from storage.mongo.sharing.touches import MongoTouches
from storage.mongo.wallets.points_rules import points_rules_of
from storage.order_news import OrderNewsFromFacts
from storage.processes import StampingProcesses
from storage.settling import Settling

# Jobs first come in turn within so many seconds, not all when a process begins to serve.
SPREAD_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a service is made of, put together and not yet started."""

    base: Foundation
    world: World
    jobs: tuple[Job, ...]
    followers: tuple[Follower, ...]
    listeners: Sequence[Listener]
    changes: ChangeStream
    heart: Heart
    settling: Settling
    stampers: StampingProcesses


def from_environment() -> App:
    """Build the service as the environment says; `uvicorn --factory` takes this function."""
    log_as_json()
    app = build(Settings.from_environment())
    # What is there by now stays; a search of it for garbage stops everybody for 0.2 s.
    gc.freeze()
    return app


def build(settings: Settings) -> App:
    """Build the service; connections open when it starts and close when it stops."""
    metrics = Metrics()
    database = connect(
        settings.mongodb_uri,
        settings.mongodb_database,
        call_timeout_ms=CALL_TIMEOUT_MS,
        listeners=[Calls(metrics.call)],
    )
    parts = put_together(Foundation(settings=settings, database=database))
    stopping = Stopping()

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with running(parts, metrics):
            with leaving(stopping, settings.drain_s):
                yield

    edge = Edge(
        origins=settings.cors_origins,
        proxies=Proxies.of(settings.trusted_proxies),
        counts_addresses=settings.address_limits,
        desk=Desk(
            people=settings.demo_people,
            uploads_to=settings.bucket_origin,
            sign_on=settings.oidc is not None,
        ),
        metrics_token=settings.metrics_token,
    )
    return make_app(parts.world, lifespan, edge, stopping, metrics)


@contextlib.asynccontextmanager
async def running(parts: Parts, metrics: Metrics) -> AsyncIterator[None]:
    """Start everything in order; what fails to stop keeps nothing else from stopping."""
    database = parts.base.database
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(database.client.close)
        stack.push_async_callback(parts.base.http.aclose)
        await made_ready(parts.base)
        await learn_lookup(parts.base)
        await parts.base.files.check()
        stack.push_async_callback(parts.changes.stop)
        await parts.changes.start()
        await stack.enter_async_context(parts.heart.beating())
        # Whoever takes away what this version needs looks for its beats, or is seen now.
        await require_schema(database, migrations_of(parts.base))
        stack.push_async_callback(parts.settling.settle_waiting)
        stack.callback(parts.stampers.close)
        await stack.enter_async_context(
            reacting(database, parts.followers, parts.listeners, metrics.followers)
        )
        for n, job in enumerate(parts.jobs):
            after_s = min(job.every_s, SPREAD_S) * n / len(parts.jobs)
            await stack.enter_async_context(repeating(job, metrics.job_failed, after_s=after_s))
        yield


def put_together(base: Foundation) -> Parts:
    """Make every port real, group by group, each from those before it."""
    heart = Heart(base.database, knows=known_by(migrations_of(base)))
    stampers = StampingProcesses()
    news, board_news = OrderNewsFromFacts(), BoardNewsFromFacts()
    people = people_ports(base)
    members = member_ports(base, people)
    network = network_ports(base)
    media = media_ports(base)
    uploads = upload_ports(base, media)
    content = content_ports(base)
    # What one writes is in one's own lists at once.
    base.made(MongoPosts).listen(base.made(MongoPostList).heard)
    base.made(MongoRevisions).listen(base.made(MongoPostWords).heard)
    seeding = seeding_ports(base, content, people)
    sharing = sharing_ports(base, content, people)
    stock = stock_ports(base)
    transfers = transfer_ports(base, stock)
    moves = move_ports(base, network, stock)
    orders = order_ports(base)
    fulfilment = fulfilment_ports(base, stock, orders, news, before_refunds(base))
    channel_orders = channel_order_ports(base, orders, fulfilment)
    posters = poster_ports(base, sharing, media)
    batches = batch_ports(base, posters, stampers)
    layers = layer_ports(base)
    webhooks = webhook_ports(base)
    messaging = messaging_ports(base, members)
    erasing = erasing_ports(base, telling_ports(base, members), content)
    world = World(
        bundles=(
            ImportPorts(workers=base.workers),
            people,
            staff_ports(base),
            sign_on_ports(base, people),
            key_ports(base),
            guide_ports(base),
            succession_ports(base),
            record_ports(base),
            members,
            telling_ports(base, members),
            member_file_ports(base, telling_ports(base, members)),
            channel_purchase_ports(base),
            customer_ports(base, telling_ports(base, members)),
            network,
            media,
            uploads,
            catalogue_ports(base),
            offered_price_ports(base),
            product_search_ports(base),
            wallet_ports(base),
            trait_ports(base),
            tag_file_ports(base),
            promotion_ports(base),
            till_coupon_ports(base),
            store_pass_ports(base),
            referral_ports(base),
            gift_pack_ports(base),
            take_up_ports(base),
            coupon_ports(base),
            content,
            seeding,
            sharing,
            consumer_ports(base, members, network),
            stock,
            transfers,
            moves,
            orders,
            cart_ports(base, orders),
            order_search_ports(base, members),
            fulfilment,
            channel_orders,
            layers,
            nearby_ports(base),
            storefront_ports(base, layers),
            posters,
            batches,
            crediting_ports(base),
            earned_ports(base),
            earnings_view_ports(base),
            effect_ports(base),
            settling_ports(base),
            payout_ports(base),
            guide_pay_ports(base),
            bill_ports(base),
            freeze_ports(base),
            payee_ports(base),
            guide_payee_ports(base),
            sharing_out_ports(base),
            bookkeeping_ports(base),
            explain_ports(base),
            inbox_ports(base),
            contact_ports(base, members),
            chat_picture_ports(base, posters),
            hand_over_ports(base, members),
            group_ports(base, members),
            registering_ports(base, members),
            inviting_ports(base, members),
            messaging,
            follower_inbox_ports(base),
            asking_ports(base, messaging, sharing),
            group_sales_ports(base, messaging, sharing),
            link_sales_ports(base, sharing),
            arranging_journeys(base, messaging),
            rehearsal_ports(base, messaging),
            planning_ports(base, messaging, sharing),
            slot_ports(base),
            arranging_ports(base),
            booking_ports(base),
            visit_ports(base),
            wait_ports(base),
            match_ports(base),
            learning_ports(base, content),
            study_ports(base),
            exam_ports(base),
            result_ports(base),
            coin_ports(base),
            reward_ports(base),
            task_template_ports(base, sharing),
            task_ports(base, sharing),
            doing_ports(base, sharing),
            today_ports(base, sharing),
            beside_ports(base, sharing, customer_ports(base, telling_ports(base, members))),
            contest_ports(base, sharing),
            contest_board_ports(base, contest_ports(base, sharing)),
            board_ports(base, board_news),
            stock_board_ports(base),
            touchpoint_ports(base, sharing),
            trial_ports(base),
            sale_report_ports(base),
            talk_ports(base, content),
            figure_ports(base),
            title_ports(base),
            exam_effect_ports(base),
            webhooks,
            erasing,
        ),
        reference=base.reference,
        places=base.reference,
        revocations=base.made(MongoRevocations),
        heart=heart,
        now=now,
        new_id=new_id,
        secret=base.settings.secret,
        public_url=base.settings.public_url,
        operation_s=base.settings.operation_s,
        registered=registered_in(base.settings.operations),
        introspection=base.settings.introspection,
    )
    jobs = (
        *order_jobs(base),
        *wallet_jobs(base),
        *member_jobs(members),
        *trait_jobs(base),
        *promotion_jobs(base),
        *stock_jobs(stock, transfers, moves),
        *fulfilment_jobs(stock, fulfilment),
        *reporting_jobs(base),
        *webhook_jobs(webhooks),
        *catalogue_jobs(base),
        *media_jobs(uploads),
        *content_jobs(content, seeding),
        *poster_jobs(batches),
        *earnings_jobs(
            bookkeeping_ports(base),
            settling_ports(base),
            payout_ports(base),
            sharing_out_ports(base),
            guide_pay_ports(base),
            bill_ports(base),
        ),
        *contact_jobs(hand_over_ports(base, members), group_ports(base, members)),
        *messaging_jobs(base, messaging),
        *journey_jobs(base, messaging),
        *service_jobs(base),
        *erasing_jobs(erasing),
        *learning_jobs(base),
        *guiding_jobs(base, sharing),
        *insight_jobs(base),
    )
    return Parts(
        base=base,
        world=world,
        jobs=jobs,
        followers=followers_of(base),
        listeners=(news, board_news, base.made(MongoLivePlaces)),
        changes=ChangeStream(
            base.database,
            [
                base.reference,
                base.made(MongoRevocations),
                base.made(MongoSuccessions).held,
                base.made(MongoTouches).heirs.held,
                base.made(MongoCustomers).heirs.held,
                base.made(points_rules_of),
                base.made(guiding_rules_of),
                base.made(MongoSplitRules),
                base.made(MongoMemberRuleBook),
                base.made(contact_rules_of),
                base.made(speaking_rules_of),
                base.made(MongoShownStock),
                base.made(MongoSoldOut),
                *base.made(MongoServiceBook).held,
                base.made(MongoPostList),
                base.made(MongoPostWords),
                heart,  # it hears last, when all others have heard
            ],
        ),
        heart=heart,
        settling=base.made(settling_of_stock),
        stampers=stampers,
    )


def followers_of(base: Foundation) -> tuple[Follower, ...]:
    """Whoever follows facts."""
    orders, stock = order_ports(base), stock_ports(base)
    fulfilment = fulfilment_ports(base, stock, orders, OrderNewsFromFacts(), before_refunds(base))
    members = member_ports(base, people_ports(base))
    messaging = messaging_ports(base, members)
    return (
        *catalogue_followers(base),
        *content_followers(base, content_ports(base)),
        *member_followers(base),
        *wallet_followers(base),
        *promotion_followers(base),
        *trait_followers(base, telling_ports(base, members)),
        *stock_followers(stock),
        *order_followers(base),
        *fulfilment_followers(base),
        *channel_order_followers(channel_order_ports(base, orders, fulfilment)),
        *earnings_followers(bookkeeping_ports(base), sharing_out_ports(base), effect_ports(base)),
        *contact_followers(contact_ports(base, members), group_ports(base, members)),
        *messaging_followers(base, messaging),
        *service_followers(base, messaging),
        *customer_followers(base, telling_ports(base, members)),
        *learning_followers(base),
        *guiding_followers(base, sharing_ports(base, content_ports(base), people_ports(base))),
        *insight_followers(base),
        *journey_followers(base, messaging),
        *webhook_followers(webhook_ports(base)),
    )


def log_as_json() -> None:
    """Write the log to standard error, one JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    # What no line shows is not looked up for each; see "Optimization" in Python's logging HOWTO.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None


__all__ = ["build", "from_environment", "new_id", "now"]
