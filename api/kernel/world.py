"""What the API is given to work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.product_search import Finding
from domain.catalogue.products import Assortment
from domain.content.bank import ContentBank
from domain.content.seeding.buyer_shows import SeedingZone
from domain.kernel.files import Files
from domain.kernel.work import Workers
from domain.mall.consumers.merging import ConsumerDesk
from domain.mall.fulfilment.changing import Fulfilling
from domain.mall.fulfilment.news import OrderNews
from domain.mall.orders.carts import Carting
from domain.mall.orders.placing import Ordering
from domain.mall.reference import ReferenceSource, ReferenceWriter
from domain.mall.stock.stocking import Stocking
from domain.mall.stock.transfers import Transferring
from domain.mall.storefronts.publishing import Faces
from domain.mall.storefronts.storefronts import Shopfront
from domain.media.asset_bank import AssetBank
from domain.media.direct_uploads import Arrivals
from domain.network.store_files import Network
from domain.people.sign_in import People
from domain.posters.bulk import BulkPress
from domain.posters.making import PosterPress
from domain.sharing.links import ShareCode
from domain.webhooks.webhooks import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports of the domain made real, the clock and the source of ids."""

    people: People
    reference: ReferenceSource
    reference_writer: ReferenceWriter
    network: Network
    assortment: Assortment
    finding: Finding
    consumer_desk: ConsumerDesk
    faces: Faces
    shopfront: Shopfront
    stocking: Stocking
    ordering: Ordering
    carting: Carting
    transferring: Transferring
    fulfilling: Fulfilling
    news: OrderNews
    outbox: Outbox
    files: Files
    assets: AssetBank
    content: ContentBank
    seeding: SeedingZone
    arrivals: Arrivals
    workers: Workers
    press: PosterPress
    bulk: BulkPress
    database_answers: Callable[[], Awaitable[bool]]
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    new_code: Callable[[], ShareCode]
    new_pickup_code: Callable[[], str]
    new_secret: Callable[[], str]
    public_url: str
