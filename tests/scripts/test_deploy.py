"""What is written of containers fits the service, as far as it can be told without running them."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from api.kernel.limits import MAX_BODY_BYTES
from qianmian.settings import OPERATION_S, Mode, Settings
from scripts.bootstrap import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
# What goes to boto3, and not through the service's own settings.
BOTO3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"}


def test_each_setting_is_one_that_the_service_reads_and_production_starts_with_them(
    tmp_path: Path,
):
    given = dict(COMPOSE["x-service"]["environment"])
    read = set(re.findall(r"[\"'`]([A-Z][A-Z0-9_]{5,})[\"'`]", _settings()))
    assert given.keys() - read == BOTO3
    key = tmp_path / "key"
    key.write_text("a key")
    filled = {
        name: str(key) if name.endswith("_FILE") else re.sub(r"\$\{\w+:\?\}", "x" * 32, value)
        for name, value in given.items()
    }
    filled["QIANMIAN_PERSONAL_KEYS"] = "a:" + "x" * 32
    filled["QIANMIAN_PUBLIC_URL"] = "https://mall.example"
    assert Settings.from_environment(filled).mode is Mode.PRODUCTION


def _settings() -> str:
    return (ROOT / "qianmian" / "settings.py").read_text()


def test_what_has_to_be_filled_in_is_named_and_nothing_secret_is_written_down():
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / "env.example").read_text()
    assert set(re.findall(r"\$\{(\w+):\?\}", text)) == set(re.findall(r"^(\w+)=$", example, re.M))
    for name, value in COMPOSE["x-service"]["environment"].items():
        if re.search("SECRET|KEY|TOKEN", name) and not name.endswith("_FILE"):
            assert re.fullmatch(r"\$\{\w+:\?\}", value), name
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"deploy/.env", "deploy/secrets/"} <= set(ignored)


def test_the_container_runs_what_the_readme_says_from_files_that_are_there():
    text = (DEPLOY / "Containerfile").read_text()
    [command] = re.findall(r"^CMD (.*)$", text, re.M)
    [told] = re.findall(r"`(uvicorn --factory [^`]*)`", (ROOT / "README.md").read_text())
    assert set(told.split()) <= set(json.loads(command))
    allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.M))
    for source in re.findall(r"^COPY (?!--)(\S+) ", text, re.M):
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed, source
    assert "USER qianmian" in text


def test_the_proxy_waits_longer_than_an_operation_takes_and_lets_files_through():
    text = (DEPLOY / "proxy.conf").read_text()
    [wait] = re.findall(r"proxy_read_timeout (\d+)s", text)
    assert int(wait) > OPERATION_S
    [body] = re.findall(r"client_max_body_size (\d+)m", text)
    assert int(body) * 2**20 >= MAX_BODY_BYTES
    servers = set(re.findall(r"server (\w+):8000", text))
    assert servers == {one for one in COMPOSE["services"] if re.fullmatch(r"service\d", one)}
    for name in servers:
        waits = COMPOSE["services"][name]
        assert waits["stop_grace_period"] == "15s"
