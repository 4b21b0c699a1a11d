"""The brand's guides, and taking in the list of them."""

from collections.abc import Callable, Collection, Mapping, Sequence

from domain.kernel.picture_names import Pictures
from domain.kernel.refusals import Invalid
from domain.kernel.tables import ImportMode, ImportReport, Row, parse_rows, plan_import, read_rows
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.people.sign_in import PeoplePorts
from domain.people.viewer import Role, Viewer


async def guides_by_ids(
    ports: PeoplePorts, act: Act, ids: Sequence[GuideId]
) -> Mapping[GuideId, Guide]:
    """Those of the guides whom we know, for whoever is shown their names."""
    return await ports.guides.by_ids(list(ids))


async def import_guides(
    guides: Guides,
    viewer: Viewer,
    file: str,
    data: bytes,
    *,
    mode: ImportMode,
    store_ids: Collection[str],
    pictures: Pictures,
) -> ImportReport:
    """Write the guides of a file with the columns guide_id, name, store_id, wecom_user_id, avatar.

    Each must work in one of the given stores and have a WeCom account that no other guide has; an
    avatar is named by the file that was uploaded as an asset before.
    """
    viewer.require(Role.HEAD_OFFICE)
    rows, unread = read_rows(file, data)
    users = [user for row in rows if (user := row.optional("wecom_user_id"))]
    holders = {guide.wecom_user_id: guide.id for guide in await guides.by_wecom_users(users)}
    named = {avatar for row in rows if (avatar := row.optional("avatar"))}
    avatars = await pictures.by_file_names(sorted(named))
    read = _reader(store_ids, holders, avatars)
    values, refused = parse_rows(rows, read, key=lambda guide: guide.id)
    existing = await guides.by_ids([guide.id for guide in values])
    changes, counted = plan_import(
        existing=existing,
        values={guide.id: guide for guide in values},
        errors=[*unread, *refused],
        mode=mode,
    )
    await guides.save_all(list(changes.values()))
    return counted


def _reader(
    store_ids: Collection[str], holders: dict[str, GuideId], avatars: Mapping[str, str]
) -> Callable[[Row], Guide]:
    def read(row: Row) -> Guide:
        avatar = row.optional("avatar")
        guide = Guide(
            id=GuideId(row.text("guide_id", most=40)),
            name=row.text("name", most=40),
            store_id=row.text("store_id", most=40),
            wecom_user_id=row.text("wecom_user_id", most=64),
            avatar=avatars.get(avatar) if avatar else None,
        )
        if avatar and guide.avatar is None:
            raise Invalid(f"upload the picture {avatar} first.", field=["avatar"])
        if guide.store_id not in store_ids:
            raise Invalid(f"there is no store {guide.store_id}.", field=["store_id"])
        holder = holders.setdefault(guide.wecom_user_id, guide.id)
        if holder != guide.id:
            raise Invalid(f"guide {holder} has this account.", field=["wecom_user_id"])
        return guide

    return read
