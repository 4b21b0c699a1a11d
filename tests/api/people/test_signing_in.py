"""Passwords that are tried again and again, and visitors who are made by the hundred."""

import asyncio
import runpy
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.kernel.refusals import Invalid, Unavailable
from domain.people import passwords, sign_in
from domain.people.passwords import hash_password, password_matches, require_good_password
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoStaff
from storage.mongo.people.sessions import MongoTallies
from storage.threads import FewThreads
from tests.api.people.test_people import PASSWORD, an_editor
from tests.conftest import Service, serving, settings_for
from tests.support.builders import NOON
from tests.support.services import from_address

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_window")]

SIGN_IN = """mutation($login: String!, $password: String!, $device: String) {
  staffSignIn(login: $login, password: $password, device: $device) {
    accessToken device userErrors { code message } } }"""
VISIT = "mutation { visitStart { accessToken userErrors { code message } } }"
HOME, STRANGER = "203.0.113.7", "198.51.100.1"


@pytest.fixture
async def service(mongodb_uri: str, database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """A service behind a proxy, with one account."""
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    await MongoStaff(database).save(an_editor(), expected=0)
    async with serving(replace(settings, trusted_proxies=("127.0.0.1",))) as service:
        yield service


async def tried(
    service: Service, address: str, password: str, login: str = "lin", device: str | None = None
) -> dict:
    async with from_address(service, address).http as http:
        variables = {"login": login, "password": password, "device": device}
        answer = await http.post("/graphql", json={"query": SIGN_IN, "variables": variables})
        return answer.json()["data"]["staffSignIn"]


async def code_of(*args, **kwargs) -> str:
    answer = await tried(*args, **kwargs)
    return answer["userErrors"][0]["code"] if answer["userErrors"] else "OK"


async def fill(database: Database, name: str, by: int) -> None:
    """Let as many tries be counted already."""
    await database["tallies"].update_many(
        {"_id": {"$gte": f"{name}:", "$lt": f"{name};"}}, {"$set": {"count": by}}
    )


async def test_tries_at_once_are_counted_before_they_are_checked(service: Service):
    codes = await asyncio.gather(*(code_of(service, STRANGER, "wrong") for _ in range(40)))
    assert codes.count("TOO_MANY") >= 30
    assert set(codes) <= {"TOO_MANY", "UNAUTHENTICATED", "UNAVAILABLE"}
    assert await code_of(service, STRANGER, PASSWORD) in {"TOO_MANY", "OK"}


async def test_a_stranger_closes_a_login_for_themselves_alone(service: Service):
    at_home = (await tried(service, STRANGER, PASSWORD))["device"]
    codes = [await code_of(service, STRANGER, "wrong") for _ in range(12)]
    assert codes == ["UNAUTHENTICATED"] * 10 + ["TOO_MANY"] * 2
    assert await code_of(service, STRANGER, PASSWORD) == "TOO_MANY"
    assert await code_of(service, HOME, PASSWORD) == "OK"
    assert await code_of(service, STRANGER, PASSWORD, device=at_home) == "OK"


async def test_many_strangers_close_a_login_for_unknown_devices_alone(
    service: Service, database: Database
):
    device = (await tried(service, HOME, PASSWORD))["device"]
    await fill(database, "sign_in_login", sign_in.BY_LOGIN.most)
    assert await code_of(service, STRANGER, PASSWORD) == "TOO_MANY"
    assert await code_of(service, STRANGER, PASSWORD, device=device) == "OK"
    assert await code_of(service, STRANGER, PASSWORD, device=f"{device}x") == "TOO_MANY"
    other = an_editor(id="staff_2", login="wu")
    await MongoStaff(database).save(other, expected=0)
    assert await code_of(service, STRANGER, "wrong", login="wu", device=device) == "UNAUTHENTICATED"
    await fill(database, "sign_in_login", sign_in.BY_LOGIN.most)
    assert await code_of(service, STRANGER, PASSWORD, login="wu", device=device) == "TOO_MANY"


async def test_right_tries_are_given_back(service: Service, database: Database):
    for _ in range(12):
        assert await code_of(service, HOME, PASSWORD) == "OK"
    assert [one["count"] for one in await database["tallies"].find({}).to_list(None)] == [0] * 3


async def test_names_that_nobody_has_are_counted_by_address(service: Service, database: Database):
    assert await code_of(service, STRANGER, "wrong", login="nobody") == "UNAUTHENTICATED"
    await fill(database, "sign_in_address", sign_in.BY_ADDRESS.most)
    assert await code_of(service, STRANGER, "wrong", login="else") == "TOO_MANY"
    assert await code_of(service, HOME, "wrong", login="else") == "UNAUTHENTICATED"


async def test_a_password_in_place_of_a_login_is_not_kept(service: Service, database: Database):
    await tried(service, HOME, "wrong", login=PASSWORD)
    assert PASSWORD not in str(await database["tallies"].find({}).to_list(None))


async def test_one_address_makes_so_many_visitors(service: Service, database: Database):
    near, same = from_address(service, "2001:db8:1:2::a"), from_address(service, "2001:db8:1:2::b")
    assert (await near.query(VISIT)).data["visitStart"]["accessToken"]
    await fill(database, "visits", sign_in.VISITS.most)
    assert (await same.query(VISIT)).refused("visitStart")[0]["code"] == "TOO_MANY"
    far = from_address(service, "2001:db8:1:3::a")
    assert (await far.query(VISIT)).data["visitStart"]["accessToken"]
    for one in (near, same, far):
        await one.http.aclose()


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        " " * 20,
        "\u200b" * 20,
        "\u3164" * 3,
        "aaaaaaaaaaaa",
        "abababababab",
        "AaAaAaAaAaAa",
        "111111111111",
        "ａaａaａaａaａaａa",
        "a\u0300" * 10,
        "linlinlinlin",
        "LIN-lin-LIN-1",
        "ｌｉｎｌｉｎｌｉｎ１２",
        "correct\x00horse battery",
        "correct horse \ud83d battery",
        "x" * 129,
        "千" * 200_000,
    ],
)
def test_a_bad_password_is_refused(password: str):
    with pytest.raises(Invalid) as refused:
        require_good_password(password, "lin")
    assert refused.value.field == ("password",)


@pytest.mark.parametrize(
    "password", ["correct horse", "门前大桥下游过一群鸭", "p@ss-W0rd-é🐟", "x1y2z3w4v5"]
)
def test_a_good_password_is_taken(password: str):
    require_good_password(password, "lin")


def test_a_password_is_kept_as_a_hash_that_is_dear_to_guess():
    """By the module as it is, for the tests' own hashes are cheap."""
    hashing = runpy.run_path(passwords.__file__)["hash_password"]
    assert hashing("correct horse").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_is_the_same_from_every_keyboard():
    hashed = hash_password("caf\u00e9 au lait ２０２６")
    assert password_matches("cafe\u0301 au lait 2026", hashed)


@pytest.mark.parametrize("password", ["", "\ud83d", "x" * 1_000_000, "\ufdfa" * 300_000, "a\x00b"])
def test_a_hostile_password_matches_nothing(password: str):
    assert not password_matches(password, hash_password("correct horse"))
    assert not password_matches(password, None)


async def test_who_would_wait_too_long_is_told_to_come_again():
    threads = FewThreads(1, patience_s=0.05)
    running, done = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> str:
        loop.call_soon_threadsafe(running.set)
        asyncio.run_coroutine_threadsafe(done.wait(), loop).result()
        return "hashed"

    first = asyncio.create_task(threads.run(slow))
    await running.wait()
    with pytest.raises(Unavailable):
        await threads.run(lambda: "never")
    done.set()
    assert await first == "hashed"
    assert await threads.run(lambda: "next") == "next"


async def test_a_count_never_passes_its_limit_however_many_count_at_once(database: Database):
    tallies = MongoTallies(database)
    tally = replace(sign_in.BY_LOGIN.tally(NOON, "lin"), most=10)
    counted = Counter(await asyncio.gather(*(tallies.count(tally) for _ in range(40))))
    assert counted[True] == 10
    await tallies.give_back(tally)
    assert [await tallies.count(tally) for _ in range(2)] == [True, False]
