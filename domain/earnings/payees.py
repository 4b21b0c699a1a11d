"""Where owners are paid: their accounts at banks, and their merchants' at WeChat Pay."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject, Values
from domain.kernel.refusals import Invalid, NotFound, TooMany, Unavailable, WrongState
from domain.kernel.versions import risen
from domain.network.directory import DirectorySource
from domain.network.stores import OwnerId
from domain.people.act import Act

LONGEST_NAME = 100
# As much as a key of 2,048 bits encrypts at once by RSAES-OAEP with SHA-1 (RFC 8017, 7.1.1).
MOST_ENCRYPTED = 214
# What a merchant may have: pay.weixin.qq.com/docs/merchant/products/profit-sharing
MOST_RECEIVERS = 20_000
BANK_NUMBER = re.compile(r"[0-9]{8,30}", re.ASCII)
MERCHANT_NUMBER = re.compile(r"[0-9]{8,32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """An account at a bank: whose, at which, and its number."""

    holder: str
    bank: str
    number: str

    @property
    def shown(self) -> str:
        """The number as people may see it: its last four digits."""
        return f"…{self.number[-4:]}"

    @property
    def told(self) -> str:
        """Which account it is, as records tell of it."""
        return f"{self.bank} {self.shown}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantAccount:
    """A merchant at WeChat Pay that may have a share of payments, under its full legal name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Where an owner is paid; what there is not is None."""

    owner_id: str
    bank: BankAccount | None = None
    merchant: MerchantAccount | None = None
    version: int = 0


class Payees(Protocol):
    """Where owners are paid, each with a version."""

    async def by_ids(self, owner_ids: Sequence[str]) -> Mapping[str, Payee]:
        """Those of the owners of whom it is known."""

    async def save(self, payee: Payee, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""

    async def merchants(self) -> int:
        """How many have a merchant."""


class Receivers(Protocol):
    """Who may have a share of payments, at the provider; each call may be repeated."""

    async def add(self, merchant: MerchantAccount) -> None:
        """Let a merchant have shares; Invalid with what the provider has against it."""

    async def remove(self, merchant_id: str) -> None:
        """Let a merchant have no more shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeePorts(Ports):
    """What keeping payees needs; there are no `receivers` where payments are not shared."""

    payees: Payees
    receivers: Receivers | None
    directory: DirectorySource
    records: Records


async def payee_of(ports: PayeePorts, act: Act, owner_id: str) -> Payee:
    """Where an owner is paid, for its franchisee too."""
    act.viewer.require("payee.see", owner=owner_id)
    return (await ports.payees.by_ids([owner_id])).get(owner_id, Payee(owner_id=owner_id))


async def set_payee(
    ports: PayeePorts,
    act: Act,
    owner_id: str,
    *,
    bank: BankAccount | None,
    merchant: MerchantAccount | None,
    expected: int,
) -> Payee:
    """Say where an owner is paid from now on; what is not said, there is none of.

    A merchant is made known to the provider first, so that no share is asked for it in vain.
    """
    act.viewer.require("payee.set")
    if OwnerId(owner_id) not in ports.directory.directory().owners:
        raise NotFound(f"There is no owner {owner_id}; look the id up.", field=["input", "ownerId"])
    before = (await ports.payees.by_ids([owner_id])).get(owner_id, Payee(owner_id=owner_id))
    after = replace(
        before,
        bank=read_bank(bank) if bank else None,
        merchant=_read_merchant(merchant) if merchant else None,
        version=expected,
    )
    if after.merchant and after.merchant != before.merchant:
        await _made_known(ports, after.merchant, is_more=before.merchant is None)
    await ports.payees.save(risen(after), expected=expected)
    subject = Subject(kind="payee", id=owner_id)
    record = act.record("payeeSet", subject, before=_values(before), after=_values(risen(after)))
    await ports.records.append(record)
    gone = before.merchant
    if gone and ports.receivers and (after.merchant is None or after.merchant.id != gone.id):
        # One that is left there has no share: nobody is paid by it any more.
        with suppress(Unavailable):
            await ports.receivers.remove(gone.id)
    return risen(after)


async def _made_known(ports: PayeePorts, merchant: MerchantAccount, *, is_more: bool) -> None:
    if ports.receivers is None:
        raise WrongState(
            "Payments are not shared here, so no merchant can have a share; write the bank's "
            "account alone.",
            field=["input", "merchant"],
        )
    if is_more and await ports.payees.merchants() >= MOST_RECEIVERS:
        raise TooMany(
            f"{MOST_RECEIVERS:,} merchants may have shares; pay this owner by the bank.",
            field=["input", "merchant"],
        )
    await ports.receivers.add(merchant)


def _values(payee: Payee) -> Values:
    return {
        "version": payee.version,
        "bank": payee.bank.told if payee.bank else None,
        "merchant": payee.merchant.id if payee.merchant else None,
    }


def read_bank(bank: BankAccount) -> BankAccount:
    """A bank account as it is kept, or Invalid by its field."""
    path = ["input", "bank"]
    number = "".join(bank.number.split())
    if not BANK_NUMBER.fullmatch(number):
        raise Invalid("Write the account's number, of 8 to 30 digits.", field=[*path, "number"])
    return BankAccount(
        holder=read_line(bank.holder, most=LONGEST_NAME, least=1, field=[*path, "holder"]),
        bank=read_line(bank.bank, most=LONGEST_NAME, least=1, field=[*path, "bank"]),
        number=number,
    )


def _read_merchant(merchant: MerchantAccount) -> MerchantAccount:
    path = ["input", "merchant"]
    number = merchant.id.strip()
    if not MERCHANT_NUMBER.fullmatch(number):
        raise Invalid("Write the merchant's number, of 8 to 32 digits.", field=[*path, "id"])
    name = read_told_name(merchant.name, least=1, field=[*path, "name"])
    return MerchantAccount(id=number, name=name)


def read_told_name(name: str, *, least: int, field: Sequence[str]) -> str:
    """A name as the provider is told it, encrypted; Invalid where it is too long for that."""
    line = read_line(name, most=LONGEST_NAME, least=least, field=field)
    if len(line.encode()) > MOST_ENCRYPTED:
        raise Invalid(
            f"Shorten it to {MOST_ENCRYPTED} bytes, which are 71 Chinese characters.", field=field
        )
    return line
