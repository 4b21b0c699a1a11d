"""Services, advisors and service points in MongoDB, held in memory by the stream of changes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.service.services import Advisor, Bookable, BookableId, ServicePoint
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.held import Held


class MongoServiceBook:
    """See `domain.service.services.ServiceBook`; each of `held` follows the stream."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._services = _held(database, "bookables", Bookable)
        self._advisors = _held(database, "advisors", Advisor)
        self._points = _held(database, "service_points", ServicePoint)
        self.held = (self._services, self._advisors, self._points)

    async def services(self) -> Mapping[BookableId, Bookable]:
        """All services."""
        return await self._services.known()

    async def advisors(self) -> Mapping[GuideId, Advisor]:
        """All advisors."""
        return await self._advisors.known()

    async def points(self) -> Mapping[StoreId, ServicePoint]:
        """All service points."""
        return await self._points.known()

    async def save_service(self, service: Bookable, *, expected: int) -> None:
        """Write a service over the expected version; else Conflict."""
        await self._save(self._services, "bookables", service, expected)

    async def save_advisor(self, advisor: Advisor, *, expected: int) -> None:
        """Write an advisor over the expected version; else Conflict."""
        await self._save(self._advisors, "advisors", advisor, expected)

    async def save_point(self, point: ServicePoint, *, expected: int) -> None:
        """Write a service point over the expected version; else Conflict."""
        await self._save(self._points, "service_points", point, expected)

    async def note_checked(self, point: ServicePoint, as_of: str) -> None:
        """Write as of when it was checked, unless it has another version by now."""
        await self._database["service_points"].update_one(
            {"_id": point.id, "version": point.version}, {"$set": {"checked": as_of}}
        )
        await self._points.changed("service_points", [point.id])

    async def _save(self, held: Held[Any], collection: str, value: Any, expected: int) -> None:
        await save_version(self._database[collection], to_document(value), expected=expected)
        await held.changed(collection, [value.id])


def _held(database: Database, collection: str, kind: type[Any]) -> Held[Any]:
    return Held(database[collection], {}, partial(from_document, kind))
