"""Taking in the brand's list of guides, and naming them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from domain.kernel.codes import plain_id
from domain.kernel.columns import Columns
from domain.kernel.ids import PersonId
from domain.kernel.import_reports import ImportReport, RowError
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.look_alikes import look_alikes, padded
from domain.kernel.paging import Page, PageRequest
from domain.kernel.picture_names import Pictures
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row
from domain.kernel.versions import all_risen
from domain.kernel.wording import Wording, sayable
from domain.people.accounts import Guide, GuideId, Guides, Workplaces
from domain.people.act import Act

K = TypeVar("K", bound=str)


class Lettering(Protocol):
    """The letters that names are drawn in on posters."""

    async def lacking(self, texts: Mapping[K, str]) -> Mapping[K, str]:
        """The characters of each text that can't be drawn; texts that can be are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePorts(Ports):
    """The guides, where they can work, what they look like and how they may be named."""

    guides: Guides
    workplaces: Workplaces
    pictures: Pictures
    lettering: Lettering
    wording: Wording


async def guides_by_ids(
    ports: GuidePorts, act: Act, ids: Sequence[GuideId]
) -> Mapping[GuideId, Guide]:
    """Those of the guides whom we know, for whoever is shown their names."""
    return await ports.guides.by_ids(ids)


async def guides_of(
    ports: GuidePorts, act: Act, store_id: str | None, request: PageRequest
) -> Page[Guide]:
    """The guides of a store, or all of the brand, those who left too, by id."""
    act.viewer.require("guide.list", store=store_id)
    return await ports.guides.page(store_id, request)


COLUMNS = Columns(
    names={
        "guide_id": ("导购编号", "工号"),
        "name": ("姓名", "导购姓名"),
        "store_id": ("门店编号", "门店编码", "店铺编号", "店号"),
        "wecom_user_id": ("企业微信账号", "企微账号"),
        "avatar": ("头像",),
        "member_id": ("会员编号", "会员号"),
    },
    ids=("guide_id",),
    codes=frozenset({"guide_id", "store_id", "wecom_user_id"}),
)


async def import_guides(ports: GuidePorts, act: Act, handed: HandedIn) -> ImportReport:
    """Write the guides of a file: guide_id, name, store_id, wecom_user_id, avatar, member_id.

    Each must work in a store that there is and have a WeCom account that no other guide has; an
    avatar is named by the file that was uploaded as an asset before; a member is whom they buy as
    for themselves, which earns them nothing. A blank cell leaves what is
    there of a guide. Names with characters that posters can't show are taken, with a warning.
    """
    act.viewer.require("guides.keep")
    table = await handed.table(COLUMNS)
    avatars = await ports.pictures.by_file_names(_named(table.rows, "avatar"))

    async def read() -> RowsRead[GuideId, Guide]:
        users = _codes(table.rows, "wecom_user_id")
        holders = {one.wecom_user_id: one.id for one in await ports.guides.by_wecom_users(users)}
        existing = await ports.guides.by_ids(list(map(GuideId, _codes(table.rows, "guide_id"))))
        reader = _reader(ports, existing, holders, avatars)
        found = await handed.parse(table.rows, reader, key=lambda guide: guide.id)
        new = [code for code in found.values if code not in existing]
        longer = await ports.guides.by_ids(
            [one for code in new for one in map(GuideId, padded(code))]
        )
        eaten = look_alikes(found.rows, [*existing, *longer], column="guide_id", what="guide")
        lacking = await ports.lettering.lacking({one.id: one.name for one in found.values.values()})
        return RowsRead(
            existing=existing,
            values=found.values,
            errors=[*table.errors, *found.errors],
            warnings=[*table.warnings, *eaten, *_not_drawn(found.rows, lacking)],
        )

    async def save(changes: Mapping[GuideId, Guide]) -> None:
        await ports.guides.save_all(all_risen(changes.values()))

    return await take_in(read, save, handed)


def _not_drawn(rows: Mapping[GuideId, Row], lacking: Mapping[GuideId, str]) -> list[RowError]:
    """Remarks on names that posters can't show as they are."""
    return [
        rows[code].remark(
            "name",
            f"posters can't show {'、'.join(characters)} and put a dot there; spell it in another "
            "way if the guide agrees.",
        )
        for code, characters in lacking.items()
    ]


def _named(rows: Sequence[Row], column: str) -> list[str]:
    """All that stands in a column and can be read."""
    return sorted(
        {str(cell) for row in rows if isinstance(cell := row.cells.get(column), str | int)}
    )


def _codes(rows: Sequence[Row], column: str) -> list[str]:
    return sorted({plain_id(code) for code in _named(rows, column)})


def _reader(
    ports: GuidePorts,
    existing: Mapping[GuideId, Guide],
    holders: dict[str, GuideId],
    avatars: Mapping[str, str],
) -> Callable[[Row], Guide]:
    def read(row: Row) -> Guide:
        code = GuideId(row.code("guide_id"))
        before = existing.get(code)

        def cell(column: str, read: Callable[[], Any]) -> Any:
            return getattr(before, column) if before and not row.says(column) else read()

        guide = Guide(
            id=code,
            name=cell("name", lambda: row.text("name", most=40)),
            store_id=cell("store_id", lambda: row.code("store_id")),
            wecom_user_id=cell("wecom_user_id", lambda: row.id("wecom_user_id", most=64)),
            avatar=cell("avatar", lambda: _avatar(row, avatars)),
            member_id=cell("member_id", lambda: _member(row)),
            version=before.version if before else 0,
        )
        if not ports.workplaces.has_store(guide.store_id):
            raise Invalid(f"there is no store {guide.store_id}.", field=["store_id"])
        sayable(ports.wording, guide.name, before.name if before else None, ["name"])
        holder = holders.setdefault(guide.wecom_user_id, guide.id)
        if holder != guide.id:
            raise Invalid(f"guide {holder} has this account.", field=["wecom_user_id"])
        return guide

    return read


def _member(row: Row) -> PersonId | None:
    name = row.optional("member_id")
    return PersonId(name) if name else None


def _avatar(row: Row, avatars: Mapping[str, str]) -> str | None:
    name = row.optional("avatar")
    if name is None:
        return None
    if name not in avatars:
        raise Invalid(f"upload the picture {name} first.", field=["avatar"])
    return avatars[name]
