"""What a person starts ends when they ask for it."""

import subprocess
import sys
import threading

import pytest

from scripts.serve import wait_for


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
