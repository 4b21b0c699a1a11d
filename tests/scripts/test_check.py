"""What the command for all tests makes of tests that fail."""

from pathlib import Path

import pytest

from scripts.check import MOST_AGAIN, run_tests

FAULT = "def test_it(): assert False"


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param("def test_it(): pass", 0, False, id="good"),
        pytest.param(FAULT, 1, False, id="a fault"),
        pytest.param(
            """
from pathlib import Path
def test_it():
    seen = Path(__file__).with_name("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
""",
            0,
            True,
            id="a race",
        ),
        pytest.param(
            f"""
import pytest
@pytest.mark.parametrize("n", range({MOST_AGAIN + 1}))
def test_it(n, tmp_path_factory): assert False
""",
            1,
            False,
            id="too many for races",
        ),
        pytest.param("import nothing_of_this_name", 2, False, id="not collected"),
    ],
)
def test_a_race_is_told_and_a_fault_fails(
    body: str, status: int, told: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    test = tmp_path / "test_one.py"
    test.write_text(body)
    assert run_tests(["-c", "/dev/null", f"--rootdir={tmp_path}", str(test)]) == status
    said = capfd.readouterr().out
    assert ("there is a race to be mended" in said) is told
    assert ("again, alone" in said) is (told or body == FAULT)
