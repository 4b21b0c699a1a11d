"""What a person starts ends when they ask for it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qianmian.settings import SettingsError
from scripts.embedded import free_port
from scripts.serve import serving, wait_for


def test_who_asks_to_leave_is_heard_though_the_interrupt_itself_was_lost():
    asked = threading.Event()
    asked.set()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as service:
        with pytest.raises(KeyboardInterrupt):
            wait_for(service, asked)
        service.kill()


def test_a_service_that_ends_by_itself_is_waited_for():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.7)"]) as service:
        wait_for(service, threading.Event())
        assert service.returncode == 0


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("QIANMIAN_MODE", "production", "MONGODB_URI"),
        ("QIANMIAN_MODE", "staging", "QIANMIAN_MODE"),
        ("QIANMIAN_SECRET", "short", "QIANMIAN_SECRET"),
        ("QIANMIAN_OPERATION_S", "long", "QIANMIAN_OPERATION_S"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_started_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, named: str
):
    monkeypatch.delenv("MONGODB_URI", raising=False)
    monkeypatch.setenv(setting, value)
    with pytest.raises(SettingsError, match=named), serving(tmp_path / "data", free_port()):
        pass
    assert list(tmp_path.iterdir()) == []
