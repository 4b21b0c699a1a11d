"""A brand of one city with as many guides as asked for, on a database of its own."""

from datetime import datetime

from domain.catalogue.catalogue import Product, ProductId
from domain.kernel.ids import PersonId
from domain.kernel.places import Datum, Position
from domain.network.stores import Owner, OwnerId, OwnerKind, Region, RegionId, Store, StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides

TRAINER = Viewer(id=PersonId("staff_trainer"), role=Role.TRAINER)
OFFICE = Viewer(id=PersonId("staff_office"), role=Role.HEAD_OFFICE)
PRODUCT = ProductId("10001")
IN_A_STORE = 3
SECRET = "a secret of benchmarks, long enough to be one"  # noqa: S105 - of a database that goes
PERSONAL = "bench:keys-of-benchmarks-that-are-long-enough-to-be-some"


async def a_brand(uri: str, database: Database, guides: int) -> Foundation:
    """Stores of 苏州 with three guides each, G0, G1 …, and a product to share."""
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": uri,
        "QIANMIAN_SECRET": SECRET,
        "QIANMIAN_PERSONAL_KEYS": PERSONAL,
    }
    base = Foundation(settings=Settings.from_environment(environment), database=database)
    stores = max(1, guides // IN_A_STORE)
    writer = base.reference
    await writer.save_regions([Region(id=RegionId("320500"), name="苏州市")])
    await writer.save_owners([Owner(id=OwnerId("brand"), name="山屿", kind=OwnerKind.BRAND)])
    await writer.save_stores([a_store(n) for n in range(stores)])
    product = Product(
        id=PRODUCT, name="极寒长款羽绒服", category=("服装",), description="", variants=()
    )
    await writer.save_products([product])
    await writer.opened()
    everybody = [a_guide(n, stores) for n in range(guides)]
    await base.made(MongoGuides).save_all(everybody)
    return base


def a_guide(n: int, stores: int) -> Guide:
    """One guide, of one store after the other."""
    return Guide(
        id=GuideId(f"G{n}"), name=f"导购{n}", store_id=f"S{n % stores}", wecom_user_id=f"wecom_{n}"
    )


def a_store(n: int) -> Store:
    """One store of the city."""
    return Store(
        id=StoreId(f"S{n}"),
        name=f"苏州{n}店",
        region_id=RegionId("320500"),
        owner_id=OwnerId("brand"),
        district="320508",
        address=f"观前街{n}号",
        position=Position(longitude=120.63, latitude=31.31, datum=Datum.GCJ02),
    )


def an_act(viewer: Viewer = OFFICE, at: datetime | None = None) -> Act:
    """Somebody at a moment, now if none is named."""
    return Act(viewer=viewer, at=at or now(), new_id=new_id)
