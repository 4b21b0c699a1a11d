"""The stories that no other test tells."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("story", "said"),
    [
        ("contact", "told three times, welcomed once"),
        ("booking", "1 of 20 has it; the others are told:"),
    ],
)
def test_a_story_is_told_to_its_end(story: str, said: str):
    told = subprocess.run(
        [sys.executable, "-m", "scripts.demo", story], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert said in told.stdout
    assert "All as it should be" in told.stdout
