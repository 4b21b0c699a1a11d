"""Posters and their templates over HTTP."""

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.uses import Used, UsedKind
from domain.media.assets import AssetState
from domain.people.viewer import Role, Viewer
from domain.posters import codes
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.round_trips import ROUND_TRIPS
from tests.support.sharing import (
    APPROVE,
    CREATE,
    EDITOR,
    ERRORS,
    GUIDE,
    MEMBER,
    REVIEWER,
    SUBMIT,
    Shop,
    a_shipped_design,
    a_shop,
)

pytestmark = pytest.mark.anyio

POSTER = f"""mutation($code: String!, $template: ID, $width: Int! = 1080,
                     $format: PosterFormat! = JPEG) {{
  posterCreate(shareCode: $code, templateId: $template, width: $width, format: $format) {{
    poster {{ url width format templateId templateVersion shareLink {{ code }} }} {ERRORS} }} }}"""
PREVIEW = f"""mutation($design: JSON!, $id: ID!) {{
  posterPreview(design: $design, kind: PRODUCT, targetId: $id) {{ image {ERRORS} }} }}"""
REVISE = f"""mutation($id: ID!, $design: JSON!, $expected: Int!) {{
  posterTemplateRevise(id: $id, design: $design, expectedVersion: $expected) {{
    template {{ version versions {{ number state }} approved {{ number }} }} {ERRORS} }} }}"""
REJECT = f"""mutation($id: ID!, $comment: String!) {{
  posterTemplateReject(id: $id, number: 1, comment: $comment) {{
    template {{ versions {{ state comment reviewer {{ id }} }} }} {ERRORS} }} }}"""
WITHDRAW = f"""mutation($id: ID!) {{ posterTemplateWithdraw(id: $id, number: 1) {{
  template {{ approved {{ number }} }} {ERRORS} }} }}"""


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    return await a_shop(service, database)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


async def created(shop: Shop, **changes):
    fields = {"name": "单品", "kinds": ["PRODUCT"], "design": a_shipped_design(), **changes}
    return await shop.service.query(CREATE, EDITOR, input=fields)


async def test_a_guides_poster_leads_to_their_link(shop: Shop):
    link = await shop.link()
    poster = await shop.get(link["posterUrl"])
    assert (poster.status_code, poster.headers["content-type"]) == (200, "image/jpeg")
    image = opened(poster.content)
    assert image.width == 1080
    assert codes.read(image) == link["url"]


async def test_a_poster_is_kept_and_answered_with_its_tag(shop: Shop, database: Database):
    link = await shop.link()
    first = await shop.get(link["posterUrl"])
    assert "immutable" in first.headers["cache-control"]
    before = len(ROUND_TRIPS.of(database.name))
    second = await shop.get(link["posterUrl"])
    assert second.content == first.content
    assert len(ROUND_TRIPS.of(database.name)) - before <= 4
    tag = first.headers["etag"]
    third = await shop.get(link["posterUrl"], **{"If-None-Match": tag})
    assert (third.status_code, third.content, third.headers["etag"]) == (304, b"", tag)


@one_after_the_other("width", [750, 1080])
@one_after_the_other("form", ["JPEG", "PNG", "WEBP"])
async def test_a_poster_comes_in_two_widths_and_three_formats(shop: Shop, width, form):
    link = await shop.link()
    answer = await shop.service.query(POSTER, GUIDE, code=link["code"], width=width, format=form)
    poster = answer.data["posterCreate"]["poster"]
    assert (poster["width"], poster["format"], poster["templateVersion"]) == (width, form, 1)
    image = opened((await shop.get(poster["url"])).content)
    assert (image.width, image.format) == (width, form)
    # Its code is its template's own, so that what that brings is told apart; it leads the same way.
    read = codes.read(image.convert("L"))
    assert read != link["url"]
    assert read.rpartition("/")[2] in poster["url"]
    again = await shop.service.query(POSTER, GUIDE, code=link["code"], width=width, format=form)
    assert again.data["posterCreate"]["poster"]["url"] == poster["url"]


async def test_another_width_is_refused(shop: Shop):
    link = await shop.link()
    answer = await shop.service.query(POSTER, GUIDE, code=link["code"], width=640)
    assert answer.refused("posterCreate")[0]["field"] == ["width"]
    assert (await shop.get(f"{link['posterUrl']}?width=640")).status_code == 400
    assert (await shop.get(f"{link['posterUrl']}?width=x")).status_code == 400


@pytest.mark.parametrize("name", ["2222222222.jpg", "2222222222.gif", "nonsense", "x.jpg"])
async def test_a_poster_of_no_link_is_not_found(shop: Shop, name):
    assert (await shop.get(f"/posters/{name}")).status_code == 404


async def test_two_guides_posters_differ_by_name_and_code_alone(shop: Shop):
    manager = Viewer(id=PersonId("m1"), role=Role.STORE_MANAGER, store_id="S1")
    first = opened((await shop.get((await shop.link())["posterUrl"])).content)
    link = await shop.link(manager, guideId="G2")
    second = opened((await shop.get(link["posterUrl"])).content)
    assert codes.read(second) == link["url"]
    first_row = ImageChops.difference(first, second).getbbox()[1]
    assert first_row > 1350


async def test_a_withdrawn_picture_takes_its_posters_with_it(shop: Shop, database: Database):
    link = await shop.link()
    assert (await shop.get(link["posterUrl"])).status_code == 200
    assets = MongoAssets(database)
    asset = (await assets.by_ids([shop.asset_id]))[shop.asset_id]
    withdrawn = replace(asset, state=AssetState.WITHDRAWN, version=asset.version + 1)
    await assets.save(withdrawn, expected=asset.version)
    assert (await shop.get(link["posterUrl"])).status_code == 410


async def test_a_withdrawn_template_takes_its_posters_with_it(shop: Shop):
    link = await shop.link()
    made = await shop.service.query(POSTER, GUIDE, code=link["code"])
    url = made.data["posterCreate"]["poster"]["url"]
    assert (await shop.get(url)).status_code == 200
    await shop.service.query(WITHDRAW, REVIEWER, id=shop.template_id)
    assert (await shop.get(url)).status_code == 410
    assert (await shop.get(link["posterUrl"])).status_code == 404


async def test_nobody_approves_their_own_template(shop: Shop):
    reviewer = Viewer(id=EDITOR.id, role=Role.REVIEWER)
    template = (await created(shop)).data["posterTemplateCreate"]["template"]
    assert template["approved"] is None
    await shop.service.query(SUBMIT, EDITOR, id=template["id"], number=1)
    answer = await shop.service.query(APPROVE, reviewer, id=template["id"], number=1)
    assert answer.refused("posterTemplateApprove")[0]["code"] == "FORBIDDEN"
    answer = await shop.service.query(APPROVE, EDITOR, id=template["id"], number=1)
    assert answer.refused("posterTemplateApprove")[0]["code"] == "FORBIDDEN"


async def test_a_draft_can_not_be_approved_or_used(shop: Shop):
    template = (await created(shop)).data["posterTemplateCreate"]["template"]
    answer = await shop.service.query(APPROVE, REVIEWER, id=template["id"], number=1)
    assert answer.refused("posterTemplateApprove")[0]["code"] == "WRONG_STATE"
    link = await shop.link()
    answer = await shop.service.query(POSTER, GUIDE, code=link["code"], template=template["id"])
    assert answer.refused("posterCreate")[0]["code"] == "WRONG_STATE"
    url = f"{link['posterUrl']}?template={template['id']}&version=1"
    assert (await shop.get(url)).status_code == 410


async def test_a_changed_design_is_used_only_once_it_is_approved(shop: Shop):
    link = await shop.link()
    before = await shop.get(link["posterUrl"])
    design = {**a_shipped_design(), "background": "#E2E8EE"}
    answer = await shop.service.query(
        REVISE, EDITOR, id=shop.template_id, design=design, expected=3
    )
    template = answer.data["posterTemplateRevise"]["template"]
    assert [one["state"] for one in template["versions"]] == ["APPROVED", "DRAFT"]
    assert (await shop.get(link["posterUrl"])).content == before.content
    for step, viewer in ((SUBMIT, EDITOR), (APPROVE, REVIEWER)):
        await shop.service.query(step, viewer, id=shop.template_id, number=2)
    assert (await shop.get(link["posterUrl"])).content != before.content


async def test_two_designers_can_not_overwrite_each_other(shop: Shop):
    for expected, code in ((3, None), (3, "CONFLICT")):
        answer = await shop.service.query(
            REVISE, EDITOR, id=shop.template_id, design=a_shipped_design(), expected=expected
        )
        errors = answer.data["posterTemplateRevise"]["userErrors"]
        assert [error["code"] for error in errors] == ([code] if code else [])


async def test_a_design_that_is_refused_leaves_no_trace_of_its_pictures(
    shop: Shop, database: Database
):
    design = a_shipped_design()
    source = f"asset:{shop.asset_id}"
    design["layers"].insert(0, {"kind": "picture", "source": source, "box": [0, 0, 90, 90]})
    stale = await shop.service.query(REVISE, EDITOR, id=shop.template_id, design=design, expected=2)
    assert stale.refused("posterTemplateRevise")[0]["code"] == "CONFLICT"
    assert not await MongoUses(database).any(Used(kind=UsedKind.ASSET, id=shop.asset_id))


async def test_a_cursor_of_another_list_is_refused(shop: Shop):
    answer = await shop.service.query(
        "query($after: String) { posterTemplates(after: $after) { totalCount } }",
        EDITOR,
        after="WzBd",
    )
    assert answer.errors[0]["extensions"]["code"] == "INVALID"


async def test_a_rejection_says_why(shop: Shop):
    template = (await created(shop)).data["posterTemplateCreate"]["template"]
    await shop.service.query(SUBMIT, EDITOR, id=template["id"], number=1)
    silent = await shop.service.query(REJECT, REVIEWER, id=template["id"], comment=" ")
    assert silent.refused("posterTemplateReject")[0]["field"] == ["comment"]
    answer = await shop.service.query(REJECT, REVIEWER, id=template["id"], comment="字太小")
    version = answer.data["posterTemplateReject"]["template"]["versions"][0]
    assert version == {"state": "REJECTED", "comment": "字太小", "reviewer": {"id": REVIEWER.id}}


async def test_every_step_of_a_template_is_written_down(shop: Shop):
    answer = await shop.service.query(
        """query($id: ID!) { recordsOf(kind: "posterTemplate", id: $id) {
          nodes { action actor { id } } } }""",
        EDITOR,
        id=shop.template_id,
    )
    assert [(one["action"], one["actor"]["id"]) for one in answer.data["recordsOf"]["nodes"]] == [
        ("posterTemplateApprove", REVIEWER.id),
        ("posterTemplateSubmit", EDITOR.id),
        ("posterTemplateCreate", EDITOR.id),
    ]


async def test_every_flaw_of_a_design_is_named_at_its_place(shop: Shop):
    design = a_shipped_design()
    design["layers"][-1]["box"] = [900, 1400, 100, 100]
    design["layers"].append({"kind": "picture", "source": "asset:nothing", "box": [0, 0, 9, 9]})
    errors = (await created(shop, design=design)).refused("posterTemplateCreate")
    number = str(len(design["layers"]) - 1)
    assert [error["field"] for error in errors] == [
        ["input", "design", "layers", str(int(number) - 1), "box"],
        ["input", "design", "layers", number, "source"],
    ]
    answer = await created(shop, design="a poster")
    assert answer.refused("posterTemplateCreate")[0]["field"] == ["input", "design"]


async def test_a_template_is_known_to_use_its_pictures(shop: Shop, database: Database):
    picture = Used(kind=UsedKind.ASSET, id=shop.asset_id)
    assert not await MongoUses(database).any(picture)
    design = a_shipped_design()
    source = f"asset:{shop.asset_id}"
    design["layers"].insert(0, {"kind": "picture", "source": source, "box": [0, 0, 90, 90]})
    await created(shop, design=design)
    (use,) = (await MongoUses(database).of(picture, PageRequest())).items
    assert use.fields == ("versions.1.layers.0.source",)


async def test_only_the_content_team_designs_and_only_the_brands_people_look(shop: Shop):
    fields = {"name": "单品", "kinds": ["PRODUCT"], "design": a_shipped_design()}
    answer = await shop.service.query(CREATE, GUIDE, input=fields)
    assert answer.refused("posterTemplateCreate")[0]["code"] == "FORBIDDEN"
    listing = "{ posterTemplates { totalCount nodes { id name approved { number } } } }"
    assert (await shop.service.query(listing, GUIDE)).data["posterTemplates"] == {
        "totalCount": 1,
        "nodes": [{"id": shop.template_id, "name": "单品推荐", "approved": {"number": 1}}],
    }
    assert (await shop.service.query(listing, MEMBER)).errors


async def test_a_design_is_previewed_without_being_saved(shop: Shop, database: Database):
    answer = await shop.service.query(PREVIEW, EDITOR, design=a_shipped_design(), id="10001")
    head, _, data = answer.data["posterPreview"]["image"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert opened(base64.b64decode(data)).width == 750
    assert await database["poster_templates"].count_documents({}) == 1
    answer = await shop.service.query(PREVIEW, GUIDE, design=a_shipped_design(), id="10001")
    assert answer.refused("posterPreview")[0]["code"] == "FORBIDDEN"


async def test_nobody_approves_a_template_with_words_of_theirs(shop: Shop):
    design = a_shipped_design()
    words = {"长按识别二维码 · 找我选购": "进店试穿，暖和再带走"}
    theirs = {
        **design,
        "layers": [
            {**layer, "text": words.get(layer["text"], layer["text"])} if "text" in layer else layer
            for layer in design["layers"]
        ],
    }
    versions = ((REVIEWER, theirs), (EDITOR, {**theirs, "background": "#FFFFFF"}))
    for expected, (viewer, said) in enumerate(versions, 3):
        sent = {"id": shop.template_id, "design": said, "expected": expected}
        answer = await shop.service.query(REVISE, viewer, **sent)
        assert answer.data["posterTemplateRevise"]["userErrors"] == []
    await shop.service.query(SUBMIT, EDITOR, id=shop.template_id, number=3)
    answer = await shop.service.query(APPROVE, REVIEWER, id=shop.template_id, number=3)
    assert answer.refused("posterTemplateApprove")[0]["code"] == "FORBIDDEN"
