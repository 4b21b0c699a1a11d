"""A statement as a file: rows for a spreadsheet, all of it for a program, or a page to print."""

import json
from collections.abc import Sequence
from enum import StrEnum
from html import escape

from domain.earnings.settling import SettlingPorts, statement_entries
from domain.earnings.statements import Statement, StatementEntry
from domain.kernel.cells import as_csv
from domain.kernel.days import BEIJING
from domain.kernel.money import Fen
from domain.network.stores import OwnerId
from domain.people.act import Act


class StatementForm(StrEnum):
    """Rows for a spreadsheet, all of it for a program, or a page of HTML for a printer."""

    CSV = "CSV"
    JSON = "JSON"
    HTML = "HTML"


COLUMNS = ("statement", "entry", "order", "cause", "at", "amount_fen")

# What happened, as those read it who get the page.
CAUSES = {
    "return window over": "可结算",
    "refund.done": "退款",
    "payment.paid": "付款",
    "fulfilment_order.shipped": "发货",
    "fulfilment_order.handed_over": "自提",
    "fulfilment_order.cancelled": "取消",
    "return.accepted": "退货",
    "taken back": "冲正",
    "payout": "打款",
    "payout returned": "打款退回",
    "payment shared": "分账",
    "payment shared returned": "分账未到账",
    "share returned": "分账退回",
    "purchase.made": "门店消费",
    "purchase.matched": "门店消费归属",
    "purchase.refunded": "门店退款",
}


async def statement_file(ports: SettlingPorts, act: Act, id: str, form: StatementForm) -> str:
    """A statement with all of its entries, as a file."""
    statement, entries = await statement_entries(ports, act, id)
    if form is StatementForm.HTML:
        owner = ports.directory.directory().owners.get(OwnerId(statement.owner_id))
        return _html(statement, entries, owner.name if owner else statement.owner_id)
    return (_csv if form is StatementForm.CSV else _json)(statement, entries)


def _csv(statement: Statement, entries: Sequence[StatementEntry]) -> str:
    rows = (
        (
            *(statement.id, one.id, one.order_id or "", one.cause),
            one.at.astimezone(BEIJING).isoformat(timespec="seconds"),
            one.amount,
        )
        for one in entries
    )
    return as_csv(COLUMNS, rows)


def _json(statement: Statement, entries: Sequence[StatementEntry]) -> str:
    """All that the hash is of, so that whoever has the file can work it out."""
    said = {
        "statement": statement.id,
        "owner": statement.owner_id,
        "period": statement.period,
        "opening_fen": statement.opening,
        "total_fen": statement.total,
        "closing_fen": statement.closing,
        "closed_at": statement.closed_at.isoformat(timespec="milliseconds"),
        "hash_before": statement.before,
        "hash": statement.hash,
        "entries": [
            {
                "entry": one.id,
                "order": one.order_id,
                "cause": one.cause,
                "at": one.at.isoformat(timespec="milliseconds"),
                "amount_fen": one.amount,
            }
            for one in entries
        ],
    }
    return json.dumps(said, ensure_ascii=False)


def _html(statement: Statement, entries: Sequence[StatementEntry], owner: str) -> str:
    rows = "".join(_row(one) for one in entries)
    closed = statement.closed_at.astimezone(BEIJING)
    facts = (
        ("加盟商", f"{owner}（{statement.owner_id}）"),
        ("期初", _to_the_fen(statement.opening)),
        (f"本期 {statement.entries} 笔", _to_the_fen(statement.total)),
        ("期末", _to_the_fen(statement.closing)),
        ("关账", f"{closed:%Y-%m-%d %H:%M}"),
    )
    heads = "".join(f"<tr><th>{name}</th><td>{escape(said)}</td></tr>" for name, said in facts)
    title = f"结算单 {escape(owner)} {statement.period}"
    return f"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 15mm; @bottom-right {{ content: counter(page) " / " counter(pages) }} }}
body {{ font: 9pt sans-serif; font-variant-numeric: tabular-nums; margin: 0 }}
@media screen {{ body {{ margin: 15mm auto; max-width: 180mm }} }}
table {{ border-collapse: collapse; margin: 4mm 0 }}
th, td {{ border: 0.2mm solid #999; padding: 1mm 2mm; text-align: left; white-space: nowrap }}
.rows {{ width: 100% }}
.rows :is(th, td):last-child, .facts td {{ text-align: right }}
.id {{ font-size: 7pt; overflow-wrap: anywhere; white-space: normal }}
thead {{ display: table-header-group }}
tr {{ break-inside: avoid }}
</style>
<h1>{title}</h1>
<table class="facts">{heads}</table>
<table class="rows">
<thead><tr><th>时间</th><th>事由</th><th>订单</th><th>凭证</th><th>金额</th></tr></thead>
<tbody>{rows}</tbody>
</table>
<p>SHA-256 {statement.hash}</p>
<p>上期 SHA-256 {statement.before or "无"}</p>
</html>
"""


def _row(entry: StatementEntry) -> str:
    at = f"{entry.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    said = "".join(f"<td>{escape(one)}</td>" for one in (at, CAUSES.get(entry.cause, entry.cause)))
    ids = "".join(f'<td class="id">{escape(one)}</td>' for one in (entry.order_id or "", entry.id))
    return f"<tr>{said}{ids}<td>{_to_the_fen(entry.amount)}</td></tr>"


def _to_the_fen(amount: Fen) -> str:
    """An amount as it stands under others: ¥1,299.00."""
    whole, odd = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}¥{whole:,}.{odd:02d}"
