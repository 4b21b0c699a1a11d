"""What consumers gave, over HTTP: their words and pictures, and until when they are used."""

import json
from dataclasses import replace

import pytest

from domain.content import depositing, finding, reviewing, submitting
from domain.content.bank import ContentPorts
from domain.content.posts import PostState
from domain.content.scenes import Scene
from domain.content.seeding import buyer_shows
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.kernel.uses import User, UserKind, asset_use
from domain.people.accounts import Member
from domain.people.viewer import Role, Viewer
from qianmian import composition
from qianmian.wiring.content import content_ports, seeding_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from tests.api.content.test_adaptations import ADAPT, READAPT
from tests.api.content.test_seeding import CONSENT, SHOW, a_show
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.content import (
    APPROVE,
    CREATE_CATEGORY,
    DEPOSIT,
    EDITOR,
    ERRORS,
    GUIDE,
    HEAD_OFFICE,
    MANAGER,
    MEMBER,
    POST,
    POSTS,
    REVIEWER,
    REVISE,
    SUBMIT,
    WITHDRAW,
    a_picture,
    an_act,
    an_input,
    approve,
    do,
    found,
)
from tests.support.foundations import a_foundation
from tests.support.overtaking import Overtaken
from tests.support.poster_builders import a_design
from tests.support.sharing import CREATE

pytestmark = pytest.mark.anyio

OTHER = Viewer(id=PersonId("member_lily"), role=Role.MEMBER)
UPLOAD = f"""mutation($file: Upload!) {{
  assetUpload(file: $file) {{
    asset {{ id url }} nearDuplicates {{ asset {{ id }} }} {ERRORS} }} }}"""
REUSE = f"""mutation($id: ID!, $scenes: [Scene!]!) {{
  buyerShowReuse(id: $id, category: "上新", scenes: $scenes) {{ post {{ {POST} }} {ERRORS} }} }}"""
IMPORT = """mutation($file: Upload!) { postsImport(file: $file) {
  report { errors { message } } userErrors { code message } } }"""
ASSET = "query($id: ID!) { asset(id: $id) { id url } }"
ASSETS = "{ assets { totalCount nodes { id } } }"
TEXT = {"text": "零下十度也不冷。"}


@pytest.fixture(autouse=True)
async def members(database: Database, service: Service):
    for viewer in (MEMBER, OTHER):
        openid = f"openid-{viewer.id}"
        member = Member(id=viewer.id, openid=openid, joined_at=composition.now())
        await MongoMembers(database).join(member)
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path="上新")


@pytest.fixture
def bank(database: Database) -> ContentPorts:
    return content_ports(a_foundation(database))


async def a_consumers_picture(service, viewer=MEMBER, colour="red"):
    file = ("mine.png", a_picture(colour=colour), "image/png")
    return (await service.upload(UPLOAD, file, viewer)).data["assetUpload"]["asset"]


async def sent(service, **changes):
    return (await do(service, SHOW, MEMBER, input=a_show(**changes)))["post"]


async def let_in(service, post, scenes=("SEEDING_ZONE",), viewer=REVIEWER):
    vote = {"id": post["id"], "scenes": list(scenes), "hash": post["revision"]["hash"]}
    return (await do(service, APPROVE, viewer, **vote))["post"]


async def reused(service, scenes=("MOMENTS", "SEEDING_ZONE"), **changes):
    """A buyer show that was let in with consent, and the draft that was made of it."""
    source = await let_in(service, await sent(service, reuseConsent=True, **changes))
    return source, (await do(service, REUSE, EDITOR, id=source["id"], scenes=list(scenes)))["post"]


async def refusal(service, text, viewer, **variables):
    answer = await service.query(text, viewer, **variables)
    [payload] = answer.data.values()
    return payload["userErrors"][0]


def revision(post, **changes):
    fields = {"title": "雪天上身", "body": [TEXT], "category": "上新", "scenes": ["MOMENTS"]}
    return {"id": post["id"], "version": post["version"], "input": {**fields, **changes}}


async def revoke(service, source):
    await do(service, CONSENT, MEMBER, id=source["id"], allowed=False)


async def get(service, url):
    return await service.http.get(url.removeprefix("http://mall.example"))


@pytest.mark.parametrize("viewer", [MEMBER, EDITOR, REVIEWER, HEAD_OFFICE])
async def test_nobody_changes_a_buyer_show(service: Service, viewer):
    post = await sent(service)
    refused = await refusal(service, REVISE, viewer, **revision(post, body=[{"text": "很暖和"}]))
    assert refused["code"] == "FORBIDDEN"
    rows = json.dumps(
        {
            "code": post["id"],
            "department": "BRAND",
            "title": "改了",
            "category": "上新",
            "scenes": ["MOMENTS"],
            "body": [{"type": "text", "text": "改了"}],
        }
    ).encode()
    answer = await service.upload(IMPORT, ("a.jsonl", rows, "text/plain"), HEAD_OFFICE)
    assert answer.refused("postsImport")[0]["code"] == "FORBIDDEN"
    assert await found(service, EDITOR) == ["雪天上身"]


async def test_of_a_buyer_show_parts_are_taken_out_and_nothing_is_rewritten(service: Service):
    picture = (await a_consumers_picture(service))["id"]
    brands = (await service.upload(UPLOAD, ("b.png", a_picture(), "image/png"), EDITOR)).data
    brands = brands["assetUpload"]["asset"]["id"]
    _, draft = await reused(service, pictures=[picture])
    image = {"image": {"assetId": picture}}
    for wrong, field in (
        ({"title": "雪天也美"}, ["input", "title"]),
        ({"body": [{"text": "零下十度"}]}, ["input", "body", "0"]),
        ({"body": [TEXT, {"text": "快来买"}]}, ["input", "body", "1"]),
        ({"body": [image, TEXT]}, ["input", "body", "1"]),
        ({"body": [TEXT, TEXT]}, ["input", "body", "1"]),
        ({"body": [{"image": {"assetId": picture, "caption": "显瘦"}}]}, ["input", "body", "0"]),
        ({"body": [TEXT, {"image": {"assetId": brands}}]}, ["input", "body", "1"]),
        ({"cover": brands}, ["input", "cover"]),
    ):
        refused = await refusal(service, REVISE, EDITOR, **revision(draft, **wrong))
        assert (refused["code"], refused["field"]) == ("INVALID", field), wrong
    less = revision(draft, body=[image], tags=["真实上身"], cover=picture)
    await do(service, REVISE, EDITOR, **less)


async def test_a_store_rewrites_no_consumer_either(service: Service):
    _, draft = await reused(service)
    unlocked = revision(draft, unlocked=["TITLE", "BODY", "TAGS"], tags=["一"])
    changed = (await do(service, REVISE, EDITOR, **unlocked))["post"]
    await approve(service, changed)
    for wrong in ({"title": "本店上身"}, {"body": [{"text": "很暖"}]}):
        refused = await refusal(service, ADAPT, MANAGER, id=draft["id"], input=wrong)
        assert refused["code"] == "INVALID"
    own = (await do(service, ADAPT, MANAGER, id=draft["id"], input={"tags": ["本店"]}))["post"]
    wrong = {"title": "本店上身"}
    refused = await refusal(
        service, READAPT, MANAGER, id=own["id"], version=own["version"], input=wrong
    )
    assert refused["code"] == "INVALID"


async def test_a_revoked_consent_stops_revising_submitting_adapting_and_showing(service: Service):
    source, draft = await reused(service)
    changed = (await do(service, REVISE, EDITOR, **revision(draft, unlocked=["TAGS"])))["post"]
    shown = await approve(service, changed)
    own = (await do(service, ADAPT, MANAGER, id=draft["id"], input={"tags": ["本店"]}))["post"]
    await approve(service, own, MANAGER)
    assert await found(service, GUIDE, storeId="S1") == ["雪天上身"]
    await revoke(service, source)
    assert await found(service, GUIDE, scene="MOMENTS") == []
    assert await found(service, GUIDE, storeId="S1") == []
    now = {**shown, "version": shown["version"] + 1}
    refused = await refusal(service, REVISE, EDITOR, **revision(now))
    assert refused["code"] == "WRONG_STATE"
    again = await refusal(
        service, READAPT, MANAGER, id=own["id"], version=own["version"] + 3, input={"tags": ["二"]}
    )
    assert again["code"] in ("WRONG_STATE", "CONFLICT")
    await do(service, CONSENT, MEMBER, id=source["id"], allowed=True)
    await do(service, REVISE, EDITOR, **revision(now))


@pytest.mark.parametrize("step", ["revise", "submit", "approve"])
async def test_a_consent_that_ends_during_a_step_wins(service: Service, bank: ContentPorts, step):
    source, draft = await reused(service)
    if step == "approve":
        draft = (await do(service, SUBMIT, EDITOR, id=draft["id"]))["post"]
    late = replace(bank, posts=Overtaken(bank.posts, lambda: revoke(service, source)))
    content = (await bank.revisions.by_ids([draft["revision"]["id"]]))[draft["revision"]["id"]]
    wanted = replace(content.content, tags=("新",))
    scenes, read = content.content.scenes, content.hash
    steps = {
        "revise": lambda: depositing.revise(
            late,
            as_(EDITOR),
            draft["id"],
            "上新",
            lambda _: wanted,
            expected_version=draft["version"],
        ),
        "submit": lambda: submitting.submit(late, as_(EDITOR), draft["id"]),
        "approve": lambda: reviewing.approve(
            late, as_(REVIEWER), draft["id"], scenes, expected_hash=read
        ),
    }
    with pytest.raises(Conflict):
        await steps[step]()
    assert await found(service, GUIDE, scene="MOMENTS") == []


async def test_a_consent_is_taken_back_whoever_else_is_at_the_show(
    service: Service, bank: ContentPorts, database: Database
):
    post = await sent(service, reuseConsent=True)
    zone = seeding_ports(a_foundation(database), bank, people_ports(a_foundation(database)))
    late = replace(bank, posts=Overtaken(bank.posts, lambda: let_in(service, post)))
    await buyer_shows.consent(replace(zone, bank=late), as_(MEMBER), post["id"], False)
    kept = (await bank.posts.by_ids([post["id"]]))[post["id"]]
    assert (kept.state, kept.reuse_consent) == (PostState.APPROVED, False)


@pytest.mark.parametrize("step", [REVISE, SUBMIT])
async def test_what_a_consent_ended_for_unseen_goes_no_step_on(
    service: Service, database: Database, step
):
    source, draft = await reused(service)
    await database["posts"].update_one({"_id": source["id"]}, {"$set": {"reuse_consent": False}})
    sent = revision(draft) if step is REVISE else {"id": draft["id"]}
    assert (await refusal(service, step, EDITOR, **sent))["code"] == "WRONG_STATE"


async def test_links_and_posters_take_a_buyer_show_with_its_consumers_consent_alone(
    service: Service, bank: ContentPorts
):
    source = await let_in(service, await sent(service))
    for allowed in (False, True, False):
        await do(service, CONSENT, MEMBER, id=source["id"], allowed=allowed)
        usable = await finding.usable(bank, as_(GUIDE), source["id"], Scene.SEEDING_ZONE)
        assert (usable is not None) is allowed


async def test_a_consumers_picture_is_used_nowhere_but_in_their_show_and_what_is_made_of_it(
    service: Service, bank: ContentPorts
):
    picture = (await a_consumers_picture(service))["id"]
    await reused(service, pictures=[picture])
    image = {"image": {"assetId": picture}}
    for wrong in ({"cover": picture}, {"body": [TEXT, image]}):
        refused = await refusal(service, DEPOSIT, EDITOR, input=an_input(category="上新", **wrong))
        assert "consumer's picture" in refused["message"]
    brands = (await do(service, DEPOSIT, EDITOR, input=an_input(category="上新")))["post"]
    wrong = revision(brands, cover=picture)
    assert "consumer's picture" in (await refusal(service, REVISE, EDITOR, **wrong))["message"]
    design = a_design()
    design["layers"][0]["source"] = f"asset:{picture}"
    fields = {"name": "单品", "kinds": ["PRODUCT"], "design": design}
    assert "consumer's picture" in (await refusal(service, CREATE, EDITOR, input=fields))["message"]
    rows = json.dumps(
        {
            "code": "P1",
            "department": "BRAND",
            "title": "好",
            "category": "上新",
            "cover": "mine.png",
            "scenes": ["MOMENTS"],
            "body": [{"type": "text", "text": "好"}],
        }
    )
    answer = await service.upload(IMPORT, ("a.jsonl", rows.encode(), "text/plain"), EDITOR)
    assert "no asset" in answer.data["postsImport"]["report"]["errors"][0]["message"]
    for kind in set(UserKind) - {UserKind.POST_REVISION}:
        uses = (asset_use(picture, "picture"),)
        with pytest.raises(Exception, match="consumer's picture"):
            await bank.uses.claim([User(kind=kind, id="1", label="一", uses=uses)])


@one_after_the_other("viewer", [EDITOR, GUIDE, MANAGER, OTHER])
async def test_nobody_makes_a_consumers_picture_theirs_by_uploading_it(service: Service, viewer):
    await a_consumers_picture(service)
    file = ("ours.png", a_picture(colour="red"), "image/png")
    answer = await service.upload(UPLOAD, file, viewer)
    assert answer.refused("assetUpload")[0]["field"] == ["file"]
    assert answer.data["assetUpload"]["asset"] is None


async def test_a_consumers_upload_is_seen_by_nobody_else_before_it_is_let_in(service: Service):
    mine = await a_consumers_picture(service)
    bare = mine["url"].partition("?")[0]
    assert (await get(service, mine["url"])).status_code == 200
    assert (await get(service, bare)).status_code == 404
    for viewer in (EDITOR, REVIEWER, HEAD_OFFICE, GUIDE, MANAGER, OTHER):
        assert (await service.query(ASSET, viewer, id=mine["id"])).data["asset"] is None
    assert (await service.query(ASSET, MEMBER, id=mine["id"])).data["asset"]["id"] == mine["id"]
    near = a_picture(width=1000, height=1000, colour="red")
    alike = await service.upload(UPLOAD, ("b.png", near, "image/png"), EDITOR)
    assert alike.data["assetUpload"]["nearDuplicates"] == []
    listed = (await service.query(ASSETS, EDITOR)).data["assets"]
    assert mine["id"] not in [one["id"] for one in listed["nodes"]]
    post = await sent(service, pictures=[mine["id"]])
    for viewer in (None, OTHER, GUIDE, MANAGER):
        assert await found(service, viewer) == []
        assert await found(service, viewer, text="零下十度") == []
    for viewer in (GUIDE, MANAGER, OTHER):
        assert (await service.query(ASSET, viewer, id=mine["id"])).data["asset"] is None
    seen = (await service.query(ASSET, REVIEWER, id=mine["id"])).data["asset"]["url"]
    assert (await get(service, seen)).status_code == 200
    assert (await get(service, bare)).status_code == 404
    await let_in(service, post)
    shown = await get(service, bare)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (
        200,
        "public, max-age=300, immutable",
    )
    await do(service, WITHDRAW, MEMBER, id=post["id"])
    assert (await get(service, bare)).status_code == 404


async def test_the_public_is_given_public_addresses(service: Service):
    mine = await a_consumers_picture(service)
    await let_in(service, await sent(service, pictures=[mine["id"]]))
    text = POSTS.replace("revision {", "revision { cover { url }", 1)
    for viewer in (None, OTHER, GUIDE):
        [node] = (await service.query(text, viewer)).data["posts"]["nodes"]
        url = node["revision"]["cover"]["url"]
        assert "signature" not in url
        assert (await get(service, url)).status_code == 200


def as_(viewer):
    return an_act(viewer, composition.now())
