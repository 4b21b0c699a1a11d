"""What the desk asks for in whose name, and which numbers it sends, by its own modules in Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def test_nothing_is_asked_in_anothers_name_and_no_number_that_is_none_is_sent(tmp_path: Path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    shutil.copytree(ROOT / "api" / "pages" / "web", tmp_path / "web")
    (tmp_path / "web" / "package.json").write_text('{"type": "module"}')
    script = ROOT / "tests" / "api" / "pages" / "asking.mjs"
    done = subprocess.run(
        [node, str(script), str(tmp_path / "web")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # What A asked for when their session was over is not asked by B, who signs in after them.
    assert json.loads(done.stdout) == {
        "inAnothersName": "UNAUTHENTICATED",
        "none": "INVALID",
        "own": "asked",
        "sent": [["Pay", "Bearer a"], ["Renew", None], ["Pay", "Bearer b"]],
        "fen": [10_000, 1_990, 115, 1_200, None, None, None, None, None, None],
    }
