"""A shop with a guide, a product with a picture, and a template, over HTTP."""

import json
from dataclasses import dataclass

from domain.kernel.ids import PersonId
from domain.network.stores import Owner, OwnerId, OwnerKind
from domain.people.accounts import Guide, GuideId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from storage.mongo.people.people import MongoGuides
from tests.conftest import Service
from tests.support.builders import a_product, a_region, a_store
from tests.support.paths import ROOT
from tests.support.pictures import a_jpeg
from tests.support.waiting import comes_to

EDITOR = Viewer(id=PersonId("staff_lin"), role=Role.EDITOR)
REVIEWER = Viewer(id=PersonId("staff_zhou"), role=Role.REVIEWER)
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, name="林小雨", store_id="S1")
MEMBER = Viewer(id=PersonId("member_may"), role=Role.MEMBER)

DESIGNS = ROOT / "demo" / "templates"
ERRORS = "userErrors { code field message }"
UPLOAD = f"mutation($file: Upload!) {{ assetUpload(file: $file) {{ asset {{ id }} {ERRORS} }} }}"
LINK = f"""mutation($input: ShareLinkCreateInput!) {{ shareLinkCreate(input: $input) {{
  shareLink {{ code url posterUrl sceneString revision touchCount store {{ id }} }}
  {ERRORS} }} }}"""
CREATE = f"""mutation($input: PosterTemplateCreateInput!) {{
  posterTemplateCreate(input: $input) {{ template {{ id version approved {{ number }}
    versions {{ number state }} }} {ERRORS} }} }}"""
SUBMIT = f"""mutation($id: ID!, $number: Int!) {{
  posterTemplateSubmit(id: $id, number: $number) {{
    template {{ versions {{ state }} }} {ERRORS} }} }}"""
APPROVE = f"""mutation($id: ID!, $number: Int!) {{
  posterTemplateApprove(id: $id, number: $number) {{
    template {{ version approved {{ number }} }} {ERRORS} }} }}"""


@dataclass(frozen=True)
class Shop:
    """What there is to share."""

    service: Service
    asset_id: str
    template_id: str

    async def link(self, viewer=GUIDE, **changes):
        fields = {"kind": "PRODUCT", "targetId": "10001", "scene": "MOMENTS", **changes}
        answer = await self.service.query(LINK, viewer, input=fields)
        assert answer.data["shareLinkCreate"]["userErrors"] == []
        return answer.data["shareLinkCreate"]["shareLink"]

    async def get(self, path: str, **headers: str):
        return await self.service.http.get(
            path.removeprefix("http://mall.example"), headers=headers
        )


async def a_shop(service: Service, database: Database, **product) -> Shop:
    """Open store S1 with guide G1, put product 10001 on the shelf, approve the template for it."""
    picture = ("coat.jpg", a_jpeg(800, 800), "image/jpeg")
    uploaded = await service.upload(UPLOAD, picture, EDITOR)
    asset_id = uploaded.data["assetUpload"]["asset"]["id"]
    guides = [
        Guide(id=GuideId("G1"), name="林小雨", store_id="S1", wecom_user_id="lin"),
        Guide(id=GuideId("G2"), name="陈一诺🌸", store_id="S1", wecom_user_id="chen"),
    ]
    await MongoGuides(database).save_all(guides)
    writer = MongoReference(database)
    await writer.save_regions([a_region()])
    await writer.save_owners([Owner(id=OwnerId("brand"), name="山屿", kind=OwnerKind.BRAND)])
    await writer.save_stores([a_store("S1", name="苏州观前街店")])
    await writer.save_products([a_product(pictures=(asset_id,), **product)])
    template_id = await an_approved_template(service)
    await until_known(service)
    return Shop(service, asset_id, template_id)


def a_shipped_design(name: str = "product"):
    """One of the templates that come with the project."""
    return json.loads((DESIGNS / f"{name}.json").read_text("utf-8"))["design"]


async def an_approved_template(service: Service, design=None, kinds=("PRODUCT",)) -> str:
    fields = {"name": "单品推荐", "kinds": list(kinds), "design": design or a_shipped_design()}
    created = (await service.query(CREATE, EDITOR, input=fields)).data["posterTemplateCreate"]
    assert created["userErrors"] == []
    template_id = created["template"]["id"]
    for step, viewer in ((SUBMIT, EDITOR), (APPROVE, REVIEWER)):
        answer = await service.query(step, viewer, id=template_id, number=1)
        assert answer.data[next(iter(answer.data))]["userErrors"] == []
    return template_id


async def until_known(service: Service) -> None:
    """Wait until the service has seen store and product; asked by staff, no answer is kept."""

    async def known() -> list[bool]:
        text = '{ store(id: "S1") { id } product(id: "10001") { id } }'
        data = (await service.query(text, EDITOR)).data
        return [data[name] is not None for name in ("store", "product")]

    await comes_to([True, True], known)
