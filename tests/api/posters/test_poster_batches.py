"""Posters in bulk over HTTP, made by worker processes."""

import io
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import anyio
import pytest
from PIL import Image

from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from domain.posters import codes
from domain.posters.batch_orders import BatchPorts
from domain.posters.batch_work import work_off
from domain.posters.batches import LEASE, MAX_TRIES, REST, BatchId, BatchState, cut
from qianmian import composition
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from storage.mongo.posters.poster_batches import MongoPosterBatches
from tests.api.posters.test_posters import WITHDRAW
from tests.api.service.test_customers import comes_by
from tests.conftest import Service, serving, settings_for
from tests.storage.posters.test_poster_batches import a_batch
from tests.support.builders import NOON
from tests.support.documents import documents_of
from tests.support.joining import joined
from tests.support.sharing import ERRORS, GUIDE, REVIEWER, Shop, a_shop
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("head"), role=Role.HEAD_OFFICE)
BATCH = """id state total made why archives
  posters(first: 100) { totalCount nodes { guideId name shareUrl } }"""
CREATE = f"""mutation($input: PosterBatchCreateInput!) {{
  posterBatchCreate(input: $input) {{ batch {{ id state total made }} {ERRORS} }} }}"""
CANCEL = f"""mutation($id: ID!) {{ posterBatchCancel(id: $id) {{
  batch {{ state }} {ERRORS} }} }}"""
QUERY = f"query($id: ID!) {{ posterBatch(id: $id) {{ {BATCH} }} }}"
LINK = {"kind": "PRODUCT", "targetId": "10001", "scene": "MOMENTS", "campaign": "double11"}


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    return await a_shop(service, database)


async def ordered(shop: Shop, **changes):
    answer = await shop.service.query(CREATE, HEAD_OFFICE, input={"link": LINK, **changes})
    assert answer.data["posterBatchCreate"]["userErrors"] == []
    return answer.data["posterBatchCreate"]["batch"]


async def refused(shop: Shop, viewer=HEAD_OFFICE, **changes):
    answer = await shop.service.query(CREATE, viewer, input={"link": LINK, **changes})
    return answer.refused("posterBatchCreate")[0]["code"]


async def finished(service: Service, id: str):
    with anyio.fail_after(90):
        while True:
            answer = await service.query(QUERY, HEAD_OFFICE, id=id)
            if answer.data["posterBatch"]["state"] != "RUNNING":
                return answer.data["posterBatch"]
            await anyio.sleep(0.1)


async def stamped(shop: Shop, url: str):
    """What the code of a poster leads to."""
    text = "query($code: String!) { shareLink(code: $code) { guideId campaign target { id } } }"
    return (await shop.service.query(text, None, code=url)).data["shareLink"]


async def test_every_guide_of_a_region_gets_a_poster_that_scans(shop: Shop):
    batch = await ordered(shop, regionId="320500", width=750)
    assert (batch["state"], batch["total"]) == ("RUNNING", 2)
    done = await finished(shop.service, batch["id"])
    assert (done["state"], done["made"], done["posters"]["totalCount"]) == ("DONE", 2, 2)
    (address,) = done["archives"]
    packed = zipfile.ZipFile(io.BytesIO((await shop.get(address)).content))
    for poster in done["posters"]["nodes"]:
        image = Image.open(io.BytesIO(packed.read(poster["name"])))
        assert image.width == 750
        assert codes.read(image.convert("L")) == poster["shareUrl"]
    # Each leads to the product in the guide's name; the template has codes of its own.
    found = [await stamped(shop, poster["shareUrl"]) for poster in done["posters"]["nodes"]]
    assert sorted(one["guideId"] for one in found) == ["G1", "G2"]
    assert {(one["campaign"], one["target"]["id"]) for one in found} == {("double11", "10001")}


async def test_posters_that_lack_a_character_of_a_guides_name_are_listed(
    shop: Shop, database: Database
):
    guide = Guide(id=GuideId("G9"), name="龘姐", store_id="S1", wecom_user_id="yan")
    await MongoGuides(database).save_all([guide])
    batch = await ordered(shop, regionId="320500")
    done = await finished(shop.service, batch["id"])
    assert (done["state"], done["made"]) == ("DONE", 3)
    later = await ordered(shop, regionId="320500")
    listed = "{ posterBatches { totalCount nodes { id total made } } }"
    batches = (await shop.service.query(listed, HEAD_OFFICE)).data["posterBatches"]
    assert [one["id"] for one in batches["nodes"]] == [later["id"], batch["id"]]
    assert (batches["totalCount"], batches["nodes"][1]["made"]) == (2, 3)
    assert (await shop.service.query(listed, GUIDE)).errors
    query = """query($id: ID!) { posterBatch(id: $id) {
      postersLackingCharacters(first: 5) { totalCount nodes { guideId lacking } } } }"""
    found = (await shop.service.query(query, HEAD_OFFICE, id=batch["id"])).data["posterBatch"]
    assert found["postersLackingCharacters"] == {
        "totalCount": 1,
        "nodes": [{"guideId": "G9", "lacking": "龘"}],
    }


async def test_an_archive_is_for_those_who_were_given_its_address(shop: Shop):
    batch = await ordered(shop)
    (address,) = (await finished(shop.service, batch["id"]))["archives"]
    bare, _, _ = address.partition("?")
    assert (await shop.get(bare)).status_code == 404
    assert (await shop.get(address[:-1] + ("0" if address[-1] != "0" else "1"))).status_code == 403


async def test_a_batch_goes_on_after_a_restart(
    mongodb_uri: str, database: Database, tmp_path: Path
):
    many = [
        Guide(id=GuideId(f"N{n:03d}"), name=f"导购{n}", store_id="S1", wecom_user_id=f"n{n}")
        for n in range(250)
    ]
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    async with serving(settings) as first:
        shop = await a_shop(first, database)
        await MongoGuides(database).save_all(many)
        batch = await ordered(shop)
        with anyio.fail_after(60):
            while not await database["poster_parts"].count_documents({"open": False}):  # noqa: ASYNC110
                await anyio.sleep(0.02)
    assert await database["poster_parts"].count_documents({"open": True})
    async with serving(settings) as second:
        done = await finished(second, batch["id"])
    assert (done["state"], done["total"], done["made"]) == ("DONE", 252, 252)
    assert len(done["archives"]) == 3


async def test_a_cancelled_batch_makes_no_more(shop: Shop, database: Database):
    batch = await ordered(shop)
    answer = await shop.service.query(CANCEL, HEAD_OFFICE, id=batch["id"])
    if answer.data["posterBatchCancel"]["userErrors"]:
        pytest.fail("the batch was done before it could be cancelled")
    assert answer.data["posterBatchCancel"]["batch"]["state"] == "CANCELLED"
    assert await database["poster_parts"].count_documents({"open": True}) == 0
    again = await shop.service.query(CANCEL, HEAD_OFFICE, id=batch["id"])
    assert again.refused("posterBatchCancel")[0]["code"] == "WRONG_STATE"


async def test_what_can_not_be_ordered_is_refused(shop: Shop):
    assert await refused(shop, GUIDE) == "FORBIDDEN"
    assert await refused(shop, width=500) == "INVALID"
    assert await refused(shop, regionId="320500", ownerId="brand") == "INVALID"
    assert await refused(shop, regionId="999999") == "NOT_FOUND"
    assert await refused(shop, ownerId="nobody") == "NOT_FOUND"
    assert await refused(shop, templateId="template_x") == "NOT_FOUND"
    assert await refused(shop, link={**LINK, "targetId": "99999"}) == "NOT_FOUND"


async def test_a_batch_fails_and_says_why_when_what_it_shows_is_withdrawn(
    shop: Shop, database: Database
):
    batch = await ordered(shop)
    await withdraw_template(shop)
    done = await finished(shop.service, batch["id"])
    if done["made"]:
        pytest.fail("the batch was done before the template could be withdrawn")
    assert (done["state"], done["archives"]) == ("FAILED", [])
    assert "not approved" in done["why"]


async def withdraw_template(shop: Shop):
    answer = await shop.service.query(WITHDRAW, REVIEWER, id=shop.template_id)
    assert answer.data["posterTemplateWithdraw"]["userErrors"] == []


async def test_a_part_that_breaks_again_and_again_fails_its_batch(database: Database):
    batch = a_batch(10)
    await MongoPosterBatches(database).add(batch, cut(batch.id, [GuideId("G1")], NOON))
    for n in range(MAX_TRIES):
        with pytest.raises(ExceptionGroup) as broken:
            await work_off(*broken_at(database, NOON + n * REST))
        assert broken.group_contains(ZeroDivisionError)
    await work_off(*broken_at(database, NOON + MAX_TRIES * REST))
    ended = await MongoPosterBatches(database).by_id(batch.id)
    assert (ended.state, ended.why) == (BatchState.FAILED, "Part 1 broke 5 times; see the log.")


async def test_a_part_that_breaks_rests_and_stops_no_other(database: Database):
    batches = MongoPosterBatches(database)
    for name in ("batch_1", "batch_2"):
        await batches.add(a_batch(id=BatchId(name)), cut(BatchId(name), [GuideId("G1")], NOON))
    with pytest.raises(ExceptionGroup) as broken:
        await work_off(*broken_at(database, NOON))
    assert len(broken.value.exceptions) == 2
    assert await batches.take(NOON + REST - timedelta(seconds=1)) is None
    assert await batches.take(NOON + REST) is not None


async def test_a_batch_whose_last_part_was_cut_short_still_ends(database: Database):
    batches = MongoPosterBatches(database)
    await batches.add(a_batch(10), cut(a_batch().id, [GuideId("G1")], NOON))
    part = await batches.take(NOON)
    assert await batches.finish(part, [])  # and the process ends here
    await work_off(*broken_at(database, NOON + LEASE))
    assert (await batches.by_id(part.batch_id)).state is BatchState.DONE
    assert await batches.take(NOON + 10 * LEASE) is None


async def test_parts_without_a_batch_come_to_nothing(database: Database):
    batches = MongoPosterBatches(database)
    await batches.add(a_batch(10), cut(BatchId("batch_lost"), [GuideId("G1")], NOON))
    for n in range(MAX_TRIES):
        with pytest.raises(ExceptionGroup):
            await work_off(*broken_at(database, NOON + n * REST))
    await work_off(*broken_at(database, NOON + MAX_TRIES * REST))
    assert await batches.take(NOON + 10 * LEASE) is None


def broken_at(database: Database, at: datetime) -> tuple[BatchPorts, Act]:
    """A press whose guides can't be loaded, and a turn of the clock."""

    class BrokenGuides:
        async def by_ids(self, ids):
            raise ZeroDivisionError

    press = SimpleNamespace(sharing=SimpleNamespace(guides=BrokenGuides()))
    batches = MongoPosterBatches(database)
    ports = BatchPorts(
        press=press,
        batches=batches,
        stampers=None,
        traits=None,
        clock=lambda: at,
        secret="unused",
    )
    return ports, by_the_clock(at, composition.new_id)


async def test_posters_to_the_taste_of_an_audience_are_made_for_the_guides_of_its_members_alone(
    shop: Shop, database: Database
):
    levels = documents_of("levels.md")

    async def run(name: str, **variables):
        answer = await shop.service.query(levels[name], HEAD_OFFICE, **variables)
        return next(iter(answer.data.values()))

    # Two members like the outdoors: one came by the first guide, one by nobody's link.
    await run("Define")
    await joined(database, "member_1", "member_2")
    for member in ("member_1", "member_2"):
        await run("PutOn", member=member)
    for member, guide in (("member_1", "G1"), ("member_3", "G2")):
        viewer = Viewer(id=PersonId(member), role=Role.MEMBER)
        await comes_by(database, viewer, replace(GUIDE, id=PersonId(guide)))
    segment = (await run("Save"))["segment"]["id"]

    async def built() -> bool:
        return (await run("Segments"))[0]["isBuilt"]

    await comes_to(True, built)
    audience = (await run("Freeze", id=segment))["audience"]
    assert audience["members"] == 2
    batch = await ordered(shop, audienceId=audience["id"], width=750)
    done = await finished(shop.service, batch["id"])
    assert [one["guideId"] for one in done["posters"]["nodes"]] == ["G1"]
    assert (done["state"], done["total"], done["made"]) == ("DONE", 1, 1)
    assert await refused(shop, audienceId="none") == "NOT_FOUND"
