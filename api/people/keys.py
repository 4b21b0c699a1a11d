"""Keys of tills, warehouses and channels, as head office keeps them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload
from domain.kernel.paging import PageRequest
from domain.people import keys as keeping
from domain.people.act import Act
from domain.people.keys import KeyId, KeyPorts, NewKey, ShownKey

AKey = Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]


@strawberry.type(description="One secret of a key.")
class KeySecret(Packed[keeping.KeySecret]):
    made_at: datetime = strawberry.field(description="Since when it is good.")
    until: datetime | None = strawberry.field(
        description="Until when it is good; null as long as the key is."
    )
    used_at: datetime | None = strawberry.field(
        description="When it was used last, to the minute; null for never."
    )


@strawberry.type(description="What a till, a warehouse or a channel sends in place of a token.")
class Key(Packed[keeping.Key]):
    id: strawberry.ID = strawberry.field(description="The key's id; its secret begins with it.")
    name: str = strawberry.field(description="What it is called.")
    actions: list[str] = strawberry.field(
        description="What it is for: rows of the table of rights, such as stock.count."
    )
    store_id: strawberry.ID | None = strawberry.field(
        description="The only store that it is for; null where it is not bounded so."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="Whose stores alone it is for; null where it is not bounded so."
    )
    channel: str | None = strawberry.field(
        description="The only channel that it is for; null where it is not bounded so."
    )
    secrets: list[KeySecret] = strawberry.field(
        description="Its secrets, two of them while it is being changed, the older first."
    )
    created_at: datetime = strawberry.field(description="Since when there is the key.")
    created_by: strawberry.ID = strawberry.field(description="Who made it.")
    revoked_at: datetime | None = strawberry.field(
        description="Since when it is good no more; null for a good one."
    )


@strawberry.input(description="A key to make, bounded by a store, an owner or a channel, or not.")
class KeyInput:
    name: str = strawberry.field(description="What to call it, such as the till's number.")
    actions: list[str] = strawberry.field(
        description=(
            "What it is for: rows of the table of rights that name feeds; a refusal lists them."
        )
    )
    store_id: strawberry.ID | None = strawberry.field(
        description="The only store that it is for.", default=None
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="Whose stores alone it is for.", default=None
    )
    channel: str | None = strawberry.field(
        description="The only channel that it is for.", default=None
    )


@strawberry.type
class KeyShownPayload(Payload):
    """Each mutation that shows a secret answers a type of its own that inherits from this one."""

    key: Key | None = strawberry.field(description="The key as it is now.", default=None)
    secret: str | None = strawberry.field(
        description=(
            "Sent as `Authorization: Bearer SECRET` with each request; it is not shown again."
        ),
        default=None,
    )

    @classmethod
    def of(cls, shown: ShownKey) -> "KeyShownPayload":
        """Pack a key with its newest secret."""
        return pack(cls, shown)


@query("All keys of tills, warehouses and channels, by name; for head office.")
async def keys(
    ports: KeyPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Key]:
    request = PageRequest(first=first, after=after)
    return connection(await keeping.keys_of(ports, act, request), Key.of)


@mutation("Make a key for a till, a warehouse or a channel; for head office.")
async def key_create(
    ports: KeyPorts,
    act: Act,
    input: Annotated[KeyInput, strawberry.argument(description="What it is for, and whose.")],
) -> KeyShownPayload:
    return KeyShownPayload.of(await keeping.create_key(ports, act, NewKey(**vars(input))))


@mutation("Give a key another secret, beside the one that it has for some time; for head office.")
async def key_rotate(
    ports: KeyPorts,
    act: Act,
    id: AKey,
    keep_old_hours: Annotated[
        int,
        strawberry.argument(
            description="For how many hours the old secret stays good, 0 to 168; 0 ends it at once."
        ),
    ] = 24,
) -> KeyShownPayload:
    shown = await keeping.rotate_key(ports, act, KeyId(id), old_hours=keep_old_hours)
    return KeyShownPayload.of(shown)


@mutation("End the older secret of a key at once; for head office.", key="The key as it is now.")
async def key_rotation_finish(ports: KeyPorts, act: Act, id: AKey) -> Key:
    return Key.of(await keeping.finish_rotation(ports, act, KeyId(id)))


@mutation(
    "End a key for good, from the next request on; for head office.", key="The key as it is now."
)
async def key_revoke(ports: KeyPorts, act: Act, id: AKey) -> Key:
    return Key.of(await keeping.revoke_key(ports, act, KeyId(id)))


QUERIES = (keys,)
MUTATIONS = (key_create, key_rotate, key_rotation_finish, key_revoke)
