"""Sizes, security headers, foreign pages, addresses and logs, of every request there is."""

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import Edge, make_app
from api.kernel.clients import Proxies
from api.kernel.console import FOLDER
from api.kernel.http import Envelope, most_bytes
from api.kernel.logs import JsonLines
from qianmian import composition
from tests.conftest import SECRET, Service
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


QUERY = "{ viewer { role } }"
MIB = 1024 * 1024


async def large(size: int):
    """A body of which nobody knows the length beforehand."""
    yield b'{"query": "'
    for _ in range(size // 65_536):
        yield b"x" * 65_536
    yield b'"}'


def told(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text[:200]
    assert answer.headers["content-type"].startswith("application/json")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": code, "requestId": answer.headers["x-request-id"]}


class TestSizes:
    @pytest.mark.parametrize("viewer", [None, HEAD_OFFICE])
    @pytest.mark.parametrize("path", ["/graphql", "/pay/wechat/notice"])
    async def test_json_has_a_mebibyte_declared_or_streamed(
        self, service: Service, path: str, viewer: Any
    ):
        headers = {"Content-Type": "application/json", **service.headers(viewer)}
        for content in (b"x" * (MIB + 1), large(2 * MIB)):
            answer = await service.http.post(path, content=content, headers=headers)
            told(answer, 413, "BODY_TOO_LARGE")

    async def test_a_megabyte_of_json_is_still_read(self, service: Service):
        body = {"query": QUERY, "padding": "x" * (MIB - 100)}
        assert (await service.http.post("/graphql", json=body)).json()["data"]

    async def test_a_form_may_carry_a_large_file_and_no_large_field(self, service: Service):
        answer = await service.upload(QUERY, ("a.csv", b"x" * (5 * MIB), "text/csv"))
        assert answer.data == {"viewer": {"role": "VISITOR"}}
        form = {"operations": json.dumps({"query": QUERY, "x": "x" * 2 * MIB}), "map": "{}"}
        files = {"0": ("a", b"x", "text/csv")}
        answer = await service.http.post("/graphql", data=form, files=files)
        told(answer, 400, "BAD_REQUEST")

    def test_a_form_has_its_bound_too(self):
        assert most_bytes(a_scope(b"multipart/form-data; boundary=b")) == 64 * MIB
        assert most_bytes(a_scope(b"application/json")) == MIB
        assert most_bytes(a_scope(b"application/json; a=multipart/form-data")) == MIB

    @pytest.mark.parametrize("path", ["/wecom/callback", "/wechat/callback"])
    def test_a_form_that_no_file_is_taken_of_is_as_small_as_all_else(self, path: str):
        form = a_scope(b"multipart/form-data; boundary=b") | {"path": path}
        assert most_bytes(form) == MIB


def a_scope(kind: bytes) -> dict[str, Any]:
    return {"path": "/graphql", "headers": [(b"content-type", kind)]}


class TestWhateverHappens:
    @pytest.mark.parametrize("path", ["/nothing", "/assets", "/graphql/other.js", "/s/", "/%00"])
    async def test_what_is_not_there_is_told_in_json(self, service: Service, path: str):
        told(await service.http.get(path), 404, "NOT_FOUND")

    async def test_a_method_that_is_not_taken_is_told_in_json(self, service: Service):
        for method, path in (("POST", "/health"), ("DELETE", "/pay/wechat/notice")):
            answer = await service.http.request(method, path)
            told(answer, 405, "METHOD_NOT_ALLOWED")
            assert answer.headers["allow"]

    @pytest.mark.parametrize(
        ("broken", "path"),
        [
            ("api.graphql.read_request", "/graphql"),
            ("api.cache.of_query_string", "/graphql?query={a}"),
            ("api.sharing.landing.visit", "/s/AAAAAAAAAA"),
        ],
    )
    async def test_a_bug_anywhere_shows_no_insides_and_is_logged_with_its_request(
        self,
        service: Service,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        broken: str,
        path: str,
    ):
        def breaks(*_: object, **__: object) -> None:
            raise KeyError("the secret inside")

        monkeypatch.setattr(broken, breaks)
        method = "GET" if "?" in path or path != "/graphql" else "POST"
        answer = await service.http.request(method, path, headers=service.headers(None))
        told(answer, 500, "INTERNAL")
        assert "secret" not in answer.text
        [record] = [one for one in caplog.records if one.exc_info]
        assert record.request_id == answer.headers["x-request-id"]
        assert "the secret inside" in JsonLines().format(record)


class TestSecurity:
    @pytest.mark.parametrize(
        "path", ["/health", "/nothing", "/graphql", "/graphql?query={a}", "/s/x", "/posters/x.jpg"]
    )
    async def test_no_answer_is_guessed_at_framed_or_told_of_elsewhere(
        self, service: Service, path: str
    ):
        for accept in ("text/html", "application/json"):
            answer = await service.http.get(path, headers={"Accept": accept})
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "set-cookie" not in answer.headers

    async def test_a_policy_of_an_answer_s_own_is_kept_and_still_unframed(self):
        async def app(scope, receive, send):
            headers = [(b"Content-Security-Policy", b"sandbox")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})

        answer = TestClient(Envelope(app)).get("/")
        policy = answer.headers.get_list("content-security-policy")
        assert policy == ["sandbox; frame-ancestors 'none'"]


class TestThePage:
    async def test_a_browser_gets_a_page_that_loads_nothing_from_elsewhere(self, service: Service):
        accept = "text/html,application/xhtml+xml,*/*;q=0.8"
        page = await service.http.get("/graphql", headers={"Accept": accept})
        assert page.headers["content-type"].startswith("text/html")
        assert "connect-src 'self'" in page.headers["content-security-policy"]
        texts = [page.text]
        for name in ("console.js", "console.css"):
            assert f'"/graphql/{name}"' in page.text
            part = await service.http.get(f"/graphql/{name}")
            assert part.status_code == 200
            assert part.headers["content-type"].startswith(("text/javascript", "text/css"))
            texts.append(part.text)
        assert not any("://" in text or 'src="//' in text for text in texts)
        assert "<style" not in page.text
        assert " style=" not in page.text
        assert "innerHTML" not in "".join(texts)

    async def test_a_program_gets_data_though_it_takes_anything(self, service: Service):
        answer = await service.http.get("/graphql", headers={"Accept": "*/*"})
        told(answer, 400, "BAD_REQUEST")

    async def test_its_documentation_is_within_the_bounds(self, service: Service):
        script = (FOLDER / "console.js").read_text()
        parts = {
            name: script.partition(f"const {name} = ")[2].partition(";\n")[0].strip('"`')
            for name in ("TYPE", "VALUE", "INTROSPECTION")
        }
        text = parts["INTROSPECTION"].replace("${VALUE}", parts["VALUE"])
        answer = await service.query(text.replace("${TYPE}", parts["TYPE"]))
        assert len(answer.data["__schema"]["types"]) > 100


def app_with(edge: Edge) -> TestClient:
    """The service before it has a database, with what an operator set."""
    revocations = SimpleNamespace(listen=lambda hear: None)
    world: Any = SimpleNamespace(
        now=composition.now,
        secret=SECRET,
        revocations=revocations,
        public_url="http://mall.example",
        registered=None,
    )
    return TestClient(make_app(world, None, edge), raise_server_exceptions=False)


ASKED = {"Origin": "https://admin.example", "Access-Control-Request-Method": "POST"}


class TestForeignPages:
    def test_no_page_of_another_site_may_call_unless_it_is_named(self):
        http = app_with(Edge())
        for answer in (
            http.options("/graphql", headers=ASKED),
            http.get("/health", headers={"Origin": "https://admin.example"}),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_a_named_one_may_and_no_cookie_goes_with_it(self):
        http = app_with(Edge(origins=("https://admin.example",)))
        asked = {**ASKED, "Access-Control-Request-Headers": "authorization,content-type"}
        allowed = http.options("/graphql", headers=asked)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "https://admin.example"
        assert "access-control-allow-credentials" not in allowed.headers
        answer = http.get("/health", headers={"Origin": "https://admin.example"})
        assert answer.headers["access-control-allow-origin"] == "https://admin.example"
        assert "Origin" in answer.headers["vary"]
        other = http.get("/health", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert (
            http.options(
                "/graphql", headers={**ASKED, "Origin": "https://evil.example"}
            ).status_code
            == 400
        )


class TestAddresses:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("203.0.113.9", [], "203.0.113.9"),
            ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.2.3.4, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ],
    )
    def test_the_last_one_that_no_trusted_proxy_has_is_the_client_s(
        self, peer: str, forwarded: list[str], client: str
    ):
        headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
        proxies = Proxies.of(["10.0.0.0/8", " fd00::/8"])
        assert proxies.client_of({"client": (peer, 1), "headers": headers}) == client

    def test_nobody_is_believed_unless_named(self):
        headers = [(b"x-forwarded-for", b"1.2.3.4")]
        assert Proxies().client_of({"client": ("10.0.0.1", 1), "headers": headers}) == "10.0.0.1"
        assert Proxies().client_of({"client": None, "headers": headers}) is None


class TestLogs:
    async def line(self, caplog: pytest.LogCaptureFixture, message: str = "request") -> Any:
        record = [one for one in caplog.records if one.getMessage() == message][-1]
        return json.loads(JsonLines().format(record))

    @pytest.fixture(autouse=True)
    def _heard(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, logger="qianmian.requests")

    async def test_a_request_s_line_says_what_by_whom_from_where_and_what_went_wrong(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        answer = await service.query("query Me { viewer { id } ordersOf: nothing }", HEAD_OFFICE)
        line = await self.line(caplog)
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["operation"] == "Me"
        assert line["role"] == "HEAD_OFFICE"
        assert line["errors"] == ["BAD_REQUEST"]
        assert line["client"] == "127.0.0.1"

    async def test_one_that_is_no_request_has_its_code(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        await service.http.post("/graphql", content=b"null")
        assert (await self.line(caplog))["errors"] == ["UNSUPPORTED_MEDIA_TYPE"]
        await service.http.get("/nothing")
        assert (await self.line(caplog))["errors"] == ["NOT_FOUND"]

    async def test_an_answer_that_was_kept_has_its_operation_too(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        for _ in range(2):
            await service.query("query Shelf { products { totalCount } }")
            line = await self.line(caplog)
            assert (line["operation"], line["role"], line["errors"]) == ("Shelf", "VISITOR", [])

    async def test_an_operation_of_a_socket_has_a_line(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        from tests.support.sockets import connected

        async with connected(service, HEAD_OFFICE) as socket:
            await socket.subscribe("query Mine { viewer { id } }")
            await socket.next()
            await socket.receive()
        line = await self.line(caplog, "operation of a socket")
        assert (line["operation"], line["role"]) == ("Mine", "HEAD_OFFICE")
