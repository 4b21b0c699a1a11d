"""The operations that an operator has registered, beside those of the service's own pages."""

from pathlib import Path

from graphql import GraphQLError

from api.kernel.registered import Registered
from api.pages.files import WEB
from qianmian.settings import SettingsError


def registered_in(folder: Path | None) -> Registered | None:
    """Those of all `.graphql` files below a folder, and the pages'; None where there is none."""
    if folder is None:
        return None
    found: dict[str, str] = {}
    for path in (*WEB.rglob("*.graphql"), *folder.rglob("*.graphql")):
        try:
            found |= Registered([path.read_text(encoding="utf-8")]).texts
        except (GraphQLError, UnicodeDecodeError, OSError) as fault:
            raise SettingsError(
                f"QIANMIAN_OPERATIONS: {path.name} can't be read: {fault}"
            ) from None
    return Registered(found.values())
