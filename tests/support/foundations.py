"""What the wiring of groups builds on, for tests that wire some of them on their own database."""

from qianmian.foundation import Foundation
from qianmian.settings import Settings
from storage.mongo.kernel.database import Database
from tests.support.keys import LOOKUP, PERSONAL

SECRET = "a secret of the tests, long enough to be one"


def a_foundation(database: Database) -> Foundation:
    """The demo's settings over a test's database."""
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": "mongodb://127.0.0.1",
        "QIANMIAN_SECRET": SECRET,
        "QIANMIAN_PERSONAL_KEYS": f"tests:{PERSONAL['tests']}",
    }
    base = Foundation(settings=Settings.from_environment(environment), database=database)
    base.phones.lookup = LOOKUP  # which a service reads of its database
    return base
