"""Every text that may go out passes the one check of claims, and long ones hold nobody up."""

import json
import threading
from dataclasses import replace

import pytest

from domain.content.submitting import submit
from qianmian import composition
from qianmian.wiring.content import content_ports
from storage.mongo.kernel.database import Database
from tests.api.content.test_adaptations import ADAPT, UNLOCKED
from tests.api.content.test_calendar import PLAN
from tests.api.content.test_consumers import IMPORT
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.content import (
    CREATE_CATEGORY,
    EDITOR,
    ERRORS,
    HEAD_OFFICE,
    MANAGER,
    MEMBER,
    SUBMIT,
    a_picture,
    an_act,
    approved,
    deposited,
    do,
)
from tests.support.foundations import a_foundation
from tests.support.poster_builders import a_design, a_shape, a_text
from tests.support.sharing import CREATE

pytestmark = pytest.mark.anyio

CLAIM = "全网最低价"
DRAFT = f"""mutation ($input: LayerInput!) {{
  layerDraft(id: "brand", input: $input, expectedVersion: 0) {{
    draft {{ version }} {ERRORS} }} }}"""
RENAME = f"""mutation($id: ID!, $name: String!) {{
  categoryRename(id: $id, name: $name) {{ category {{ id }} {ERRORS} }} }}"""
UPLOAD = f"""mutation($file: Upload!, $alt: String!) {{
  assetUpload(file: $file, altText: $alt) {{ asset {{ id fileName }} {ERRORS} }} }}"""
DESCRIBE = f"""mutation($id: ID!, $alt: String!) {{
  assetDescribe(id: $id, altText: $alt, expectedVersion: 1) {{ asset {{ id }} {ERRORS} }} }}"""
START = f"""mutation($alt: String!) {{
  directUploadStart(fileName: "a.jpg", bytes: 10, altText: $alt) {{
    upload {{ id }} {ERRORS} }} }}"""
PICTURE = ("张三的照片.png", a_picture(), "image/png")


def a_module(**said):
    return {"modules": [{"key": "notice", "content": {"notice": {"text": "好"}}, **said}]}


REFUSED = [
    (CREATE_CATEGORY, {"path": f"上新/{CLAIM}"}),
    (PLAN, {"name": CLAIM, "startsAt": "2099-01-01T00:00:00+08:00"}),
    (START, {"alt": CLAIM}),
    (DRAFT, {"input": a_module(title=CLAIM)}),
    (DRAFT, {"input": a_module(content={"notice": {"text": CLAIM}})}),
    (DRAFT, {"input": {"captions": [{"product": "10001", "text": CLAIM}]}}),
    (
        CREATE,
        {
            "input": {
                "name": "一",
                "kinds": ["PRODUCT"],
                "design": a_design(a_shape(), a_text(text=CLAIM)),
            }
        },
    ),
]


@one_after_the_other("text, variables", REFUSED)
async def test_a_text_that_nobody_reviews_is_refused_for_a_claim(service: Service, text, variables):
    answer = await service.query(text, HEAD_OFFICE, **variables)
    [payload] = answer.data.values()
    assert "claim that advertising may not make" in str(payload["userErrors"])


async def test_names_and_descriptions_pass_the_check_when_they_are_changed(service: Service):
    made = await do(service, CREATE_CATEGORY, HEAD_OFFICE, path="上新")
    sent = {"id": made["category"]["id"], "name": CLAIM}
    answer = await service.query(RENAME, HEAD_OFFICE, **sent)
    assert answer.refused("categoryRename")[0]["field"] == ["name"]
    claimed = await service.upload(UPLOAD, PICTURE, EDITOR, alt=CLAIM)
    assert claimed.refused("assetUpload")[0]["field"] == ["altText"]
    asset = (await service.upload(UPLOAD, PICTURE, EDITOR, alt="雪地")).data["assetUpload"]["asset"]
    answer = await service.query(DESCRIBE, EDITOR, id=asset["id"], alt=CLAIM)
    assert answer.refused("assetDescribe")[0]["field"] == ["altText"]


async def test_a_file_of_posts_makes_no_category_of_a_claim(service: Service):
    row = {"code": "P1", "department": "BRAND", "title": "好", "category": CLAIM}
    row |= {"scenes": ["MOMENTS"], "body": [{"type": "text", "text": "好"}]}
    file = ("a.jsonl", json.dumps(row).encode(), "text/plain")
    answer = await service.upload(IMPORT, file, EDITOR)
    [error] = answer.data["postsImport"]["report"]["errors"]
    assert "no category" in error["message"]


@pytest.mark.parametrize("field", ["title", "tags", "body", "caption"])
async def test_of_a_post_every_text_is_checked_and_of_an_adaptation_too(service: Service, field):
    picture = await service.upload(UPLOAD, PICTURE, EDITOR, alt="")
    image = {"assetId": picture.data["assetUpload"]["asset"]["id"], "caption": CLAIM}
    said = {
        "title": {"title": CLAIM},
        "tags": {"tags": [CLAIM]},
        "body": {"body": [{"text": CLAIM}]},
        "caption": {"body": [{"image": image}]},
    }[field]
    post = (await do(service, SUBMIT, EDITOR, id=(await deposited(service, **said))["id"]))["post"]
    assert post["review"]["findings"][0]["blocking"]
    parent = await approved(service, unlocked=[*UNLOCKED["unlocked"], "TAGS"])
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input=said))["post"]
    found = (await do(service, SUBMIT, MANAGER, id=own["id"]))["post"]["review"]["findings"]
    assert found[0]["kind"] == "FORBIDDEN_CLAIM"


async def test_a_consumer_says_nothing_that_is_not_reviewed(service: Service):
    answer = await service.upload(UPLOAD, PICTURE, MEMBER, alt="加微信")
    assert answer.refused("assetUpload")[0]["field"] == ["altText"]
    asset = (await service.upload(UPLOAD, PICTURE, MEMBER, alt="")).data["assetUpload"]["asset"]
    assert "张三" not in asset["fileName"]


async def test_a_long_post_is_read_beside_the_loop(service: Service, database: Database):
    bank = content_ports(a_foundation(database))
    readers = set()

    class Watched(list):
        def __iter__(self):
            readers.add(threading.get_ident())
            return super().__iter__()

    watched = replace(bank, claims=replace(bank.claims, patterns=Watched(bank.claims.patterns)))
    post = await deposited(service, body=[{"text": "暖和。" * 1_000}] * 3)
    await submit(watched, an_act(EDITOR, composition.now()), post["id"])
    assert readers
    assert threading.get_ident() not in readers
