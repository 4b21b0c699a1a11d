"""What the API is given to work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property

from domain.catalogue.ports import CataloguePorts
from domain.catalogue.product_search import ProductSearchPorts
from domain.content.bank import ContentPorts
from domain.content.seeding.zone import SeedingPorts
from domain.earnings.commission import EarningsPorts
from domain.kernel.files import Files
from domain.kernel.ports import Ports
from domain.kernel.work import Workers
from domain.mall.consumers.remembering import ConsumerPorts
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.orders.carts import CartPorts
from domain.mall.orders.placing import OrderPorts
from domain.mall.reference import ReferenceSource
from domain.mall.stock.moving import MovePorts
from domain.mall.stock.stocking import StockPorts
from domain.mall.stock.transfers import TransferPorts
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.nearby import NearbyPorts
from domain.mall.storefronts.pages import StorefrontPorts
from domain.media.direct_uploads import UploadPorts
from domain.media.ports import MediaPorts
from domain.network.directory import NetworkPorts
from domain.people.guides import GuidePorts
from domain.people.reading_records import RecordPorts
from domain.people.sign_in import PeoplePorts
from domain.people.staff import StaffPorts
from domain.posters.batch_orders import BatchPorts
from domain.posters.link_posters import PosterPorts
from domain.sharing.shareable import SharingPorts
from domain.webhooks.webhooks import WebhookPorts


@dataclass(frozen=True, kw_only=True)
class World:
    """The ports of the domain made real, the clock and the source of ids."""

    people: PeoplePorts
    staff: StaffPorts
    guides: GuidePorts
    records: RecordPorts
    reference: ReferenceSource
    network: NetworkPorts
    assortment: CataloguePorts
    finding: ProductSearchPorts
    consumer_desk: ConsumerPorts
    faces: LayerPorts
    shopfront: StorefrontPorts
    nearby: NearbyPorts
    stocking: StockPorts
    ordering: OrderPorts
    carting: CartPorts
    transferring: TransferPorts
    moving: MovePorts
    fulfilling: FulfilmentPorts
    earnings: EarningsPorts
    files: Files
    assets: MediaPorts
    content: ContentPorts
    seeding: SeedingPorts
    arrivals: UploadPorts
    workers: Workers
    press: PosterPorts
    sharing: SharingPorts
    webhooks: WebhookPorts
    bulk: BatchPorts
    database_answers: Callable[[], Awaitable[bool]]
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    public_url: str

    @cached_property
    def ports(self) -> Mapping[type[Ports], Ports]:
        """Each bundle of ports by its type."""
        found = (getattr(self, one.name) for one in fields(self))
        return {type(one): one for one in found if isinstance(one, Ports)}
