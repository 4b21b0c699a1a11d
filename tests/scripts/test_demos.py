"""The stories that no other test tells, to their end."""

import subprocess
import sys

BOOKING = """
import asyncio, tempfile
from pathlib import Path
from scripts import demo_booking, demo_brand, embedded, serve
from scripts.client import Client

with tempfile.TemporaryDirectory() as folder:
    with serve.serving(Path(folder), embedded.free_port()) as (url, *_):
        office = Client(url).signed_in("office", demo_brand.PASSWORD)
        demo_brand.load_stores(office, 8, print)
        asyncio.run(demo_booking.tell(url))
"""

GUIDING = """
import asyncio, tempfile
from pathlib import Path
from scripts import demo_brand, demo_guiding, demo_learning, embedded, serve
from scripts.client import Client

with tempfile.TemporaryDirectory() as folder:
    with serve.serving(Path(folder), embedded.free_port()) as (url, *_):
        office = Client(url).signed_in("office", demo_brand.PASSWORD)
        demo_brand.load_stores(office, 4, print)
        demo_brand.load_products(office, print)
        asyncio.run(demo_learning.tell(url))
        asyncio.run(demo_guiding.tell(url, 39))
"""


def told(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_story_of_customers_in_wecom():
    story = told("-m", "scripts.demo", "contact")
    assert "told three times, welcomed once" in story
    assert "a day later: 243 are others' now; 7 refused" in story
    assert "BURST: 25" in story
    assert "All as it should be" in story


def test_the_story_of_twenty_who_want_one_advisor():
    story = told("-c", BOOKING)
    assert "1 of 20 has it; the others are told:" in story
    assert "A visitor beside the shop" in story


def test_the_stories_of_a_weeks_learning_and_of_guides_work():
    story = told("-c", GUIDING)
    assert "with G0001-1, who passed, and not with G0001-2" in story
    assert "visitor 3 looks twice, and counts once" in story
    assert "one visitor each of two guides, 10 coins for every guide" in story
    assert "on the board: 试穿时多问一句, 2 likes" in story
    assert "asked of 39; 6 have sold one by noon" in story
    assert "a refund after the sealing: 蓝队 stays first, corrected by -180000 fen" in story
