"""Taking in the brand's list of guides, and naming them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.kernel.imports import RowsRead, take_in
from domain.kernel.picture_names import Pictures
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.kernel.tables import ImportMode, ImportReport, Row, parse_rows, read_rows
from domain.kernel.versions import all_risen
from domain.people.accounts import Guide, GuideId, Guides, Workplaces
from domain.people.act import Act
from domain.people.viewer import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePorts(Ports):
    """The guides, where they can work and what they look like."""

    guides: Guides
    workplaces: Workplaces
    pictures: Pictures


async def guides_by_ids(
    ports: GuidePorts, act: Act, ids: Sequence[GuideId]
) -> Mapping[GuideId, Guide]:
    """Those of the guides whom we know, for whoever is shown their names."""
    return await ports.guides.by_ids(ids)


async def import_guides(
    ports: GuidePorts, act: Act, file: str, data: bytes, *, mode: ImportMode
) -> ImportReport:
    """Write the guides of a file with the columns guide_id, name, store_id, wecom_user_id, avatar.

    Each must work in a store that there is and have a WeCom account that no other guide has; an
    avatar is named by the file that was uploaded as an asset before.
    """
    act.viewer.require(Role.HEAD_OFFICE)
    rows, unread = read_rows(file, data)
    users = _named(rows, "wecom_user_id")
    avatars = await ports.pictures.by_file_names(_named(rows, "avatar"))

    async def read() -> RowsRead[GuideId, Guide]:
        holders = {one.wecom_user_id: one.id for one in await ports.guides.by_wecom_users(users)}
        existing = await ports.guides.by_ids(list(map(GuideId, _named(rows, "guide_id"))))
        reader = _reader(ports.workplaces, existing, holders, avatars)
        values, refused = parse_rows(rows, reader, key=lambda guide: guide.id)
        return RowsRead(
            existing=existing,
            values={guide.id: guide for guide in values},
            errors=[*unread, *refused],
        )

    async def save(changes: Mapping[GuideId, Guide]) -> None:
        await ports.guides.save_all(all_risen(changes.values()))

    return await take_in(read, save, mode)


def _named(rows: Sequence[Row], column: str) -> list[str]:
    """All that stands in a column."""
    return sorted({cell for row in rows if (cell := row.optional(column))})


def _reader(
    workplaces: Workplaces,
    existing: Mapping[GuideId, Guide],
    holders: dict[str, GuideId],
    avatars: Mapping[str, str],
) -> Callable[[Row], Guide]:
    def read(row: Row) -> Guide:
        avatar = row.optional("avatar")
        code = GuideId(row.text("guide_id", most=40))
        before = existing.get(code)
        guide = Guide(
            id=code,
            name=row.text("name", most=40),
            store_id=row.text("store_id", most=40),
            wecom_user_id=row.text("wecom_user_id", most=64),
            avatar=avatars.get(avatar) if avatar else None,
            version=before.version if before else 0,
        )
        if avatar and guide.avatar is None:
            raise Invalid(f"upload the picture {avatar} first.", field=["avatar"])
        if not workplaces.has_store(guide.store_id):
            raise Invalid(f"there is no store {guide.store_id}.", field=["store_id"])
        holder = holders.setdefault(guide.wecom_user_id, guide.id)
        if holder != guide.id:
            raise Invalid(f"guide {holder} has this account.", field=["wecom_user_id"])
        return guide

    return read
