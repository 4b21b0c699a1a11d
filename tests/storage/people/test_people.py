"""Accounts and guides that two change at once."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

import anyio
import pytest

from domain.kernel.ids import PersonId
from domain.kernel.import_reports import ImportMode
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Refusal
from domain.people.accounts import Guide, GuideId, Staff
from domain.people.act import Act, by_the_clock
from domain.people.guides import GuidePorts, import_guides
from domain.people.staff import NewAccount, StaffPorts, open_account
from domain.people.viewer import Role
from qianmian.clock import new_id
from storage.advertising_claims import read_claims
from storage.lettering import PosterLettering
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.people.people import MongoGuides, MongoStaff
from storage.threads import FewThreads
from tests.conftest import PASSWORD, PASSWORD_HASH
from tests.support.handing_in import handed

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = "guide_id,name,store_id,wecom_user_id,avatar\n"
XUE = Guide(id=GuideId("G1"), name="小雪", store_id="S1", wecom_user_id="xue")


def an_act() -> Act:
    return by_the_clock(NOW, new_id)


class Aside:
    """Runs at once."""

    async def run(self, function):
        return function()


class Everywhere:
    """Every store, and no picture."""

    def has_store(self, id: str) -> bool:
        return True

    has_region = has_owner = has_store

    async def by_file_names(self, names):
        return {}


class Racing(MongoGuides):
    """Guides whom somebody else changes between an import's look and its writing, once."""

    def __init__(self, database: Database, theirs: Guide) -> None:
        super().__init__(database)
        self._elsewhere = MongoGuides(database)
        self._theirs: list[Guide] = [theirs]

    async def save_all(self, guides):
        await self._elsewhere.save_all(self._theirs)
        self._theirs = []
        await super().save_all(guides)


async def take_in(guides: MongoGuides, *rows: str):
    ports = GuidePorts(
        guides=guides,
        workplaces=Everywhere(),
        pictures=Everywhere(),
        lettering=PosterLettering(Aside()),
        wording=read_claims(),
    )
    data = (HEADER + "\n".join(rows) + "\n").encode()
    return await import_guides(ports, an_act(), handed(data, mode=ImportMode.GOOD_ROWS))


async def test_names_that_posters_can_not_show_are_taken_and_told_by_their_rows(
    database: Database,
):
    rows = ("G1,林小雨🌸,S1,xue,", "G2,龘姐\ue412,S1,yan,", "G3,阿不都·热合曼,S1,abdu,")
    report = await take_in(MongoGuides(database), *rows)
    assert (report.created, report.errors) == (3, ())
    (warning,) = report.warnings
    assert (warning.line, warning.column) == (3, "name")
    assert "龘、\ue412" in warning.message
    assert (await MongoGuides(database).by_id(GuideId("G2"))).name == "龘姐\ue412"


async def test_an_import_that_is_raced_is_laid_over_the_other_s_edit(database: Database):
    await MongoGuides(database).save_all([XUE])
    theirs = replace(XUE, name="雪儿", version=2)
    report = await take_in(Racing(database, theirs), "G1,小雪,S2,xue,", "G2,小雨,S2,yu,")
    assert (report.created, report.changed, report.errors) == (1, 1, ())
    found = await MongoGuides(database).by_id(XUE.id)
    assert found == replace(XUE, store_id="S2", version=3)


async def test_an_account_that_another_guide_got_meanwhile_is_told_by_its_row(database: Database):
    theirs = replace(XUE, id=GuideId("G9"))
    report = await take_in(Racing(database, theirs), "G1,小雪,S1,xue,", "G2,小雨,S2,yu,")
    assert [(error.line, error.column) for error in report.errors] == [(2, "wecom_user_id")]
    assert (report.rows, report.created) == (2, 1)
    assert set(await MongoGuides(database).by_ids([GuideId("G1"), GuideId("G2")])) == {"G2"}


async def test_guides_from_before_there_were_versions_can_be_changed(database: Database):
    await MongoGuides(database).save_all([XUE])
    await database["guides"].update_one({"_id": "G1"}, {"$unset": {"version": 1}})
    await take_in(MongoGuides(database), "G1,雪儿,S1,xue,")
    found = await MongoGuides(database).by_id(XUE.id)
    assert (found.name, found.version) == ("雪儿", 2)


async def test_of_two_who_change_an_account_one_is_told(database: Database):
    account = Staff(
        id=PersonId("staff_1"),
        login="lin",
        name="林",
        role=Role.EDITOR,
        password_hash=PASSWORD_HASH,
    )
    staff = MongoStaff(database)
    await staff.save(account, expected=0)
    await staff.save(replace(account, active=False, version=2), expected=1)
    with pytest.raises(Conflict):
        await staff.save(replace(account, name="林溪", version=2), expected=1)
    assert not (await staff.by_id(account.id)).active


async def test_a_login_is_opened_once_however_many_open_it_together(database: Database):
    hashing = FewThreads(1, patience_s=60)
    ports = StaffPorts(
        staff=MongoStaff(database),
        workplaces=Everywhere(),
        hashing=hashing,
        records=MongoRecords(database),
        new_secret=secrets.token_urlsafe,
    )
    wanted = NewAccount(login="lin", name="林", role=Role.EDITOR, password=PASSWORD)
    refused: list[Refusal] = []

    async def open_one() -> None:
        try:
            await open_account(ports, an_act(), wanted)
        except Conflict as refusal:
            refused.append(refusal)

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(open_one)
    assert len(refused) == 3
    assert await database["staff"].count_documents({}) == 1


async def test_guides_are_listed_by_store_those_who_left_too(database: Database):
    guides = MongoGuides(database)
    await guides.save_all(
        [
            Guide(
                id=GuideId(f"G{n}"),
                name=f"导购{n}",
                store_id=f"S{n % 2}",
                wecom_user_id=f"u{n}",
                active=n != 1,
            )
            for n in range(5)
        ]
    )
    page = await guides.page("S1", PageRequest(first=1))
    assert ([one.id for one in page.items], page.total, page.has_next) == (["G1"], 2, True)
    page = await guides.page("S1", PageRequest(after=page.cursors[-1]))
    assert [one.id for one in page.items] == ["G3"]
    assert [one.id for one in (await guides.page(None, PageRequest())).items] == [
        f"G{n}" for n in range(5)
    ]
