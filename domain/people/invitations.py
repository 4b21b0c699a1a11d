"""Invitations: each lets one choose a password for an account, once and within three days."""

import hmac
import re
from dataclasses import replace
from datetime import datetime, timedelta

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unauthenticated
from domain.kernel.sealing import digest_of
from domain.people.accounts import Invitation, Staff, signed_out

LIVES = timedelta(days=3)
_CODE = re.compile(r"([a-z0-9_]{1,64})\.([A-Za-z0-9_-]{43})")


def invited(staff: Staff, secret: str, now: datetime) -> tuple[Staff, str]:
    """The account without a password and without sessions, and the invitation for its owner."""
    invitation = Invitation(digest=digest_of(secret), expires_at=now + LIVES)
    after = replace(staff, active=True, password_hash=None, invitation=invitation)
    return signed_out(after), f"{staff.id}.{secret}"


def account_invited(code: str) -> PersonId:
    """Whom an invitation is for, if it is one; `require_invited` says whether it counts."""
    read = _CODE.fullmatch(code.strip())
    if read is None:
        raise _none()
    return PersonId(read[1])


def require_invited(staff: Staff | None, code: str, now: datetime) -> Staff:
    """Refuse what is no invitation of this account, or was used, replaced or is over."""
    invitation = staff.invitation if staff and staff.active else None
    digest = digest_of(code.strip().rpartition(".")[2])
    if staff is None or invitation is None or now >= invitation.expires_at:
        raise _none()
    if not hmac.compare_digest(invitation.digest, digest):
        raise _none()
    return staff


def _none() -> Unauthenticated:
    return Unauthenticated(
        "This invitation is none, was used or is over; ask head office for another.",
        field=["invitation"],
    )
