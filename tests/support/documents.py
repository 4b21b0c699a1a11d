"""The GraphQL documents that a page of the docs shows."""

import re

from tests.support.paths import DOCS

_BLOCK = re.compile(r"^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"\b(?:query|mutation|subscription) (\w+)")


def documents_of(page: str) -> dict[str, str]:
    """Each document of a page by the name of its operation, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = _BLOCK.findall(text)
    found = {_NAME.search(block).group(1): block for block in blocks}
    assert len(found) == len(blocks) > 0, "name each operation, each by a name of its own"
    return found
