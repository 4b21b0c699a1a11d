"""Keys of tills, warehouses and channels: what a system sends in place of signing in.

A key says what it is for, and whose: of one store, one owner, one channel or the whole brand. Of
its secret only a digest is kept. While it is changed two are good, so that no request fails.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound, Unauthenticated, WrongState
from domain.kernel.sealing import digest_of
from domain.kernel.versions import risen
from domain.kernel.within import Within
from domain.people.accounts import Workplaces
from domain.people.act import Act
from domain.people.actions import RIGHTS
from domain.people.roles import ANONYMOUS_ROLE
from domain.people.scopes import Scope
from domain.people.tokens import ACCESS_LIFETIME, AccessToken
from domain.people.viewer import Role, Viewer

KeyId = NewType("KeyId", str)

KEYS = Cursors("keys", str)
PREFIX = "key_"
OLD_HOURS = Within(0, 168)
LONGEST_NAME = 60
# To note every use would write a document at every request.
USE_NOTED_EVERY = timedelta(minutes=1)
_TEXT = re.compile(r"(key_[a-z0-9]{1,40})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySecret:
    """One secret of a key, good until it is over if it is to be; `used_at` is true to a minute."""

    digest: str
    made_at: datetime
    until: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, with one secret or two, the older first; `actions` are rows of the table of rights.

    At most one of `store_id`, `owner_id` and `channel` bounds what it is good for.
    """

    id: KeyId
    name: str
    actions: tuple[str, ...]
    secrets: tuple[KeySecret, ...]
    created_at: datetime
    created_by: PersonId
    store_id: str | None = None
    owner_id: str | None = None
    channel: str | None = None
    revoked_at: datetime | None = None
    version: int = 0

    def viewer(self) -> Viewer:
        """Who asks with it."""
        return Viewer(
            id=PersonId(self.id),
            role=Role.FEED,
            name=self.name,
            store_id=self.store_id,
            owner_id=self.owner_id,
            channel=self.channel,
            actions=frozenset(self.actions),
        )

    def live(self, now: datetime) -> tuple[KeySecret, ...]:
        """The secrets that are good at a moment."""
        if self.revoked_at is not None:
            return ()
        return tuple(one for one in self.secrets if one.until is None or now < one.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to make: its name, what it is for and whose."""

    name: str
    actions: Sequence[str]
    store_id: str | None = None
    owner_id: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A key and its newest secret, which is shown this once."""

    key: Key
    secret: str = field(repr=False)


class Keys(Protocol):
    """The keys."""

    async def by_id(self, id: KeyId) -> Key | None:
        """One key."""

    async def page(self, request: PageRequest) -> Page[Key]:
        """All of them by name, those that were revoked too."""

    async def save(self, key: Key, *, expected: int) -> None:
        """Write a key over its expected version, 0 for a new one, whose name must be free.

        Raises Conflict otherwise.
        """

    async def note_use(self, key: Key, secret: KeySecret, at: datetime) -> None:
        """Note when a secret was used, if it is there still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPorts(Ports):
    """The keys, whose they can be, and what was done with them.

    `new_secret` makes texts of 43 characters that nobody guesses.
    """

    keys: Keys
    workplaces: Workplaces
    records: Records
    new_secret: Callable[[], str]


async def keys_of(ports: KeyPorts, act: Act, request: PageRequest) -> Page[Key]:
    """All keys by name, for head office."""
    act.viewer.require("key.keep")
    return await ports.keys.page(request)


async def create_key(ports: KeyPorts, act: Act, wanted: NewKey) -> ShownKey:
    """Make a key; its name must be free, and what it is for must be bounded as it is."""
    act.viewer.require("key.keep")
    name = read_line(wanted.name, most=LONGEST_NAME, least=1, field=["input", "name"])
    _check_place(wanted, ports.workplaces)
    secret = ports.new_secret()
    key = Key(
        id=KeyId(act.new_id("key")),
        name=name,
        actions=_checked_actions(wanted),
        secrets=(KeySecret(digest=digest_of(secret), made_at=act.at),),
        created_at=act.at,
        created_by=act.viewer.id,
        store_id=wanted.store_id,
        owner_id=wanted.owner_id,
        channel=wanted.channel,
        version=1,
    )
    try:
        await ports.keys.save(key, expected=0)
    except Conflict:
        raise Conflict(
            f"There is a key {name}; rotate that, or choose another name.", field=["input", "name"]
        ) from None
    await _record(ports, act, "keyCreate", {}, key)
    return ShownKey(key=key, secret=f"{key.id}.{secret}")


async def rotate_key(ports: KeyPorts, act: Act, id: KeyId, *, old_hours: int) -> ShownKey:
    """Give a key another secret; the one that it has stays good for so many hours.

    Of two that are good, one that was never used makes room: its answer may have been lost.
    """
    key = await _unrevoked(ports, act, id)
    OLD_HOURS.read(old_hours, ["keepOldHours"])
    live = key.live(act.at)
    if len(live) > 1 and live[-1].used_at is not None:
        raise WrongState(
            "Two secrets of this key are in use; end the older with keyRotationFinish first."
        )
    secret = ports.new_secret()
    until = act.at + timedelta(hours=old_hours)
    kept = tuple(replace(one, until=until) for one in live[:1])
    new = KeySecret(digest=digest_of(secret), made_at=act.at)
    after = await _keep(ports, act, "keyRotate", key, replace(key, secrets=(*kept, new)))
    return ShownKey(key=after, secret=f"{key.id}.{secret}")


async def finish_rotation(ports: KeyPorts, act: Act, id: KeyId) -> Key:
    """End the older secret of a key at once; again, nothing happens."""
    key = await _unrevoked(ports, act, id)
    if len(key.secrets) == 1:
        return key
    return await _keep(ports, act, "keyRotationFinish", key, replace(key, secrets=key.secrets[-1:]))


async def revoke_key(ports: KeyPorts, act: Act, id: KeyId) -> Key:
    """End a key for good, from the next request on, in every process; again, nothing happens."""
    key = await _known(ports, act, id)
    if key.revoked_at is not None:
        return key
    return await _keep(ports, act, "keyRevoke", key, replace(key, revoked_at=act.at))


def is_key(text: str) -> bool:
    """Whether what is sent in place of a token is a key, good or not."""
    return text.startswith(PREFIX)


async def token_of_key(keys: Keys, text: str, now: datetime) -> AccessToken:
    """What a key is as good as; Unauthenticated for one that is none, is over or was revoked.

    The database is asked each time, so that what was revoked is so everywhere at once. What goes on
    with it, as a socket does, ends with its secret, and once the key is changed.
    """
    read = _TEXT.fullmatch(text)
    key = await keys.by_id(KeyId(read[1])) if read else None
    if read is None or key is None:
        raise _not_good()
    digest = digest_of(read[2])
    secret = next((one for one in key.live(now) if hmac.compare_digest(one.digest, digest)), None)
    if secret is None:
        raise _not_good()
    if secret.used_at is None or now - secret.used_at >= USE_NOTED_EVERY:
        await keys.note_use(key, secret, now)
    expires_at = min(now + ACCESS_LIFETIME, secret.until or NEVER)
    return AccessToken(viewer=key.viewer(), expires_at=expires_at, version=key.version)


def grantable(scope: Scope) -> list[str]:
    """The actions that a key may be for, bounded so; what anybody may do takes no key's word."""
    return [
        action
        for action, right in RIGHTS.items()
        if scope in right.scopes(Role.FEED) and not right.lets(ANONYMOUS_ROLE)
    ]


def _check_place(wanted: NewKey, workplaces: Workplaces) -> None:
    bounds = (wanted.store_id, wanted.owner_id, wanted.channel)
    if sum(one is not None for one in bounds) > 1:
        raise Invalid("Bound a key by one store, one owner or one channel.", field=["input"])
    if wanted.store_id is not None and not workplaces.has_store(wanted.store_id):
        raise NotFound(f"There is no store {wanted.store_id}.", field=["input", "storeId"])
    if wanted.owner_id is not None and not workplaces.has_owner(wanted.owner_id):
        raise NotFound(f"There is no owner {wanted.owner_id}.", field=["input", "ownerId"])
    if wanted.channel is not None and not (wanted.channel.isalnum() and len(wanted.channel) <= 20):
        raise Invalid("Name the channel in letters and digits.", field=["input", "channel"])


def _checked_actions(wanted: NewKey) -> tuple[str, ...]:
    bounds = {
        Scope.STORE: wanted.store_id,
        Scope.OWNER: wanted.owner_id,
        Scope.CHANNEL: wanted.channel,
    }
    [scope] = [one for one, bound in bounds.items() if bound is not None] or [Scope.ALL]
    possible = grantable(scope)
    wrong = sorted({one for one in wanted.actions if one not in possible})
    if wrong or not wanted.actions:
        said = f"No key bounded so is for {', '.join(wrong)[:100]}. " * bool(wrong)
        raise Invalid(f"{said}Name some of {', '.join(possible)}.", field=["input", "actions"])
    return tuple(one for one in possible if one in wanted.actions)


async def _known(ports: KeyPorts, act: Act, id: KeyId) -> Key:
    act.viewer.require("key.keep")
    key = await ports.keys.by_id(id)
    if key is None:
        raise NotFound(f"There is no key {id}.", field=["id"])
    return key


async def _unrevoked(ports: KeyPorts, act: Act, id: KeyId) -> Key:
    key = await _known(ports, act, id)
    if key.revoked_at is not None:
        raise WrongState(f"The key {key.name} was revoked; make another.", field=["id"])
    return key


async def _keep(ports: KeyPorts, act: Act, action: str, before: Key, changed: Key) -> Key:
    after = risen(changed)
    await ports.keys.save(after, expected=before.version)
    await _record(ports, act, action, _values(before), after)
    return after


async def _record(
    ports: KeyPorts, act: Act, action: str, before: dict[str, object], after: Key
) -> None:
    subject = Subject(kind="key", id=after.id)
    await ports.records.append(act.record(action, subject, before=before, after=_values(after)))


def _values(key: Key) -> dict[str, object]:
    """What the book of records tells of a key: nothing that it could be used by."""
    return {
        "name": key.name,
        "actions": list(key.actions),
        "store_id": key.store_id,
        "owner_id": key.owner_id,
        "channel": key.channel,
        "secrets": [one.made_at.isoformat() for one in key.secrets],
        "revoked": key.revoked_at is not None,
    }


def _not_good() -> Unauthenticated:
    return Unauthenticated("This key is none, is over or was revoked; ask head office.")
