"""Purchases and refunds of other channels from a file, one row for each line of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.kernel.columns import Columns
from domain.kernel.import_reports import ImportReport, RowError
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid, Refusal
from domain.kernel.tables import Row, Table
from domain.members.channel_purchases import ChannelPurchase, PurchaseId, PurchaseLine
from domain.members.feeding import read_channel
from domain.members.purchase_feeding import (
    PAID_FEN,
    QUANTITY,
    Telling,
    ToldPurchase,
    known_guides,
    lay_over,
    read_telling,
    save_purchases,
)
from domain.members.purchase_matching import ChannelPurchasePorts, match_waiting
from domain.people.act import Act

COLUMNS = Columns(
    names={
        "channel": ("渠道",),
        "number": ("订单号", "小票号"),
        "refund_number": ("退款单号",),
        "at": ("时间", "支付时间"),
        "store_id": ("门店编号", "门店编码", "店铺编号", "店号"),
        "guide_id": ("导购编号", "工号"),
        "phone": ("手机号", "手机"),
        "member_code": ("会员编号", "会员卡号"),
        "channel_member_id": ("渠道会员号", "买家编号"),
        "sku": ("SKU编码", "规格编码", "商品编码"),
        "quantity": ("数量",),
        "paid_fen": ("实付（分）", "实付金额（分）"),
    },
    ids=("channel", "number"),
    codes=frozenset({"store_id", "guide_id", "sku"}),
    parts=frozenset({"refund_number", "sku"}),
)
# What the rows of one purchase, or of one refund, all say alike.
_SHARED = ("at", "store_id", "guide_id", "phone", "member_code", "channel_member_id")
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One row: the purchase or refund that it is a line of, and the line."""

    row: Row
    channel: str
    told: ToldPurchase


async def import_purchases(ports: ChannelPurchasePorts, act: Act, handed: HandedIn) -> ImportReport:
    """Take in purchases, and refunds where a row has a refund_number; again they change nothing.

    The rows of one purchase stand in one file; where one of them is bad, none of it is taken.
    """
    act.viewer.require("purchase.feed")
    table = await handed.table(COLUMNS)
    parsed = await handed.parse(table.rows, _read_row, key=lambda one: str(one.row.line))
    bad = {_key(row) for row in _of_lines(table, parsed.errors)}
    good = [one for one in parsed.values.values() if _key(one.row) not in bad]
    guides = await known_guides(ports, act, [one.told for one in good])
    tellings, refused = await handed.workers.run(lambda: _tellings(ports, act, good, guides))
    errors = [*table.errors, *parsed.errors, *refused]
    before: dict[PurchaseId, ChannelPurchase] = {}
    written: dict[PurchaseId, ChannelPurchase] = {}

    async def read() -> RowsRead[PurchaseId, ChannelPurchase]:
        laid = await lay_over(ports, act, [one for _, one in tellings])
        before.update(laid.before)
        conflicts = [
            error
            for (row, _), (_, refusal) in zip(tellings, laid.outcomes, strict=True)
            if refusal is not None
            for error in row.error(refusal)
        ]
        return RowsRead(
            existing=laid.before,
            values={**laid.after, **laid.changed()},
            errors=[*errors, *conflicts],
            warnings=table.warnings,
        )

    async def save(changed: Mapping[PurchaseId, ChannelPurchase]) -> None:
        await save_purchases(ports, act, before, changed)
        written.update(changed)

    report = await take_in(read, save, handed)
    if not handed.only_check:
        await match_waiting(ports, act, list({**before, **written}.values()))
    return replace(report, rows=len(table.rows) + len(table.errors))


def _tellings(
    ports: ChannelPurchasePorts, act: Act, read: Sequence[_Read], guides: frozenset[str]
) -> tuple[list[tuple[Row, Telling]], list[RowError]]:
    """What rows tell, each purchase or refund with its first row, and what is wrong with others."""
    groups: dict[_Key, list[_Read]] = {}
    for one in read:
        groups.setdefault(_key(one.row), []).append(one)
    tellings: list[tuple[Row, Telling]] = []
    errors: list[RowError] = []
    for some in groups.values():
        row, channel = some[0].row, some[0].channel
        try:
            act.viewer.require("purchase.feed", channel=channel)
            tellings.append((row, read_telling(ports, act, channel, _as_one(some), guides)))
        except Refusal as refusal:
            errors += row.error(refusal)
    return tellings, errors


def _read_row(row: Row) -> _Read:
    at = row.moment("at")
    if at is None:
        raise Invalid("fill in this cell.", field=["at"])
    line = PurchaseLine(
        sku=row.id("sku"),
        quantity=row.integer("quantity", low=QUANTITY.low, high=QUANTITY.high),
        paid=Fen(row.integer("paid_fen", low=PAID_FEN.low, high=PAID_FEN.high)),
    )
    told = ToldPurchase(
        number=row.id("number", most=64),
        refund_number=row.id("refund_number", most=64) if row.says("refund_number") else None,
        at=at,
        lines=(line,),
        store_id=row.optional("store_id"),
        guide_id=row.optional("guide_id"),
        phone=row.optional("phone"),
        member_code=row.optional("member_code"),
        channel_member_id=row.optional("channel_member_id"),
    )
    return _Read(row=row, channel=read_channel(row.text("channel"), ["channel"]), told=told)


def _as_one(some: Sequence[_Read]) -> ToldPurchase:
    """The rows of one purchase, or refund, as one; Invalid where they differ in what it is."""
    first = some[0].told
    for one in some[1:]:
        for name in _SHARED:
            if getattr(one.told, name) != getattr(first, name):
                raise Invalid(
                    f"line {one.row.line} is of the same number and says another {name}; write "
                    "the same in all rows of it.",
                    field=[name],
                )
    return replace(first, lines=tuple(line for one in some for line in one.told.lines))


def _key(row: Row) -> _Key:
    return tuple(str(row.cells.get(name) or "") for name in ("channel", "number", "refund_number"))


def _of_lines(table: Table, errors: Sequence[RowError]) -> list[Row]:
    lines = {one.line for one in errors}
    return [row for row in table.rows if row.line in lines]
