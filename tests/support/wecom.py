"""A service connected to WeCom as the stub plays it."""

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from qianmian.settings import Credentials
from scripts import wecom_stub
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import Database
from tests.conftest import Service, serving, settings_for
from tests.support.network import a_store_row, as_csv, counts, open_stores, take_in
from tests.support.stub import listening

GUIDES = {"xue": "G1", "lin": "G2", "qin": "G3"}


@contextlib.asynccontextmanager
async def connected(
    mongodb_uri: str, database: Database, folder: Path, stub: WecomStub
) -> AsyncIterator[Service]:
    """A service with stores S1 and S2 and three guides, G1 and G2 in S1."""
    async with listening(stub.app()) as gateway:
        settings = replace(
            settings_for(mongodb_uri, database.name, folder),
            wecom=Credentials(id=wecom_stub.COMPANY, secret=wecom_stub.SECRET),
            wecom_callback=Credentials(
                id=wecom_stub.CALLBACK_TOKEN, secret=wecom_stub.CALLBACK_KEY
            ),
            wecom_agent="1000002",
            wecom_gateway=gateway,
        )
        async with serving(settings) as service:
            await open_stores(service, a_store_row("S1"), a_store_row("S2"))
            rows = [
                {
                    "guide_id": guide,
                    "name": f"导购{guide}",
                    "store_id": "S2" if guide == "G3" else "S1",
                    "wecom_user_id": user,
                }
                for user, guide in GUIDES.items()
            ]
            counts(await take_in(service, "guides", as_csv(*rows)))
            stub.users |= set(GUIDES)
            yield service


async def tell(service: Service, stub: WecomStub, *events: dict[str, str]) -> None:
    """Call the service as the platform does."""
    for event in events:
        query, body = stub.call(event)
        answer = await service.http.post("/wecom/callback", params=query, content=body)
        assert (answer.status_code, answer.text) == (200, "success")


async def tell_badly(
    service: Service, stub: WecomStub, events: list[dict[str, str]], seed: int
) -> None:
    """Tell some of it, some twice, in no order."""
    chance = random.Random(seed)
    told = [one for one in events if chance.random() > 0.3]
    told += [one for one in told if chance.random() < 0.3]
    chance.shuffle(told)
    await tell(service, stub, *told)
