"""The step of the story that starts a service of its own, with fewer stores."""

import subprocess
import sys

STEP = """
import asyncio
from scripts.demo_storefronts import open_thousands
async def tell():
    await asyncio.to_thread(open_thousands, 30)
asyncio.run(tell())
"""


def test_stores_are_opened_in_a_service_of_their_own():
    told = subprocess.run([sys.executable, "-c", STEP], capture_output=True, text=True, check=True)
    assert "30 rows: 30 new, 0 changed" in told.stdout
