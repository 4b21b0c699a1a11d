"""Parts of documents that tell of people, sealed: the database alone says nothing of them."""

import json
from collections.abc import Sequence

from domain.kernel.sealing import KeyRing
from storage.mongo.kernel.database import Document

SEALED = "sealed"
# What of a part says who and where somebody is; its district stays, for counting and routing.
RECIPIENT = ("name", "phone", "address")
ADDRESS = ("name", "phone", "detail")


def closed(ring: KeyRing, part: Document, fields: Sequence[str], *about: str) -> Document:
    """A part with some of its fields in one text that only we can read, bound to `about`."""
    text = json.dumps({name: part[name] for name in fields}, ensure_ascii=False)
    rest = {name: value for name, value in part.items() if name not in fields}
    return {**rest, SEALED: ring.close(text, *about)}


def opened(ring: KeyRing, part: Document, *about: str) -> Document:
    """A part as it was before it was closed; one that was kept plain is as it is."""
    if SEALED not in part:
        return part
    rest = {name: value for name, value in part.items() if name != SEALED}
    return {**rest, **json.loads(ring.open(part[SEALED], *about))}
