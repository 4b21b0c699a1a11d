"""The client that docs/mini-program.md shows, run as it stands there.

WeChat's functions are stood in for by those of a browser that do the same, in WeChat's own shapes.
"""

import hashlib
from pathlib import Path

from tests.end_to_end.test_docs import blocks
from tests.support.pages import Visit, a_service, chromium, open_brand
from tests.support.paths import ROOT
from tests.support.pictures import a_jpeg

HERE = ROOT / "tests" / "support"


def test_the_client_that_the_page_shows_works_as_it_stands_there(mongodb_uri: str, tmp_path: Path):
    *parts, together = blocks(ROOT / "docs" / "mini-program.md", "js")
    hashed = hashlib.sha256(b"{ viewer { role } }").hexdigest()
    values = f"const HASH = '{hashed}', PICTURE = {list(a_jpeg(seed=3))};"
    wx, tries = ((HERE / name).read_text("utf-8") for name in ("wx.js", "mini_program.js"))
    script = "\n".join((wx, values, *parts, together, tries))
    with a_service(mongodb_uri, tmp_path) as url:
        open_brand(url)
        folder = tmp_path / "browser"
        folder.mkdir()
        with chromium(folder) as browser:
            visit = Visit.begin(browser, url)
            visit.page.goto("/mall")
            found = visit.page.evaluate(f"async () => {{ {script} }}")
    assert found["first"] == found["again"]
    assert found["heard"] == "UNPAID"
    assert found["lost"] == found["same"] != found["first"]
    assert found["refused"] == "NOT_FOUND"
    assert found["broken"] == "BAD_REQUEST"
    assert found["hashed"] == ["MEMBER", "MEMBER"]
    assert found["texts"] == 1
    assert found["uploaded"].startswith("asset_")
    assert found["renewed"] is True
    assert found["ended"] is None
