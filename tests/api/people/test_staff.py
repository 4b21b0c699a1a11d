"""Accounts that are opened, closed, taken over, guessed at and proven by a second factor."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from cryptography.exceptions import InvalidTag

from domain.kernel.ids import PersonId
from domain.kernel.refusals import NotFound
from domain.people import invitations, second_factors
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.accounts import reset_on
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoStaff
from tests.api.people.test_people import OFFICE, PASSWORD, an_account, an_editor
from tests.api.people.test_sessions import refreshed, refuses
from tests.conftest import Service, serving, settings_for
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_window")]

ANOTHER = "battery staple horse"
ACCOUNT = "staff { id login active hasSecondFactor invitedUntil }"
ERRORS = "userErrors { code field message }"
TOKENS = "accessToken refreshToken"
LIST = """query($role: Role, $after: String) { staff(role: $role, first: 2, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { login role active } } }"""
EDITOR = an_editor().viewer()


async def done(service: Service, text: str, viewer: Viewer | None = None, /, **variables: Any):
    """The payload of a mutation, written `name(argument: Type) { fields }` without its errors."""
    name = text.split("(")[0]
    arguments, fields = text[len(name) + 1 :].split(") ", 1)
    parts = [part.strip() for part in arguments.split(",")]
    given = ", ".join("{0}: ${0}".format(part.split(":")[0]) for part in parts)
    said = ", ".join(f"${part}" for part in parts)
    document = f"mutation({said}) {{ {name}({given}) {{ {fields} {ERRORS} }} }}"
    return (await service.query(document, viewer, **variables)).data[name]


async def opened(service: Service, **changes: Any) -> dict:
    account = {**an_account(), "password": None, **changes}
    text = f"staffOpen(input: StaffInput!) {ACCOUNT} invitation"
    return await done(service, text, OFFICE, input=account)


async def accepted(service: Service, invitation: str, password: str = PASSWORD) -> dict:
    text = f"staffInvitationAccept(invitation: String!, password: String!) {ACCOUNT}"
    return await done(service, text, invitation=invitation, password=password)


async def signed_in(service: Service, password: str = PASSWORD, code: str | None = None) -> dict:
    text = f"staffSignIn(login: String!, password: String!, code: String) {TOKENS}"
    return await done(service, text, login="lin", password=password, code=code)


async def reset(service: Service, id: str, viewer: Viewer = OFFICE) -> dict:
    text = f"staffPasswordReset(id: ID!) {ACCOUNT} invitation"
    return await done(service, text, viewer, id=id)


def code_of(answer: dict) -> str | None:
    return answer["userErrors"][0]["code"] if answer["userErrors"] else None


@pytest.fixture
async def two(
    mongodb_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[tuple[Service, Service]]:
    """Two services on one database, with one account."""
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    await MongoStaff(database).save(an_editor(), expected=0)
    async with serving(settings) as one, serving(settings) as other:
        yield one, other


async def test_who_is_invited_chooses_a_password_once(service: Service, database: Database):
    answer = await opened(service)
    assert answer["staff"]["invitedUntil"]
    assert code_of(await signed_in(service)) == "UNAUTHENTICATED"
    assert code_of(await signed_in(service, "nobody's password")) == "UNAUTHENTICATED"
    code = answer["invitation"]
    for wrong in ("", code[:-1], f"{code}x", code.replace("staff_", "staff_0"), f"雪{code}"):
        assert code_of(await accepted(service, wrong)) == "UNAUTHENTICATED", wrong
    short = await accepted(service, code, "short")
    assert (code_of(short), short["userErrors"][0]["field"]) == ("INVALID", ["password"])
    answers = await asyncio.gather(*(accepted(service, code, f"{PASSWORD} {n}") for n in range(4)))
    [chosen] = [n for n, one in enumerate(answers) if code_of(one) is None]
    assert code_of(await accepted(service, code, ANOTHER)) == "UNAUTHENTICATED"
    assert (await signed_in(service, f"{PASSWORD} {chosen}"))["accessToken"]
    kept = str([await database[one].find({}).to_list(None) for one in ("staff", "records")])
    assert code.rpartition(".")[2] not in kept


async def test_an_invitation_ends(service: Service, database: Database):
    code = (await opened(service))["invitation"]
    over = now() - timedelta(seconds=1)
    await database["staff"].update_one({}, {"$set": {"invitation.expires_at": over}})
    assert code_of(await accepted(service, code)) == "UNAUTHENTICATED"
    again = await opened(service, login="wu")
    newer = await reset(service, again["staff"]["id"])
    assert code_of(await accepted(service, again["invitation"])) == "UNAUTHENTICATED"
    assert code_of(await accepted(service, newer["invitation"])) is None
    closed = await reset(service, again["staff"]["id"])
    await done(service, f"staffClose(id: ID!) {ACCOUNT}", OFFICE, id=again["staff"]["id"])
    assert code_of(await accepted(service, closed["invitation"])) == "UNAUTHENTICATED"
    assert code_of(await reset(service, again["staff"]["id"])) == "WRONG_STATE"


async def test_a_reset_password_ends_every_session_in_every_process(two):
    one, other = two
    pair, second = await signed_in(one), await signed_in(other)
    answer = await reset(one, "staff_1")
    assert code_of(await signed_in(other)) == "UNAUTHENTICATED"
    for service in two:
        await comes_to(True, lambda service=service: refuses(service, pair["accessToken"]))
        assert code_of(await refreshed(service, pair["refreshToken"])) == "UNAUTHENTICATED"
    assert code_of(await accepted(other, answer["invitation"], ANOTHER)) is None
    assert code_of(await refreshed(one, second["refreshToken"])) == "UNAUTHENTICATED"
    fresh = await signed_in(other, ANOTHER)
    assert code_of(await refreshed(one, fresh["refreshToken"])) is None
    assert not await refuses(one, fresh["accessToken"])


async def test_a_closed_account_that_is_opened_again_needs_a_new_password(two):
    one, other = two
    pair = await signed_in(one)
    text = f"staffReopen(id: ID!) {ACCOUNT} invitation"
    assert code_of(await done(one, text, OFFICE, id="staff_1")) == "WRONG_STATE"
    await done(one, f"staffClose(id: ID!) {ACCOUNT}", OFFICE, id="staff_1")
    again = await done(one, text, OFFICE, id="staff_1")
    assert again["staff"]["active"]
    assert code_of(await done(other, text, OFFICE, id="staff_1")) == "WRONG_STATE"
    assert code_of(await signed_in(other)) == "UNAUTHENTICATED"
    assert code_of(await refreshed(other, pair["refreshToken"])) == "UNAUTHENTICATED"
    assert code_of(await accepted(one, again["invitation"], ANOTHER)) is None
    assert (await signed_in(other, ANOTHER))["accessToken"]


async def test_nobody_but_head_office_keeps_accounts_and_nobody_their_own(
    service: Service, database: Database
):
    account = an_editor(role=Role.HEAD_OFFICE)
    await MongoStaff(database).save(account, expected=0)
    for role in set(Role) - {Role.HEAD_OFFICE}:
        stranger = Viewer(id=PersonId("staff_9"), role=role, store_id="S1")
        assert code_of(await reset(service, "staff_1", stranger)) == "FORBIDDEN"
    assert code_of(await reset(service, "staff_1", account.viewer())) == "INVALID"
    assert code_of(await reset(service, "staff_2")) == "NOT_FOUND"
    assert (await signed_in(service))["accessToken"]
    records = """{ recordsOf(kind: "staff", id: "staff_1") { nodes { action } } }"""
    told = await service.query(records, replace(EDITOR, id=PersonId("staff_8")))
    assert told.errors[0]["extensions"]["code"] == "FORBIDDEN"
    await reset(service, "staff_1")
    told = await service.query(records, OFFICE)
    assert told.data["recordsOf"]["nodes"] == [{"action": "staffPasswordReset"}]


async def test_accounts_are_listed_by_login_page_by_page(service: Service, database: Database):
    for number, login in enumerate(["wu", "an", "lin", "bo"], 1):
        role = Role.FINANCE if login == "bo" else Role.EDITOR
        account = an_editor(id=PersonId(f"staff_{number}"), login=login, role=role)
        await MongoStaff(database).save(account, expected=0)
    first = (await service.query(LIST, OFFICE)).data["staff"]
    after = first["pageInfo"]["endCursor"]
    second = (await service.query(LIST, OFFICE, after=after)).data["staff"]
    assert [one["login"] for one in first["nodes"] + second["nodes"]] == ["an", "bo", "lin", "wu"]
    assert (first["totalCount"], second["pageInfo"]["hasNextPage"]) == (4, False)
    editors = (await service.query(LIST, OFFICE, role="EDITOR")).data["staff"]
    assert ([one["login"] for one in editors["nodes"]], editors["totalCount"]) == (["an", "lin"], 3)


CHANGE = f"staffPasswordChange(current: String!, password: String!, code: String) {TOKENS}"


async def test_who_changes_their_password_stays_signed_in_here_alone(two):
    one, other = two
    pair = await signed_in(one)
    wrong = await done(one, CHANGE, EDITOR, current="wrong", password=ANOTHER)
    assert (code_of(wrong), wrong["userErrors"][0]["field"]) == ("UNAUTHENTICATED", ["current"])
    short = await done(one, CHANGE, EDITOR, current=PASSWORD, password="short")
    assert short["userErrors"][0]["field"] == ["password"]
    fresh = await done(one, CHANGE, EDITOR, current=PASSWORD, password=ANOTHER)
    await comes_to(True, lambda: refuses(other, pair["accessToken"]))
    assert code_of(await refreshed(other, pair["refreshToken"])) == "UNAUTHENTICATED"
    assert code_of(await refreshed(other, fresh["refreshToken"])) is None
    assert code_of(await signed_in(other)) == "UNAUTHENTICATED"


async def test_a_stolen_token_does_not_guess_the_password_without_end(two):
    tries = [
        done(two[n % 2], CHANGE, EDITOR, current=f"guess {n}", password=ANOTHER) for n in range(40)
    ]
    codes = [code_of(one) for one in await asyncio.gather(*tries)]
    assert codes.count("TOO_MANY") >= 30
    assert set(codes) <= {"TOO_MANY", "UNAUTHENTICATED", "UNAVAILABLE"}


START = "secondFactorStart(password: String!, code: String) secret uri"
CONFIRM = f"secondFactorConfirm(code: String!) {ACCOUNT}"
STOP = f"secondFactorStop(password: String!, code: String!) {ACCOUNT}"


class App:
    """An authenticator app, and the clock of whoever reads a code off it."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._app = pyotp.TOTP(secret)
        self._steps = 0

    def next_code(self) -> str:
        """A code that is good for half a minute yet and was not shown before; there are two."""
        self._steps = max(self._steps + 1, int(now().timestamp()) // second_factors.STEP_S)
        return self._app.generate_otp(self._steps)

    def wrong_code(self) -> str:
        """A code that is good at no moment about now."""
        step = int(now().timestamp()) // second_factors.STEP_S
        near = {self._app.generate_otp(step + one) for one in range(-9, 10)}
        return next(f"{one:06d}" for one in range(1_000) if f"{one:06d}" not in near)


async def an_app(service: Service, viewer: Viewer = EDITOR) -> App:
    """The app of the editor, who signs in with it from now on."""
    app = App((await done(service, START, viewer, password=PASSWORD))["secret"])
    confirmed = await done(service, CONFIRM, viewer, code=app.next_code())
    assert confirmed["staff"]["hasSecondFactor"], confirmed
    return app


async def forgotten(database: Database) -> None:
    """Let no code have been used, and no try counted."""
    await database["tallies"].delete_many({})


async def test_a_code_is_good_once_in_whatever_process(two, database: Database):
    app = await an_app(two[0])
    none = await signed_in(two[0])
    assert (code_of(none), none["userErrors"][0]["field"]) == ("UNAUTHENTICATED", ["code"])
    assert code_of(await signed_in(two[0], "wrong", app.next_code())) == "UNAUTHENTICATED"
    await forgotten(database)
    app = App(app.secret)
    code = app.next_code()
    answers = await asyncio.gather(*(signed_in(two[n % 2], code=code) for n in range(6)))
    codes = [code_of(one) for one in answers]
    assert codes.count(None) == 1, codes
    # Whoever would have to wait too long for a busy machine is asked to come again.
    assert set(codes) <= {None, "UNAUTHENTICATED", "UNAVAILABLE"}
    assert code_of(await signed_in(two[1], code=f" {code[:3]} {code[3:]} ")) == "UNAUTHENTICATED"
    assert (await signed_in(two[1], code=app.next_code()))["accessToken"]


async def test_codes_are_not_guessed_over_all_processes(two, database: Database):
    app = await an_app(two[0])
    await forgotten(database)
    wrong = app.wrong_code()
    tries = [code_of(await signed_in(two[n % 2], code=wrong)) for n in range(12)]
    assert tries == ["UNAUTHENTICATED"] * second_factors.TRIES.most + ["TOO_MANY"] * 2
    assert code_of(await signed_in(two[1], code=app.next_code())) == "TOO_MANY"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５", "abcdef", "9" * 100_000])
async def test_what_is_no_code_is_refused(service: Service, database: Database, code: str):
    await MongoStaff(database).save(an_editor(), expected=0)
    await an_app(service)
    assert code_of(await signed_in(service, code=code)) == "UNAUTHENTICATED"


async def test_a_second_factor_counts_once_it_is_shown_to_work(
    service: Service, database: Database
):
    await MongoStaff(database).save(an_editor(), expected=0)
    assert code_of(await done(service, CONFIRM, EDITOR, code="123456")) == "WRONG_STATE"
    wrong = await done(service, START, EDITOR, password="wrong")
    assert (code_of(wrong), wrong["secret"]) == ("UNAUTHENTICATED", None)
    forgotten_one = await done(service, START, EDITOR, password=PASSWORD)
    assert (await signed_in(service))["accessToken"]
    app = await an_app(service)
    assert code_of(await signed_in(service, code=App(forgotten_one["secret"]).next_code()))
    assert code_of(await done(service, START, EDITOR, password=PASSWORD)) == "UNAUTHENTICATED"
    assert code_of(await done(service, STOP, EDITOR, password=PASSWORD, code=app.wrong_code()))
    stopped = await done(service, STOP, EDITOR, password=PASSWORD, code=app.next_code())
    assert stopped["staff"]["hasSecondFactor"] is False
    assert (await signed_in(service))["accessToken"]


async def test_head_office_takes_away_what_somebody_has_lost(two):
    app = await an_app(two[0])
    pair = await signed_in(two[0], code=app.next_code())
    text = f"staffSecondFactorReset(id: ID!) {ACCOUNT}"
    assert code_of(await done(two[0], text, EDITOR, id="staff_1")) == "FORBIDDEN"
    answer = await done(two[0], text, OFFICE, id="staff_1")
    assert answer["staff"]["hasSecondFactor"] is False
    await comes_to(True, lambda: refuses(two[1], pair["accessToken"]))
    assert (await signed_in(two[1]))["accessToken"]


async def test_no_secret_is_kept_or_logged(
    service: Service, database: Database, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, logger="qianmian")
    await MongoStaff(database).save(an_editor(), expected=0)
    start = await done(service, START, EDITOR, password=PASSWORD)
    app = App(start["secret"])
    await done(service, CONFIRM, EDITOR, code=app.next_code())
    invitation = (await reset(service, "staff_1"))["invitation"]
    names = await database.list_collection_names()
    kept = str([await database[name].find({}).to_list(None) for name in names])
    logged = json.dumps([str(vars(one)) for one in caplog.records])
    for secret in (start["secret"], invitation.rpartition(".")[2], PASSWORD):
        assert secret not in kept
        assert secret not in logged
    # Sealed for one account, it opens for no other.
    [sealed] = [one["totp"] for one in await database["staff"].find({}).to_list(None)]
    seal = second_factors.seal_of(service.settings.secret)
    assert seal.open(sealed, "staff_1") == start["secret"]
    with pytest.raises(InvalidTag):
        seal.open(sealed, "staff_2")


def test_an_invitation_is_good_for_so_long_and_no_longer():
    staff, code = invitations.invited(an_editor(), "x" * 43, now())
    begun = staff.invitation.expires_at - invitations.LIVES
    assert invitations.require_invited(staff, code, begun) == staff
    with pytest.raises(Exception, match="over"):
        invitations.require_invited(staff, code, staff.invitation.expires_at)


async def test_an_operator_lets_the_last_of_head_office_in_again(
    service: Service, database: Database
):
    office = an_editor(role=Role.HEAD_OFFICE)
    await MongoStaff(database).save(office, expected=0)
    await an_app(service, office.viewer())
    invitation = await reset_on(service.settings, "lin")
    assert code_of(await accepted(service, invitation, ANOTHER)) is None
    assert (await signed_in(service, ANOTHER))["accessToken"]
    with pytest.raises(NotFound):
        await reset_on(service.settings, "nobody")
