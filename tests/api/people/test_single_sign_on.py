"""The staff sign in at the brand's own provider, which is played by a server."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from domain.people.viewer import Role, Viewer
from qianmian.settings import Oidc
from storage.mongo.kernel.database import Database
from storage.outside import oidc
from tests.api.people.test_staff import App
from tests.conftest import Service, serving, settings_for
from tests.support.content import HEAD_OFFICE
from tests.support.oidc import CLIENT, SECRET, Provider, a_provider

pytestmark = pytest.mark.anyio

PASSWORD = "ein langes Passwort 9"
ERRORS = "userErrors { code field message }"
START = f"mutation {{ staffSignOnStart {{ url attempt {ERRORS} }} }}"
FINISH = f"""mutation($attempt: String!, $state: String!, $code: String!) {{
  staffSignOnFinish(attempt: $attempt, state: $state, code: $code) {{
    viewer {{ id role }} accessToken refreshToken {ERRORS} }} }}"""
OPEN = f"""mutation($login: String!, $password: String) {{
  staffOpen(input: {{login: $login, name: "梅", role: FINANCE, password: $password}}) {{
    staff {{ id }} {ERRORS} }} }}"""
BIND = f"""mutation($id: ID!, $subject: String) {{ staffSignOnBind(id: $id, subject: $subject) {{
  staff {{ id signOnSubject }} {ERRORS} }} }}"""
SIGN_IN = f"""mutation($code: String) {{
  staffSignIn(login: "mei", password: "{PASSWORD}", code: $code) {{ accessToken {ERRORS} }} }}"""
ENROL = f"""mutation($password: String!) {{
  secondFactorEnrol(login: "mei", password: $password) {{ secret {ERRORS} }} }}"""
CONFIRM = f"""mutation($code: String!) {{
  secondFactorEnrolConfirm(login: "mei", password: "{PASSWORD}", code: $code) {{
    staff {{ hasSecondFactor }} {ERRORS} }} }}"""
STOP = f"""mutation($code: String!) {{
  secondFactorStop(password: "{PASSWORD}", code: $code) {{ {ERRORS} }} }}"""
REFRESH = "mutation($token: String!) { sessionRefresh(refreshToken: $token) { accessToken } }"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as provider:
        yield provider


@pytest.fixture
async def service(
    provider: Provider, mongodb_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[Service]:
    settings = replace(
        settings_for(mongodb_uri, database.name, tmp_path),
        oidc=Oidc(issuer=provider.url, client_id=CLIENT, secret=SECRET),
        second_factor_for=frozenset({Role.FINANCE}),
    )
    async with serving(settings) as service:
        yield service


async def do(service: Service, text: str, viewer=None, **variables: Any) -> dict[str, Any]:
    [done] = (await service.query(text, viewer, **variables)).data.values()
    return done


async def an_account(service: Service, login: str = "mei", subject: str | None = "sub-1") -> str:
    opened = await do(service, OPEN, HEAD_OFFICE, login=login)
    account: str = opened["staff"]["id"]
    if subject is not None:
        bound = await do(service, BIND, HEAD_OFFICE, id=account, subject=subject)
        assert bound["staff"] == {"id": account, "signOnSubject": subject}
    return account


async def signed_on(service: Service, provider: Provider, subject: str = "sub-1") -> dict[str, Any]:
    started = await do(service, START)
    back = provider.approve(started["url"], subject)
    return await do(service, FINISH, attempt=started["attempt"], **back)


def code_of(done: dict[str, Any]) -> str | None:
    return done["userErrors"][0]["code"] if done["userErrors"] else None


async def test_who_is_bound_signs_in_and_nobody_by_a_mail_address(
    service: Service, provider: Provider
):
    account = await an_account(service)
    done = await signed_on(service, provider)
    assert done["viewer"] == {"id": account, "role": "FINANCE"}
    assert (await do(service, REFRESH, token=done["refreshToken"]))["accessToken"]
    # Named as the address that the provider tells of everybody.
    await an_account(service, "head", None)
    stranger = await signed_on(service, provider, "head@example.com")
    assert code_of(stranger) == "UNAUTHENTICATED"
    assert "head@example.com" in stranger["userErrors"][0]["message"]


async def test_an_account_of_the_provider_is_one_persons_and_can_be_taken_away(
    service: Service, provider: Provider
):
    account = await an_account(service)
    other = await an_account(service, "lan", None)
    taken = await do(service, BIND, HEAD_OFFICE, id=other, subject="sub-1")
    assert code_of(taken) == "CONFLICT"
    assert await an_account(service, "zhu", None)  # many have none
    done = await signed_on(service, provider)
    assert (await do(service, BIND, HEAD_OFFICE, id=account))["staff"]["signOnSubject"] is None
    ended = (await service.query(REFRESH, token=done["refreshToken"])).data["sessionRefresh"]
    assert ended["accessToken"] is None
    assert code_of(await signed_on(service, provider)) == "UNAUTHENTICATED"
    assert (await do(service, BIND, HEAD_OFFICE, id=other, subject="sub-1"))["staff"]


async def test_an_attempt_is_good_once_and_with_its_own_state_alone(
    service: Service, provider: Provider
):
    await an_account(service)
    one, other = await do(service, START), await do(service, START)
    back = provider.approve(one["url"], "sub-1")
    crossed = await do(service, FINISH, attempt=other["attempt"], **back)
    assert (code_of(crossed), crossed["userErrors"][0]["field"]) == ("UNAUTHENTICATED", ["state"])
    forged = await do(service, FINISH, **{**back, "attempt": "x" * 80})
    assert code_of(forged) == "UNAUTHENTICATED"
    assert (await do(service, FINISH, attempt=one["attempt"], **back))["accessToken"]
    again = provider.approve(one["url"], "sub-1")
    assert code_of(await do(service, FINISH, attempt=one["attempt"], **again)) == "UNAUTHENTICATED"


async def test_a_code_of_somebody_elses_sign_in_needs_its_verifier(
    service: Service, provider: Provider
):
    await an_account(service)
    mine, theirs = await do(service, START), await do(service, START)
    stolen = provider.approve(theirs["url"], "sub-1")["code"]
    state = provider.approve(mine["url"], "sub-2")["state"]
    done = await do(service, FINISH, attempt=mine["attempt"], state=state, code=stolen)
    assert code_of(done) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://another.example"},
        {"exp": int(time.time()) - 3_600},
        {"iat": int(time.time()) + 86_400, "exp": int(time.time()) + 90_000},
        {"sub": ""},
        {"sub": None},
    ],
    ids=["nonce", "audience", "authorized party", "issuer", "over", "of the future", "", "nobody"],
)
async def test_an_identity_that_does_not_fit_is_refused(
    service: Service, provider: Provider, wrong: dict[str, Any]
):
    await an_account(service)
    provider.wrong = wrong
    assert code_of(await signed_on(service, provider)) == "UNAUTHENTICATED"


async def test_what_others_signed_is_refused(service: Service, provider: Provider):
    await an_account(service)
    assert (await signed_on(service, provider))["accessToken"]
    other = ec.generate_private_key(ec.SECP256R1())
    for forged in ((other, "ES256"), ("k" * 64, "HS256"), (None, "none")):
        provider.forged = forged
        assert code_of(await signed_on(service, provider)) == "UNAUTHENTICATED"


async def test_a_provider_signs_with_a_new_key_and_is_asked_for_it(
    service: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    await an_account(service)
    assert (await signed_on(service, provider))["accessToken"]
    provider.turn()
    # Who makes keys up does not have them asked for at each try.
    assert code_of(await signed_on(service, provider)) == "UNAUTHENTICATED"
    monkeypatch.setattr(oidc, "ASK_AGAIN_S", 0)
    assert (await signed_on(service, provider))["accessToken"]
    assert provider.asked == ["discovery", "keys", "keys"]


async def test_a_provider_that_does_not_answer_is_unavailable(service: Service, provider: Provider):
    provider.down = True
    assert code_of(await do(service, START)) == "UNAVAILABLE"
    provider.down = False
    assert (await do(service, START))["url"].startswith(f"{provider.url}/authorize?")
    assert provider.asked == ["discovery", "discovery"]


async def test_a_role_that_must_have_a_second_factor_signs_in_with_one_alone(service: Service):
    opened = await do(service, OPEN, HEAD_OFFICE, login="mei", password=PASSWORD)
    refused = await do(service, SIGN_IN)
    assert (code_of(refused), refused["userErrors"][0]["field"]) == ("WRONG_STATE", ["code"])
    assert code_of(await do(service, ENROL, password="wrong")) == "UNAUTHENTICATED"
    app = App((await do(service, ENROL, password=PASSWORD))["secret"])
    assert code_of(await do(service, CONFIRM, code=app.wrong_code())) == "UNAUTHENTICATED"
    assert code_of(await do(service, SIGN_IN)) == "WRONG_STATE"
    confirmed = await do(service, CONFIRM, code=app.next_code())
    assert confirmed["staff"] == {"hasSecondFactor": True}
    assert (await do(service, SIGN_IN, code=app.next_code()))["accessToken"]
    # Nobody puts another in its place by the password alone.
    assert code_of(await do(service, ENROL, password=PASSWORD)) == "UNAUTHENTICATED"
    own = Viewer(id=opened["staff"]["id"], role=Role.FINANCE)
    assert code_of(await do(service, STOP, own, code="000000")) in {"FORBIDDEN", "UNAUTHENTICATED"}


async def test_without_a_provider_there_is_no_single_sign_on(standing: Service):
    started = (await standing.query(START)).data["staffSignOnStart"]
    assert code_of(started) == "WRONG_STATE"
