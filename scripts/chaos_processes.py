"""The processes that chaos is made among: one database, several services."""

import contextlib
import os
import random
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from qianmian.settings import Settings
from scripts import embedded
from scripts.serve import start_service

PAY_WITHIN_S = 12


class Cluster:
    """Processes on ports and a folder of their own; whatever still runs is ended at the end."""

    def __init__(
        self,
        folder: Path,
        *,
        services: int,
        database_uri: str | None = None,
        database_port: int | None = None,
        server_options: Sequence[str] = (),
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._data = folder / "data"
        self._log = folder / "services.log"
        self._server_options = server_options
        self._database_port = database_port or embedded.free_port()
        self._ports = [embedded.free_port() for _ in range(services)]
        self._services: dict[int, subprocess.Popen[bytes]] = {}
        self._environment = {
            **os.environ,
            "QIANMIAN_MODE": "demo",
            "QIANMIAN_SECRET": secrets.token_urlsafe(48),
            "QIANMIAN_PERSONAL_KEYS": f"chaos:{secrets.token_urlsafe(48)}",
            "QIANMIAN_FILES": str(folder / "files"),
            "QIANMIAN_ADDRESS_LIMITS": "off",
            "QIANMIAN_PAY_WITHIN_S": str(PAY_WITHIN_S),
            "QIANMIAN_DRAIN_S": "0",
            "MONGODB_URI": database_uri or embedded.uri(self._database_port),
            "MONGODB_DATABASE": "chaos",
            **(more or {}),
        }
        self.settings = Settings.from_environment(self._environment)
        self.urls = [f"http://127.0.0.1:{port}" for port in self._ports]

    def __enter__(self) -> Self:
        """Start the database."""
        self.start_database()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        for process in [*self._services.values(), self.database]:
            embedded.stop(process)

    def start_database(self) -> None:
        """Start the database, which does not run."""
        self.database = embedded.start(self._data, self._database_port, *self._server_options)

    def end_database(self) -> None:
        """End it as `kill -9` does."""
        self.database.kill()
        self.database.wait()

    def end_service(self, number: int) -> None:
        """End a service as `kill -9` does."""
        service = self._services[self._ports[number]]
        service.kill()
        service.wait()

    def start_services(self) -> None:
        """Start each service that does not run."""
        for port in self._ports:
            running = self._services.get(port)
            if running is None or running.poll() is not None:
                with contextlib.redirect_stdout(None):
                    self._services[port] = start_service(self._environment, port, self._log)

    def kill(self, victim: str, dice: random.Random) -> None:
        """End a service, the database, or both, as `kill -9` does, and start them again."""
        if victim in ("service", "both"):
            self.end_service(dice.randrange(len(self._ports)))
        if victim in ("database", "both"):
            self.end_database()
            self.start_database()
        self.start_services()
