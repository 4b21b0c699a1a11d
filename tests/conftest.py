"""The real parts that the tests run against."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpcore2
import httpx2
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from domain.people import passwords
from domain.people.limits import Limit, Tally
from domain.people.tokens import issue_access_token
from domain.people.viewer import Viewer
from qianmian import composition, foundation, opening
from qianmian.opening import made_ready
from qianmian.settings import Mode, Settings
from scripts import embedded
from storage.mongo.kernel import changes, heart
from storage.mongo.kernel.database import Database, connect, reach
from storage.mongo.kernel.indexing import prepare
from tests.support.foundations import a_foundation
from tests.support.keys import PERSONAL
from tests.support.round_trips import ROUND_TRIPS, apart
from tests.support.statements import STATEMENTS, looking_away
from tests.support.stub import listening
from tests.support.written import OTHERS, WRITTEN

# Whatever is imported and collected stays to the end: to search it for garbage takes each process
# five seconds, until `_frozen`.
gc.disable()

DATABASE = "tests"
# What a database says of its migrations, which are done once for all tests.
OF_ITSELF = frozenset({"meta", "migrations"})
# A machine may be as slow as it likes: what a test says must not hang on time.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

# For so long a service of the tests waits for a database, an outside service or a turn to hash: a
# busy machine may stand still for seconds, and what is given up meanwhile fails no test.
PATIENCE_S = 60.0
REAL_PATIENCE_S = heart.PATIENCE_S

# A real hash takes 64 MiB and a quarter of a second of a processor; no password here is worth it.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._NOBODY = passwords.hash_password("nobody's password")
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.hash_password(PASSWORD)
SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _frozen() -> None:
    """Spares the search for garbage all that was imported, as a service does when it starts."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(heart, "PATIENCE_S", PATIENCE_S)
        patched.setattr(foundation, "OUTSIDE_TIMEOUT_S", PATIENCE_S)
        patched.setattr(foundation, "HASHING_PATIENCE_S", PATIENCE_S)
        yield


@pytest.fixture(scope="session", autouse=True)
def _trusting_once() -> Iterator[None]:
    """Reads once, not for each client, whom this machine trusts: 45 ms of a processor each time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpcore2, "default_ssl_context", cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is silent is given up as soon as in production."""
    monkeypatch.setattr(heart, "PATIENCE_S", REAL_PATIENCE_S)


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window in which tries are counted ends during the test, nor is one forgotten."""
    tally, began = Limit.tally, composition.now()

    def of_this_test(self: Limit, _: datetime, *subject: str) -> Tally:
        return replace(tally(self, began, *subject), expires_at=began + 2 * self.window)

    monkeypatch.setattr(Limit, "tally", of_this_test)


@pytest.fixture(scope="session", autouse=True)
def _prepared_once() -> Iterator[None]:
    """Lets a service make the indexes of each database once: tests empty it, they never drop it."""
    done: set[Any] = set()

    async def prepare_once(database: Database) -> None:
        await reach(database)
        key = database.client.nodes, database.name
        if key not in done:
            await prepare(database)
            done.add(key)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "prepare", prepare_once)
        yield


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One embedded server for the whole run, with the tests' database as a service needs it.

    Nothing in it has to outlive the server, so that no write waits for the disk.
    """
    with embedded.running(tmp_path_factory.mktemp("database") / "data", sync=False) as uri:
        asyncio.run(_prepared(uri))
        yield uri


async def _prepared(uri: str) -> None:
    """Make the indexes, and what the database says of itself, which `_empty` leaves there."""
    database = connect(uri, DATABASE)
    await _migrated(database)
    database.client.close()


async def _migrated(database: Database) -> None:
    """Have a database say of itself what it says once a service has made it ready."""
    await made_ready(a_foundation(database))
    WRITTEN.taken(database.name)
    await database["personal_keys"].delete_many({})


@pytest.fixture
async def database(mongodb_uri: str) -> AsyncIterator[Database]:
    """A database with its indexes and migrations that holds nothing; emptied afterwards."""
    database = connect(mongodb_uri, DATABASE)
    yield database
    await _empty(database)


async def _empty(database: Database) -> None:
    """Empty what was written to, or all that holds anything where other processes wrote too."""
    with looking_away():
        written = WRITTEN.taken(database.name)
        if OTHERS.taken():
            written |= await _full(database) - OF_ITSELF
        if written & OF_ITSELF:
            written |= OF_ITSELF
        await asyncio.gather(*(database[name].delete_many({}) for name in written))
        if written & OF_ITSELF:
            await _migrated(database)
    database.client.close()


async def _full(database: Database) -> set[str]:
    """What holds anything: to ask all collections in one go takes a quarter of the time."""
    first, *others = sorted(await database.list_collection_names())
    steps = _said_if_it_holds_anything(first)
    for name in others:
        steps.append({"$unionWith": {"coll": name, "pipeline": _said_if_it_holds_anything(name)}})
    return {one["name"] async for one in database[first].aggregate(steps)}


def _said_if_it_holds_anything(name: str) -> list[dict[str, Any]]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]


@pytest.fixture
def round_trips(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands sent to the test's database, growing as they are: `round_trips.clear()` first.

    Everything that runs in this process counts, whoever's connection it is. What is held in memory
    counts as fresh however long the stream of changes stands still.
    """
    monkeypatch.setattr(changes, "FRESH_S", float("inf"))
    return ROUND_TRIPS.of(database.name)


@pytest.fixture
def statements() -> Iterator[None]:
    """Holds all that reaches the database to what is declared of it."""
    STATEMENTS.found()
    yield
    assert STATEMENTS.found() == set()


@dataclass
class Answer:
    """A GraphQL answer over HTTP."""

    status: int
    body: dict[str, Any]
    headers: httpx2.Headers

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The top-level errors."""
        return self.body["errors"]

    def refused(self, mutation: str) -> list[dict[str, Any]]:
        """The userErrors of a mutation that was turned down."""
        errors = self.data[mutation]["userErrors"]
        assert errors, self.body
        return errors


class Service:
    """The whole service, listening on a port of this machine."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings = settings
        self.url = url
        self.http = httpx2.AsyncClient(base_url=url, timeout=180, verify=False)

    async def query(self, text: str, viewer: Viewer | None = None, /, **variables: Any) -> Answer:
        """Send a GraphQL document as a viewer."""
        response = await self.http.post(
            "/graphql",
            json={"query": text, "variables": variables},
            headers=self.headers(viewer),
        )
        return Answer(response.status_code, response.json(), response.headers)

    async def upload(
        self,
        text: str,
        file: tuple[str, bytes, str],
        viewer: Viewer | None = None,
        /,
        *,
        variable: str = "file",
        **variables: Any,
    ) -> Answer:
        """Send a document with one file, in the multipart form that mini-programs can send."""
        operations = httpx2.Response(200, json={"query": text, "variables": variables}).text
        response = await self.http.post(
            "/graphql",
            data={"operations": operations, "map": f'{{"0": ["variables.{variable}"]}}'},
            files={"0": file},
            headers=self.headers(viewer),
        )
        return Answer(response.status_code, response.json(), response.headers)

    def headers(self, viewer: Viewer | None) -> dict[str, str]:
        """The header that makes a request come from a viewer."""
        if viewer is None:
            return {}
        token = issue_access_token(viewer, secret=self.settings.secret, now=composition.now())
        return {"Authorization": f"Bearer {token}"}


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Service]:
    """Run the service on a free port of this machine."""
    async with listening(apart(composition.build(settings))) as url:
        service = Service(settings, url)
        yield service
        await service.http.aclose()


def settings_for(mongodb_uri: str, name: str, folder: Path) -> Settings:
    """Settings of a service for tests."""
    return Settings(
        mode=Mode.DEMO,
        mongodb_uri=mongodb_uri,
        mongodb_database=name,
        secret=SECRET,
        personal_keys=PERSONAL,
        public_url="http://mall.example",
        files=str(folder / "files"),
        s3_endpoint=None,
        wechat=None,
        wecom=None,
        wechat_pay=None,
    )


@pytest.fixture
async def service(mongodb_uri: str, database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """The whole service over HTTP, on the test's own database."""
    async with serving(settings_for(mongodb_uri, database.name, tmp_path)) as service:
        yield service


@pytest.fixture(scope="module")
async def standing(
    mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """One service for all tests of a module, none of which may write anything.

    To start and to end one takes a third of a second, longer than most tests do.
    """
    settings = settings_for(mongodb_uri, DATABASE, tmp_path_factory.mktemp("standing"))
    async with serving(settings) as service:
        yield service
    await _empty(connect(mongodb_uri, DATABASE))
