"""Files by which people pay what is booked, at the bank or with the wages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.earnings.payees import BankAccount
from domain.kernel.cells import as_csv
from domain.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """What somebody is to be paid; the bank's cells are empty where no account is known."""

    id: str
    whose: Sequence[str]
    bank: BankAccount | None
    amount: Fen
    memo: str


def written(whose: Sequence[str], rows: Iterable[PaymentRow]) -> str:
    """The rows with their heading, in which `whose` names the first columns, the id's and on."""
    columns = (*whose, "holder", "bank", "account", "amount_yuan", "memo")
    return as_csv(columns, map(_cells, rows))


def _cells(row: PaymentRow) -> Sequence[str]:
    bank = row.bank
    account = (bank.holder, bank.bank, bank.number) if bank else ("", "", "")
    whole, odd = divmod(row.amount, 100)
    return (row.id, *row.whose, *account, f"{whole}.{odd:02d}", row.memo)
