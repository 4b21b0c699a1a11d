"""Single sign-on of the staff at the brand's own provider, by OpenID Connect's code flow.

What a sign-in needs to be finished is sealed into a text that the device keeps: whoever learns the
provider's answer alone can't finish it. Who somebody is here, head office has said by the
provider's own id of them; no e-mail and no name counts.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, TooMany, Unauthenticated, WrongState
from domain.kernel.sealing import Seal
from domain.people.accounts import Staff, signed_out
from domain.people.act import Act
from domain.people.limits import Tally
from domain.people.sessions import SignedIn, start
from domain.people.sign_in import BY_ADDRESS, PeoplePorts
from domain.people.staff import StaffPorts, keep_account, somebody_else

# How long somebody may take at the provider.
PATIENCE = timedelta(minutes=10)
LONGEST_SUBJECT = 255
LONGEST_ANSWER = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnRequest:
    """What the provider is asked with: where it answers to, and what its answer must fit.

    `challenge` is the SHA-256 of the verifier, RFC 7636's S256.
    """

    redirect_uri: str
    state: str
    nonce: str
    challenge: str


class SignOnProvider(Protocol):
    """The brand's provider."""

    async def address(self, request: SignOnRequest) -> str:
        """Where somebody's browser goes; Unavailable where the provider does not answer."""

    async def subject(
        self, code: str, *, redirect_uri: str, verifier: str, nonce: str, now: datetime
    ) -> str:
        """The provider's id of whoever brings a code.

        Unauthenticated for a code or an identity that is not right, Unavailable where the provider
        does not answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnPorts(Ports):
    """The provider, if there is one, where it answers to, and the accounts.

    `new_secret` makes texts of 43 characters that nobody guesses.
    """

    people: PeoplePorts
    provider: SignOnProvider | None
    redirect_uri: str
    new_secret: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnStarted:
    """Where the browser goes, and what the device keeps until it is back."""

    url: str
    attempt: str = field(repr=False)


async def begin_sign_on(ports: SignOnPorts, act: Act) -> SignOnStarted:
    """Begin a sign-in at the provider."""
    provider = _provider(ports)
    state, nonce, verifier = (ports.new_secret() for _ in range(3))
    digest = sha256(verifier.encode()).digest()
    request = SignOnRequest(
        redirect_uri=ports.redirect_uri,
        state=state,
        nonce=nonce,
        challenge=urlsafe_b64encode(digest).decode().rstrip("="),
    )
    until = (act.at + PATIENCE).timestamp()
    attempt = json.dumps({"state": state, "nonce": nonce, "verifier": verifier, "until": until})
    return SignOnStarted(
        url=await provider.address(request), attempt=_seal(ports).close(attempt, "attempt")
    )


async def finish_sign_on(
    ports: SignOnPorts, act: Act, *, attempt: str, state: str, code: str
) -> SignedIn:
    """Sign in whoever the provider names; once for each beginning, whatever process it reaches.

    A second factor is the provider's matter.
    """
    provider = _provider(ports)
    if max(len(attempt), len(state), len(code)) > LONGEST_ANSWER:
        raise Invalid("No answer of the provider is as long as this; begin anew.", field=["code"])
    begun = _read(ports, attempt, act.at)
    if not hmac.compare_digest(str(begun["state"]).encode(), state.encode(errors="replace")):
        raise _over("state")
    await _require_first(ports, act, str(begun["state"]))
    tally = await _counted(ports, act)
    subject = await provider.subject(
        code,
        redirect_uri=ports.redirect_uri,
        verifier=str(begun["verifier"]),
        nonce=str(begun["nonce"]),
        now=act.at,
    )
    staff = await ports.people.staff.by_sso(subject)
    if staff is None:
        raise Unauthenticated(
            f"Nobody here is {subject[:LONGEST_SUBJECT]} of your provider; send this to head "
            "office, who can bind your account to it.",
            field=["code"],
        )
    if not staff.active:
        raise Unauthenticated("This account is closed; ask head office.", field=["code"])
    if tally is not None:
        await ports.people.tallies.give_back(tally)
    return await start(ports.people, act, staff)


async def bind_account(ports: StaffPorts, act: Act, id: PersonId, subject: str | None) -> Staff:
    """Say whose an account of the provider is, or with None that it is nobody's any more.

    Sessions that the account has end. Conflict where it is somebody else's.
    """
    staff = await somebody_else(ports, act, id)
    if subject is not None and not (
        0 < len(subject) <= LONGEST_SUBJECT and subject.isascii() and subject.isprintable()
    ):
        raise Invalid("A subject is the provider's id of somebody, in ASCII.", field=["subject"])
    if staff.sso == subject:
        return staff
    bound = signed_out(replace(staff, sso=subject))
    await keep_account(ports, act, "staffSignOnBind", staff, bound)
    return bound


def _provider(ports: SignOnPorts) -> SignOnProvider:
    if ports.provider is None:
        raise WrongState("There is no single sign-on here; sign in with a name and a password.")
    return ports.provider


def _seal(ports: SignOnPorts) -> Seal:
    return Seal(ports.people.secret, "single sign-on")


def _read(ports: SignOnPorts, attempt: str, now: datetime) -> dict[str, object]:
    try:
        begun: dict[str, object] = json.loads(_seal(ports).open(attempt, "attempt"))
    except (InvalidTag, ValueError):
        raise _over("attempt") from None
    if now.timestamp() >= float(str(begun["until"])):
        raise _over("attempt")
    return begun


async def _require_first(ports: SignOnPorts, act: Act, state: str) -> None:
    """Let an attempt be finished once; that it was is remembered longer than it is good."""
    digest = sha256(state.encode()).hexdigest()
    once = Tally(id=f"sign_on:{digest}", most=1, expires_at=act.at + 2 * PATIENCE)
    if not await ports.people.tallies.count(once):
        raise _over("attempt")


async def _counted(ports: SignOnPorts, act: Act) -> Tally | None:
    """Count a try of an address, which may fail no more often than with passwords."""
    if act.address is None:
        return None
    tally = BY_ADDRESS.tally(act.at, act.address)
    if not await ports.people.tallies.count(tally):
        raise TooMany("Too many failed tries from your address; wait a quarter of an hour.")
    return tally


def _over(what: str) -> Unauthenticated:
    return Unauthenticated(
        "This sign-in was begun elsewhere, is over or was finished; begin it anew.", field=[what]
    )
