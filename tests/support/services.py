"""Several processes of the whole service, over HTTP, on one database."""

import contextlib
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx2

from qianmian.settings import Settings
from scripts import embedded
from scripts.serve import start_service
from tests.conftest import SECRET, Service, settings_for
from tests.support.waiting import comes_to


@contextlib.asynccontextmanager
async def service_processes(
    number: int, uri: str, name: str, folder: Path, **environment: str
) -> AsyncIterator[list[Service]]:
    """So many processes, each ready; requests may say their address in X-Forwarded-For."""
    settings = settings_for(uri, name, folder)
    known = environment_of(settings) | environment
    log = folder / "services.log"
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(number):
            port = embedded.free_port()
            process = start_service(known, port, log)
            stack.callback(embedded.stop, process)
            started.append(Service(settings, f"http://127.0.0.1:{port}"))
        for service in started:
            await comes_to(True, partial(is_ready, service), within_s=60)
        yield started
        for service in started:
            await service.http.aclose()


def environment_of(settings: Settings) -> dict[str, str]:
    """What a process needs to know of settings; it drains nothing: nobody else takes it."""
    return {
        **os.environ,
        "QIANMIAN_MODE": settings.mode.value,
        "QIANMIAN_SECRET": SECRET,
        "QIANMIAN_PERSONAL_KEYS": ",".join(
            f"{name}:{key}" for name, key in settings.personal_keys.items()
        ),
        "QIANMIAN_FILES": settings.files,
        "QIANMIAN_TRUSTED_PROXIES": "127.0.0.1",
        "QIANMIAN_DRAIN_S": "0",
        "MONGODB_URI": settings.mongodb_uri,
        "MONGODB_DATABASE": settings.mongodb_database,
    }


async def is_ready(service: Service) -> bool:
    """Whether it says that it is ready."""
    try:
        return (await service.http.get("/ready")).status_code == 200
    except httpx2.TransportError:
        return False


def from_address(service: Service, address: str) -> Service:
    """The same service, asked from an address; the test is its trusted proxy."""
    other = Service(service.settings, service.url)
    other.http = httpx2.AsyncClient(
        base_url=service.url, timeout=180, verify=False, headers={"X-Forwarded-For": address}
    )
    return other
