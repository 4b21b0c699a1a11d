"""Where guides are paid: their legal names, as WeChat Pay wants them, and their bank accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.earnings.payees import BankAccount, read_bank, read_told_name
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject, Values
from domain.kernel.refusals import NotFound
from domain.kernel.versions import risen
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePayee:
    """Where a guide is paid; what is not known is empty, or None."""

    guide_id: GuideId
    legal_name: str = ""
    bank: BankAccount | None = None
    version: int = 0


class GuidePayees(Protocol):
    """Where guides are paid, each with a version."""

    async def by_ids(self, guide_ids: Sequence[GuideId]) -> Mapping[GuideId, GuidePayee]:
        """Those of the guides of whom it is known."""

    async def save(self, payee: GuidePayee, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePayeePorts(Ports):
    """What keeping where guides are paid needs."""

    payees: GuidePayees
    guides: Guides
    records: Records


async def guide_payee_of(ports: GuidePayeePorts, act: Act, guide_id: str) -> GuidePayee:
    """Where a guide is paid, for the guide too."""
    act.viewer.require("guide_payee.keep", person=guide_id)
    return await _known(ports, GuideId(guide_id))


async def set_guide_payee(
    ports: GuidePayeePorts,
    act: Act,
    guide_id: str,
    *,
    legal_name: str,
    bank: BankAccount | None,
    expected: int,
) -> GuidePayee:
    """Say where a guide is paid from now on, for the guide too; what is not said, there is not."""
    act.viewer.require("guide_payee.keep", person=guide_id)
    if await ports.guides.by_id(GuideId(guide_id)) is None:
        raise NotFound(f"There is no guide {guide_id}; look the id up.", field=["input", "guideId"])
    before = await _known(ports, GuideId(guide_id))
    payee = GuidePayee(
        guide_id=before.guide_id,
        legal_name=read_told_name(legal_name, least=0, field=["input", "legalName"]),
        bank=read_bank(bank) if bank else None,
        version=expected,
    )
    await ports.payees.save(risen(payee), expected=expected)
    record = act.record(
        "guidePayeeSet",
        Subject(kind="guide_payee", id=guide_id),
        before=_values(before),
        after=_values(risen(payee)),
    )
    await ports.records.append(record)
    return risen(payee)


async def _known(ports: GuidePayeePorts, guide_id: GuideId) -> GuidePayee:
    return (await ports.payees.by_ids([guide_id])).get(guide_id, GuidePayee(guide_id=guide_id))


def _values(payee: GuidePayee) -> Values:
    # Records are kept for good, so they have no more of a name than that there is one.
    return {
        "version": payee.version,
        "hasLegalName": bool(payee.legal_name),
        "bank": payee.bank.told if payee.bank else None,
    }
