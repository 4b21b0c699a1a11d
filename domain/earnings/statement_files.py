"""A statement as a file: rows for a spreadsheet, all of it for a program, or a page to print."""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from html import escape

from domain.earnings.settling import SettlingPorts, statement_entries
from domain.earnings.statements import Statement, StatementEntry
from domain.kernel.cells import as_csv
from domain.kernel.days import BEIJING
from domain.kernel.money import yuan
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
    return WRITERS[form](statement, entries)


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


def _html(statement: Statement, entries: Sequence[StatementEntry]) -> str:
    rows = "".join(_row(one) for one in entries)
    figures = (
        ("期初", statement.opening),
        ("本期", statement.total),
        ("期末", statement.closing),
    )
    sums = "".join(f"<tr><th>{name}</th><td>{yuan(fen)}</td></tr>" for name, fen in figures)
    closed = statement.closed_at.astimezone(BEIJING)
    title = f"结算单 {escape(statement.owner_id)} {statement.period}"
    return f"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 10pt sans-serif; margin: 15mm }}
table {{ border-collapse: collapse; margin: 4mm 0; width: 100% }}
th, td {{ border: 0.2mm solid #999; padding: 1mm 2mm; text-align: left }}
td:last-child {{ text-align: right }}
thead {{ display: table-header-group }}
tr {{ break-inside: avoid }}
</style>
<h1>{title}</h1>
<table>{sums}</table>
<table>
<thead><tr><th>时间</th><th>订单</th><th>事由</th><th>凭证</th><th>金额</th></tr></thead>
<tbody>{rows}</tbody>
</table>
<p>{statement.entries} 笔，{closed:%Y-%m-%d %H:%M} 关账</p>
<p>SHA-256 {statement.hash}</p>
</html>
"""


def _row(entry: StatementEntry) -> str:
    at = f"{entry.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    cause = CAUSES.get(entry.cause, entry.cause)
    cells = (at, entry.order_id or "", cause, entry.id, yuan(entry.amount))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


WRITERS: Mapping[StatementForm, Callable[[Statement, Sequence[StatementEntry]], str]] = {
    StatementForm.CSV: _csv,
    StatementForm.JSON: _json,
    StatementForm.HTML: _html,
}
