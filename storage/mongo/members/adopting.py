"""Members that were kept before there were identities: what named them becomes some."""

from contextlib import suppress
from typing import Any

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid
from domain.members.identities import Identity, IdentityKind, Naming, Proof, sole_of
from domain.members.phones import PhoneKey, spelled
from storage.mongo.kernel.database import (
    Database,
    Document,
    OperationFailure,
)
from storage.mongo.kernel.documents import insert_new, to_document
from storage.mongo.kernel.migrating import Walk


async def adopt_older(database: Database, app_id: str, key: PhoneKey, walk: Walk) -> None:
    """Let each have the identities that they lack."""
    # Not every member has an openid any more.
    with suppress(OperationFailure):
        await database["members"].drop_index("openid_1")
    async for some in walk.batches(database["members"]):
        named = [_document(one, naming) for one in some for naming in _named(one, app_id, key)]
        await insert_new(database["member_identities"], named)


def _named(member: Document, app_id: str, key: PhoneKey) -> list[Naming]:
    found: list[Naming] = []
    if openid := member.get("openid"):
        found.append(Naming(kind=IdentityKind.OPENID, scope=app_id, value=openid))
    if unionid := member.get("unionid"):
        found.append(Naming(kind=IdentityKind.UNIONID, value=unionid))
    if said := member.get("phone"):
        with suppress(Invalid):
            phone = spelled(said)
            digest, sealed = key.digest(phone), key.seal(phone)
            found.append(Naming(kind=IdentityKind.PHONE, value=digest, sealed=sealed))
    return found


def _document(member: Document, naming: Naming) -> Document:
    member_id = PersonId(member["_id"])
    identity = Identity(
        id=naming.id,
        kind=naming.kind,
        scope=naming.scope,
        member_id=member_id,
        proof=Proof.WECHAT,
        since=member["joined_at"],
        verified_at=member["joined_at"],
        sealed=naming.sealed,
        sole=sole_of(naming.kind, member_id),
    )
    known: dict[str, Any] = to_document(identity)
    return {name: value for name, value in known.items() if value is not None}
