"""The one module that joins the API, the domain and the storage."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from api.app import make_app
from api.kernel.http import App, JsonLines
from api.kernel.world import World
from domain.catalogue.best_sellers import RANK_EVERY, rank_best_sellers
from domain.catalogue.product_search import ProductSearchPorts
from domain.catalogue.products import CataloguePorts
from domain.content.bank import ContentPorts
from domain.content.planning.calendar import tend_calendar
from domain.content.renaming import NameFollower
from domain.content.seeding.buyer_shows import ContentCheck, SeedingPorts
from domain.content.seeding.following import PostsOnShow
from domain.kernel.files import Files
from domain.mall.consumers.merging import ConsumerPorts
from domain.mall.fulfilment import advancing
from domain.mall.fulfilment.changing import FulfilmentPorts
from domain.mall.fulfilment.counter import new_pickup_code
from domain.mall.fulfilment.order_stock import StockShelves
from domain.mall.fulfilment.placed_orders import PlacedOrders
from domain.mall.fulfilment.rerouting import attend_shortages
from domain.mall.orders.carts import CartPorts
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.sweeping import OrderSweepPorts, sweep
from domain.mall.reference import ReferenceSource
from domain.mall.stock.holding_back import follow_states
from domain.mall.stock.pools import Pools
from domain.mall.stock.reconciling import Books
from domain.mall.stock.stocking import StockPorts
from domain.mall.stock.transfers import TransferPorts, sweep_transfers
from domain.mall.storefronts.publishing import LayerPorts
from domain.mall.storefronts.storefronts import StorefrontPorts
from domain.media.asset_bank import MediaPorts
from domain.media.direct_uploads import PartReceiver, Staging, UploadPorts
from domain.media.tidying import tidy_assets
from domain.network.store_files import NetworkPorts
from domain.network.stores import StoreId, StoreState
from domain.people.accounts import StaffAccounts
from domain.people.act import by_the_clock
from domain.people.sign_in import PeoplePorts, WechatPhones, WechatSignIn, WecomSignIn
from domain.posters.bank_pictures import BankPictures
from domain.posters.bulk import BatchPorts, work
from domain.posters.making import PlateRack, PosterPorts
from domain.posters.scanning import Codes, ShareUrlCodes
from domain.sharing.approved import BankPosts
from domain.sharing.links import new_code
from domain.sharing.sharing import SharingPorts
from domain.webhooks.webhooks import WebhookPorts, tell
from qianmian.loops import repeating
from qianmian.settings import Credentials, Settings, SettingsError
from storage.advertising_claims import read_claims
from storage.divisions import read_divisions
from storage.files.disk import DiskFiles
from storage.files.disk_staging import DiskStaging
from storage.files.s3 import S3Files, s3_client
from storage.files.s3_staging import S3Staging
from storage.fonts import bundled
from storage.mongo.catalogue.best_sellers import MongoBestSellers
from storage.mongo.catalogue.region_stock import MongoRegionStock
from storage.mongo.content.marks import MongoMarks
from storage.mongo.content.post_planning import MongoCampaigns, MongoCategories, MongoPolicies
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database, DatabaseUnreachable, answers, connect, prepare
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.tokens import MongoTokens
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.mall.consumers.belongings import CartBelongings
from storage.mongo.mall.consumers.consumers import MongoConsumers
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.fulfilment.order_news import MongoOrderNews
from storage.mongo.mall.fulfilment.sandbox_payments import SandboxPayments
from storage.mongo.mall.orders.carts import MongoCarts
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.mall.reference import MongoReference
from storage.mongo.mall.routing.workload import MongoWorkload
from storage.mongo.mall.stock.books import MongoBooks
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.safety import MongoSafetyRules
from storage.mongo.mall.stock.shortages import MongoShortages
from storage.mongo.mall.stock.stock import MongoPools
from storage.mongo.mall.stock.transfers import MongoTransfers
from storage.mongo.mall.storefronts.layers import MongoLayers
from storage.mongo.media.assets import MongoAssets
from storage.mongo.media.direct_uploads import MongoDirectUploads
from storage.mongo.people.people import MongoGuides, MongoMembers, MongoSessions, MongoStaff
from storage.mongo.posters.poster_batches import MongoPosterBatches
from storage.mongo.posters.posters import MongoPosterTemplates
from storage.mongo.sharing.sharing import MongoShareLinks, MongoTouches
from storage.mongo.webhooks.webhooks import MongoOutbox
from storage.outside.mini_program_codes import MiniProgramCodes, StableToken
from storage.outside.sandbox import SandboxWechatPhones, SandboxWechatSignIn, SandboxWecomSignIn
from storage.outside.webhooks import HttpSender
from storage.outside.wechat import WechatCode2Session, WecomCode2Session
from storage.outside.wechat_content import WechatContentCheck
from storage.outside.wechat_pay import WechatPay, WechatPayAccount
from storage.outside.wechat_pay_signing import MerchantKey, PlatformKey
from storage.outside.wechat_phones import WechatPhoneNumbers
from storage.outside.word_list_check import WordListCheck
from storage.processes import StampingProcesses
from storage.settling import Settling
from storage.threads import Threads
from storage.turns import Turns

# An outside service that takes longer than this counts as not answering.
OUTSIDE_TIMEOUT_S = 5.0
# An unpaid order expires at most this long after its time is up.
SWEEP_EVERY_S = 2.0
# Webhooks hear of a step at most this long after it was taken.
TELL_EVERY_S = 1.0
# Marks that are not in the ledger yet make their pools slower to write.
SETTLE_EVERY_S = 0.1
TIDY_EVERY_S = 60.0
# What a schedule has brought is in the book of records at most this long afterwards.
TEND_EVERY_S = 2.0
# How soon after its order a batch of posters is begun.
POSTERS_EVERY_S = 1.0
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def now() -> datetime:
    """The present moment in UTC, to the millisecond as the database keeps it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_id(kind: str) -> str:
    """A new id such as `order_01jd3…`: milliseconds, then 50 random bits, in base 32."""
    number = (time.time_ns() // 1_000_000 << 50) | secrets.randbits(50)
    digits = [_ALPHABET[number >> shift & 31] for shift in range(95, -5, -5)]
    return f"{kind}_{''.join(digits)}"


def from_environment() -> App:
    """Build the service as the environment says; `uvicorn --factory` takes this function."""
    log_as_json()
    return build(Settings.from_environment())


def build(settings: Settings) -> App:
    """Build the service; connections open when it starts and close when it stops."""
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    http = httpx2.AsyncClient(timeout=OUTSIDE_TIMEOUT_S)
    reference = MongoReference(database)
    news = MongoOrderNews(database)
    changes = ChangeStream(database, [reference, news])
    settling = Settling(MongoPools(database))
    stampers = StampingProcesses()
    world = make_world(settings, database, http, reference, news, settling, stampers)

    telling = WebhookPorts(
        outbox=world.outbox, sender=HttpSender(http), fulfilments=world.fulfilling.fulfilments
    )

    names = NameFollower(world.content)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        await prepare(database)
        await world.files.check()
        await changes.start()
        sweeping = make_sweeping(database, reference)
        try:
            async with (
                repeating(settling.settle_waiting, every_s=SETTLE_EVERY_S),
                repeating(partial(follow_store_states, world.stocking, {}), every_s=SWEEP_EVERY_S),
                repeating(
                    lambda: sweep_transfers(world.transferring, by_the_clock(now(), new_id)),
                    every_s=SWEEP_EVERY_S,
                ),
                repeating(
                    lambda: attend_shortages(world.stocking, world.fulfilling, now=now()),
                    every_s=SWEEP_EVERY_S,
                ),
                repeating(lambda: sweep(sweeping, now=now(), new_id=new_id), every_s=SWEEP_EVERY_S),
                repeating(lambda: tell(telling, clock=now), every_s=TELL_EVERY_S),
                repeating(lambda: world.ordering.workload.refresh(now()), every_s=SWEEP_EVERY_S),
                repeating(
                    lambda: advancing.sweep(world.fulfilling, now=now()), every_s=SWEEP_EVERY_S
                ),
                repeating(
                    lambda: rank_best_sellers(MongoBestSellers(database), now=now()),
                    every_s=RANK_EVERY.total_seconds() / 10,
                ),
                repeating(lambda: tidy_assets(world.arrivals, now=now()), every_s=TIDY_EVERY_S),
                repeating(
                    lambda: tend_calendar(world.content, now=now(), new_id=new_id),
                    every_s=TEND_EVERY_S,
                ),
                repeating(names.follow, every_s=TEND_EVERY_S),
                repeating(
                    lambda: work(world.bulk, clock=now, new_code=world.new_code),
                    every_s=POSTERS_EVERY_S,
                ),
            ):
                yield
        finally:
            stampers.close()
            await settling.settle_waiting()
            await changes.stop()
            await http.aclose()
            database.client.close()

    return make_app(world, lifespan)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, answering and with every index, for a script that works on it directly."""
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    try:
        await prepare(database)
        yield database
    finally:
        database.client.close()


def make_world(
    settings: Settings,
    database: Database,
    http: httpx2.AsyncClient,
    reference: MongoReference,
    news: MongoOrderNews,
    settling: Settling,
    stampers: StampingProcesses,
) -> World:
    """Make every port real, as the settings say."""
    arrivals = make_arrivals(settings, database)
    assets = arrivals.bank
    pools = MongoPools(database)
    stocking = make_stocking(database, reference)
    people = make_people(settings, database, http)
    content = make_content(database, reference)
    ordering = replace(make_ordering(database, reference, settling), pay_within=settings.pay_within)
    press = make_press(settings, database, http, people, assets, content)
    return World(
        people=people,
        reference=reference,
        reference_writer=reference,
        network=NetworkPorts(reference=reference, writer=reference, divisions=read_divisions()),
        assortment=CataloguePorts(
            reference=reference,
            writer=reference,
            pictures=MongoAssets(database),
            uses=MongoUses(database),
            records=MongoRecords(database),
        ),
        finding=ProductSearchPorts(
            stock=MongoRegionStock(database), ranking=MongoBestSellers(database)
        ),
        consumer_desk=ConsumerPorts(
            consumers=MongoConsumers(database),
            belongings=[
                MongoTouches(database),
                MongoOrders(database),
                CartBelongings(database),
            ],
        ),
        faces=LayerPorts(
            reference=reference,
            layers=MongoLayers(database, reference),
            pictures=MongoAssets(database),
            uses=MongoUses(database),
        ),
        shopfront=StorefrontPorts(
            touches=MongoTouches(database),
            availability=pools,
            pools=pools,
            best_selling=MongoBestSellers(database),
        ),
        stocking=stocking,
        transferring=TransferPorts(
            stocking=stocking,
            outcomes=MongoOutcomes(database),
            transfers=MongoTransfers(database),
        ),
        ordering=ordering,
        carting=CartPorts(carts=MongoCarts(database), ordering=ordering),
        news=news,
        outbox=MongoOutbox(database),
        fulfilling=make_fulfilling(settings, database, http, ordering),
        assets=assets,
        press=press,
        bulk=BatchPorts(press=press, batches=MongoPosterBatches(database), stampers=stampers),
        content=content,
        seeding=make_seeding(settings, database, http, people, content),
        files=assets.files,
        workers=assets.workers,
        arrivals=arrivals,
        database_answers=partial(answers, database),
        now=now,
        new_id=new_id,
        new_code=partial(new_code, secrets.choice),
        new_pickup_code=partial(new_pickup_code, secrets.choice),
        new_secret=secrets.token_urlsafe,
        public_url=settings.public_url,
    )


def make_ordering(database: Database, reference: ReferenceSource, settling: Settling) -> OrderPorts:
    """Placing orders."""
    return OrderPorts(
        reference=reference,
        pools=MongoPools(database),
        workload=MongoWorkload(database),
        settle=settling.soon,
        orders=MongoOrders(database),
        touches=MongoTouches(database),
        pause=asyncio.sleep,
        turns=Turns(),
    )


def make_fulfilling(
    settings: Settings, database: Database, http: httpx2.AsyncClient, ordering: OrderPorts
) -> FulfilmentPorts:
    """Payment and fulfilment; money moves in a sandbox where no merchant is configured."""
    wechat_pay = make_wechat_pay(settings, http)
    sandbox = SandboxPayments(database, settings.public_url)
    return FulfilmentPorts(
        fulfilments=MongoFulfilments(database),
        orders=PlacedOrders(mall=ordering, new_id=new_id),
        shelves=StockShelves(
            reference=ordering.reference,
            pools=ordering.pools,
            outcomes=MongoOutcomes(database),
            workload=ordering.workload,
            new_id=new_id,
        ),
        provider=wechat_pay or sandbox,
        notices=wechat_pay,
        sandbox=None if wechat_pay else sandbox,
    )


def make_wechat_pay(settings: Settings, http: httpx2.AsyncClient) -> WechatPay | None:
    """The merchant's account at WeChat Pay, where one is configured."""
    keys = settings.wechat_pay
    if keys is None or settings.wechat is None:
        return None
    try:
        account = WechatPayAccount(
            gateway=keys.gateway,
            app_id=settings.wechat.id,
            merchant=MerchantKey.from_pem(keys.merchant_id, keys.serial, keys.private_key),
            platform=PlatformKey.from_pem(keys.platform_key_id, keys.platform_key),
            api_key=keys.api_key,
            notify_url=f"{settings.public_url}/pay/wechat/notice",
        )
    except ValueError:
        raise SettingsError(
            "WECHAT_PAY_PRIVATE_KEY_FILE and WECHAT_PAY_PUBLIC_KEY_FILE must hold RSA keys in PEM."
        ) from None
    return WechatPay(http, account, now=now)


def make_pools(database: Database) -> Pools:
    """The pools of stock."""
    return MongoPools(database)


def make_books(database: Database) -> Books:
    """Pools, movements and orders side by side."""
    return MongoBooks(database)


async def follow_store_states(stocking: StockPorts, known: dict[StoreId, StoreState]) -> None:
    """Hold back the stock of stores that do not sell, as their state is known by now."""
    await follow_states(stocking, known, now=now(), new_id=new_id)


def make_stocking(database: Database, reference: ReferenceSource) -> StockPorts:
    """Feeding and keeping stock."""
    return StockPorts(
        reference=reference,
        pools=MongoPools(database),
        safety=MongoSafetyRules(database),
        shortages=MongoShortages(database),
    )


def make_sweeping(database: Database, reference: ReferenceSource) -> OrderSweepPorts:
    """What the clock does to orders."""
    return OrderSweepPorts(
        reference=reference,
        orders=MongoOrders(database),
        pools=MongoPools(database),
        outcomes=MongoOutcomes(database),
        shortages=MongoShortages(database),
    )


def make_people(settings: Settings, database: Database, http: httpx2.AsyncClient) -> PeoplePorts:
    """Staff, guides and members; sandboxes for WeChat and WeCom where nothing is configured."""
    wechat: WechatSignIn = SandboxWechatSignIn()
    phones: WechatPhones = SandboxWechatPhones()
    if settings.wechat:
        app = settings.wechat
        wechat = WechatCode2Session(http, app.id, app.secret)
        phones = WechatPhoneNumbers(http, make_token(app, database, http))
    wecom: WecomSignIn = SandboxWecomSignIn()
    if settings.wecom:
        wecom = WecomCode2Session(http, settings.wecom.id, settings.wecom.secret)
    return PeoplePorts(
        staff=MongoStaff(database),
        guides=MongoGuides(database),
        members=MongoMembers(database),
        sessions=MongoSessions(database),
        wechat=wechat,
        phones=phones,
        wecom=wecom,
        secret=settings.secret,
    )


def make_arrivals(settings: Settings, database: Database) -> UploadPorts:
    """The content bank's assets, and the large files on their way to it."""
    files, staging, receiver = make_files(settings)
    bank = MediaPorts(
        assets=MongoAssets(database),
        displays=PostsOnShow(MongoPosts(database)),
        files=files,
        uses=MongoUses(database),
        records=MongoRecords(database),
        workers=Threads(),
    )
    return UploadPorts(
        bank=bank, staging=staging, uploads=MongoDirectUploads(database), receiver=receiver
    )


def make_codes(
    settings: Settings, database: Database, http: httpx2.AsyncClient, files: Files
) -> Codes:
    """Mini-program codes where the app's credentials are set, else QR codes of the share URL."""
    if settings.wechat is None:
        return ShareUrlCodes(settings.public_url)
    token = make_token(settings.wechat, database, http)
    return MiniProgramCodes(http, token, files, pause=asyncio.sleep)


def make_token(app: Credentials, database: Database, http: httpx2.AsyncClient) -> StableToken:
    """WeChat's access token of an app, which all processes share."""
    return StableToken(http, app.id, app.secret, tokens=MongoTokens(database), now=now)


def make_press(
    settings: Settings,
    database: Database,
    http: httpx2.AsyncClient,
    people: PeoplePorts,
    assets: MediaPorts,
    content: ContentPorts,
) -> PosterPorts:
    """Share links and the posters that carry them."""
    return PosterPorts(
        sharing=SharingPorts(
            links=MongoShareLinks(database),
            touches=MongoTouches(database),
            guides=people.guides,
            posts=BankPosts(content),
            campaigns=content.campaigns,
            reference=content.reference,
        ),
        templates=MongoPosterTemplates(database),
        pictures=BankPictures(assets),
        codes=make_codes(settings, database, http, assets.files),
        files=assets.files,
        uses=assets.uses,
        records=assets.records,
        workers=assets.workers,
        fonts=bundled,
        rack=PlateRack(),
    )


def make_content(database: Database, reference: MongoReference) -> ContentPorts:
    """The content bank's posts."""
    return ContentPorts(
        posts=MongoPosts(database),
        revisions=MongoRevisions(database),
        categories=MongoCategories(database),
        policies=MongoPolicies(database),
        campaigns=MongoCampaigns(database),
        assets=MongoAssets(database),
        uses=MongoUses(database),
        records=MongoRecords(database),
        reference=reference,
        claims=read_claims(),
        sales=MongoBestSellers(database),
    )


def make_seeding(
    settings: Settings,
    database: Database,
    http: httpx2.AsyncClient,
    people: PeoplePorts,
    content: ContentPorts,
) -> SeedingPorts:
    """Consumers' part of the content bank; a word list checks them where WeChat does not."""
    check: ContentCheck = WordListCheck()
    if settings.wechat:
        check = WechatContentCheck(http, settings.wechat.id, settings.wechat.secret)
    return SeedingPorts(
        bank=content, check=check, marks=MongoMarks(database), members=people.members
    )


def make_files(settings: Settings) -> tuple[Files, Staging, PartReceiver | None]:
    """A folder, or a bucket where the setting reads `s3://BUCKET`, and where large files arrive.

    A bucket takes the parts of large files itself; for a folder, this service does.
    """
    if settings.files.startswith("s3://"):
        bucket = settings.files.removeprefix("s3://")
        client = s3_client(settings.s3_endpoint)
        return S3Files(client, bucket), S3Staging(client, bucket), None
    files = DiskFiles(Path(settings.files))
    staging = DiskStaging(files, public_url=settings.public_url, secret=settings.secret)
    return files, staging, staging


def staff_accounts(database: Database) -> StaffAccounts:
    """The accounts of the staff, for scripts that open them."""
    return MongoStaff(database)


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


__all__ = [
    "DatabaseUnreachable",
    "build",
    "from_environment",
    "new_id",
    "now",
    "opened",
    "staff_accounts",
]
