"""What parts of the service stand on where a script plays on a database of its own."""

import secrets

from qianmian.foundation import Foundation
from qianmian.settings import Settings
from storage.mongo.kernel.database import Database


def sandbox_on(database: Database) -> Foundation:
    """The demo's settings, with secrets that are thrown away, over a database."""
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": "mongodb://127.0.0.1",
        "QIANMIAN_SECRET": secrets.token_hex(16),
        "QIANMIAN_PERSONAL_KEYS": f"sandbox:{secrets.token_hex(16)}",
    }
    return Foundation(settings=Settings.from_environment(environment), database=database)
