"""What a person meets who starts the service."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from scripts import embedded
from scripts.bootstrap import ROOT

WAIT_S = 400
STORES = 24


def environment(**changes: str) -> dict[str, str]:
    ours = (
        "MONGODB_URI",
        "QIANMIAN_MODE",
        "QIANMIAN_SECRET",
        "QIANMIAN_PERSONAL_KEYS",
        "QIANMIAN_FILES",
    )
    return {**{k: v for k, v in os.environ.items() if k not in ours}, **changes}


def run(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.serve", *map(str, arguments)],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def only_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal to start."""
    assert result.returncode == 2, result
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = only_line(run("--port", port, "--data", tmp_path / "data"))
    assert port in line
    assert "--port" in line


def test_a_data_folder_in_use_is_named_with_the_way_out(tmp_path: Path):
    with embedded.running(tmp_path / "data" / "database"):
        line = only_line(run("--port", embedded.free_port(), "--data", tmp_path / "data"))
    assert str(tmp_path / "data") in line
    assert "--data" in line


def test_a_database_that_does_not_answer_is_one_line_without_its_password(tmp_path: Path):
    uri = f"mongodb://shop:hidden-word@127.0.0.1:{embedded.free_port()}/"
    line = only_line(
        run("--port", embedded.free_port(), "--data", tmp_path / "data", MONGODB_URI=uri)
    )
    assert "MONGODB_URI" in line
    assert "hidden-word" not in line


def test_production_without_its_settings_does_not_start(tmp_path: Path):
    line = only_line(
        run(
            "--port",
            embedded.free_port(),
            "--data",
            tmp_path / "data",
            QIANMIAN_MODE="production",
            MONGODB_URI=f"mongodb://127.0.0.1:{embedded.free_port()}/",
            QIANMIAN_SECRET="x" * 40,
            QIANMIAN_PUBLIC_URL="https://mall.example",
        )
    )
    assert "WECHAT_APP_ID" in line


def test_fresh_leaves_a_folder_alone_that_is_not_ours(tmp_path: Path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    line = only_line(run("--port", embedded.free_port(), "--data", tmp_path / "photos", "--fresh"))
    assert "photos" in line
    assert (tmp_path / "photos" / "cat.jpg").exists()


class Started:
    """A service that a person started, and what it printed."""

    def __init__(self, data: Path) -> None:
        self.port = embedded.free_port()
        self._log = data.parent / f"run-{self.port}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "scripts.serve",
                    f"--port={self.port}",
                    f"--data={data}",
                    f"--stores={STORES}",
                ],
                cwd=ROOT,
                env=environment(),
                stdout=log,
                stderr=log,
            )

    @property
    def printed(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + WAIT_S
        while "Ctrl-C" not in self.printed:
            assert self._process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.2)

    def stores(self) -> int:
        answer = httpx2.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": "{ stores(first: 1) { totalCount } }"},
            timeout=WAIT_S,
        )
        return answer.json()["data"]["stores"]["totalCount"]

    def press_ctrl_c(self) -> int:
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(WAIT_S)

    def told(self, *story: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/demo against it."""
        return subprocess.run(
            [sys.executable, "-m", "scripts.demo", *story, f"--url=http://127.0.0.1:{self.port}"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )


def test_the_first_start_loads_the_brand_and_the_second_finds_it_with_all_that_was_done(
    tmp_path: Path,
):
    data = tmp_path / "data"
    first = Started(data)
    first.wait_until_ready()
    assert first.stores() == STORES
    told = first.told()
    assert told.returncode == 0, told.stdout + told.stderr
    assert "All as it should be" in told.stdout
    assert first.press_ctrl_c() == 0
    second = Started(data)
    second.wait_until_ready()
    assert f"the brand is there: {STORES} stores" in second.printed
    assert "pictures" not in second.printed
    assert second.told().returncode == 0
    assert second.press_ctrl_c() == 0
    with pytest.raises(httpx2.ConnectError):
        second.stores()


def test_a_story_without_its_service_says_so_and_fails(tmp_path: Path):
    told = subprocess.run(
        [sys.executable, "-m", "scripts.demo", f"--url=http://127.0.0.1:{embedded.free_port()}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert told.returncode == 1
    assert "no service answers" in told.stderr


def processes_on(data: Path) -> list[str]:
    """Whatever runs on a data folder, or was started by what does."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True
    )
    return [line for line in listed.stdout.splitlines() if str(data) in line]


@pytest.mark.parametrize(
    ("begin", "end"),
    [("exec", signal.SIGTERM), ("exec", signal.SIGKILL), ("trap '' INT; exec", signal.SIGTERM)],
    ids=["asked to stop", "killed", "asked in the background, where Ctrl-C is ignored"],
)
def test_whatever_was_started_ends_with_its_parent(tmp_path: Path, begin: str, end: signal.Signals):
    data = tmp_path / "data"
    port = embedded.free_port()
    command = f"{begin} {sys.executable} -m scripts.serve --port={port} --data={data} --stores=4"
    parent = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + WAIT_S
    while len(processes_on(data)) < 2 or not is_there(port):
        assert parent.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    parent.send_signal(end)
    parent.wait(WAIT_S)
    while processes_on(data) or is_there(port):
        assert time.monotonic() < deadline, processes_on(data)
        time.sleep(0.1)


def is_there(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
