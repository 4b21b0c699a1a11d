"""The pages over HTTP: shells that nobody keeps, files that everybody may keep for ever."""

import re
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.pages.files import Tree
from api.pages.shells import Desk, page_routes
from tests.conftest import Service

pytestmark = pytest.mark.anyio
ADDRESS = re.compile(r'(?:href|src)="(/[^"]+)"')


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/library/asset_1?state=WITHDRAWN", "/desk/nothing", "/mall", "/mall/S1"]
)
async def test_a_shell_is_asked_for_anew_and_all_that_it_names_is_kept(service: Service, path: str):
    shell = await service.http.get(path)
    assert shell.status_code == 200
    assert shell.headers["cache-control"] == "no-cache"
    addresses = ADDRESS.findall(shell.text)
    assert len(addresses) == len(set(addresses)) + 1  # the entry is named twice
    for address in set(addresses):
        file = await service.http.get(address)
        assert file.status_code == 200, address
        assert file.headers["content-encoding"] == "gzip"
        assert "immutable" in file.headers["cache-control"]


async def test_a_shell_allows_its_own_scripts_alone(service: Service):
    for path, framed in (("/desk", "'none'"), ("/mall", "'self'")):
        shell = await service.http.get(path)
        policy = shell.headers["content-security-policy"]
        rules = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
        assert rules["script-src"] == "'self'"
        assert rules["style-src"] == "'self'"
        assert rules["default-src"] == "'none'"
        assert rules["trusted-types"] == "'none'"
        assert rules["frame-ancestors"] == framed
        assert "unsafe" not in policy
        assert "*" not in policy
        assert not re.search(
            r"<script(?![^>]*(?:src=|application/json))|<style| style=", shell.text
        )


async def test_a_shell_from_before_gets_what_there_is_now_and_nobody_keeps_it(service: Service):
    answer = await service.http.get("/desk/@0123456789abcdef/kit.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["nothing.js", "../shells.py", "%2e%2e/shells.py", "vendor/README.md"]
)
async def test_nothing_else_is_served(service: Service, name: str):
    answer = await service.http.get(f"/desk/@{Tree.read().hash}/{name}")
    assert "api.kernel" not in answer.text
    assert answer.status_code in {200, 404}
    assert answer.status_code == 404 or "<div id" in answer.text


async def test_a_client_that_reads_no_gzip_gets_it_plain(service: Service):
    address = Tree.read().address("kit.js")
    answer = await service.http.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == Tree.read().files["kit.js"].plain


async def test_the_service_leads_people_to_the_desk(service: Service):
    answer = await service.http.get("/")
    assert answer.headers["location"] == "/desk"


def test_the_desk_offers_single_sign_on_where_there_is_a_provider():
    world = SimpleNamespace(public_url="http://mall.example")
    for sign_on, said in ((True, "true"), (False, "false")):
        client = TestClient(Starlette(routes=page_routes(world, Desk(sign_on=sign_on))))
        assert f'"signOn": {said}' in client.get("/desk").text


async def test_nobody_is_let_in_by_one_click_unless_the_operator_says_so(service: Service):
    assert '"people": []' in (await service.http.get("/desk")).text


def test_no_name_can_end_the_block_that_it_stands_in():
    name = "</script><script>alert(1)</script>"
    desk = Desk(people=[{"name": name, "role": "MEMBER", "code": "c"}])
    world = SimpleNamespace(public_url="http://mall.example")
    client = TestClient(Starlette(routes=page_routes(world, desk)))
    for path in ("/desk", "/mall"):
        assert "<script>alert" not in client.get(path).text


async def test_an_address_of_the_mall_can_not_write_into_the_page(service: Service):
    shell = await service.http.get("/mall/%22%3E%3Cimg%20onerror=alert(1)%3E")
    assert "onerror" not in shell.text
