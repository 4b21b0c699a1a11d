"""The second factor of the staff: codes of an authenticator app, RFC 6238 as all of them read it.

A code has six digits and lasts half a minute; the one before and the one after are taken too, for
clocks that differ. Each is good once, in whatever process it comes.
"""

import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp

from domain.kernel.refusals import TooMany, Unauthenticated
from domain.kernel.sealing import Seal
from domain.people.accounts import Staff
from domain.people.act import Act
from domain.people.limits import Limit, Tallies, Tally

ISSUER = "Qianmian"
STEP_S = 30
NEIGHBOURS = (0, -1, 1)
# Three of a million codes are right at any moment: ten tries an hour find one in four years.
TRIES = Limit(name="second_factor", most=10, window=timedelta(hours=1))
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecondFactor:
    """What an authenticator app is to be told, once; `uri` is for a code that it scans."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def new_second_factor(staff: Staff) -> NewSecondFactor:
    """A secret that nobody has yet, of 160 bits as RFC 4226 asks for."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.login, issuer_name=ISSUER)
    return NewSecondFactor(secret=secret, uri=uri)


def seal_of(secret: str) -> Seal:
    """What keeps secrets of second factors; each is bound to its account."""
    return Seal(secret, "second factors")


async def require_code(
    tallies: Tallies, act: Act, staff: Staff, sealed: str, code: str | None, *, secret: str
) -> None:
    """Refuse a code that is wrong, was used, or is one of too many tries; each try is counted."""
    if code is None:
        raise _refused("This account asks for the code of your authenticator app too.")
    tally = TRIES.tally(act.at, staff.id)
    if not await tallies.count(tally):
        raise TooMany("Too many wrong codes; wait an hour, or ask head office.", field=["code"])
    step = _step_of(seal_of(secret).open(sealed, staff.id), code, act.at)
    if step is None or not await tallies.count(_use_of(staff, step)):
        raise _refused("This code is wrong or was used; send the next one that the app shows.")
    await tallies.give_back(tally)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is; None where it is that of none about now."""
    digits = "".join(unicodedata.normalize("NFKC", code[:20]).split())
    if not _CODE.fullmatch(digits):
        return None
    counted = int(now.timestamp()) // STEP_S
    app = pyotp.TOTP(secret)
    for step in (counted + one for one in NEIGHBOURS):
        if hmac.compare_digest(app.generate_otp(step), digits):
            return step
    return None


def _use_of(staff: Staff, step: int) -> Tally:
    """The one use of a code; it is remembered for longer than anybody's clock takes it."""
    expires_at = datetime.fromtimestamp(step * STEP_S, UTC) + timedelta(minutes=10)
    return Tally(id=f"second_factor_use:{staff.id}:{step}", most=1, expires_at=expires_at)


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated(message, field=["code"])
