"""Files handed in for import, and what came of them."""

from typing import Annotated, Self

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from api.kernel.enums import enum
from api.kernel.packing import Packed
from api.kernel.payloads import Payload, UserError
from domain.kernel import import_reports
from domain.kernel.import_reports import ImportMode, RowError, grouped
from domain.kernel.imports import HandedIn, ImportPorts
from domain.kernel.refusals import Invalid

# Of errors and of warnings, so many are told one by one; all of them are told in groups.
MOST_TOLD = 1_000

enum(
    ImportMode,
    "What to do with the good rows of a file that has bad ones too.",
    ALL_OR_NOTHING="Take none of them.",
    GOOD_ROWS="Take them, and tell what is wrong with the others.",
)

ImportFile = Annotated[
    Upload,
    strawberry.argument(
        description="The file as one part of a multipart request: a workbook (.xlsx), CSV with a "
        "header, or JSON Lines where its name ends in .jsonl; text in UTF-8, in GB18030 or, with "
        "its mark, in UTF-16. A blank cell leaves what is there; 清空 in a cell empties it."
    ),
]
Mode = Annotated[
    ImportMode,
    strawberry.argument(description="What to do with the good rows if others are bad."),
]
OnlyCheck = Annotated[
    bool,
    strawberry.argument(
        description="Only check: nothing is written, and the report says what would be."
    ),
]


@strawberry.type(description="What is to be said of one row of a file.")
class ImportRowError(Packed[RowError]):
    file: str = strawberry.field(description="The file's name as it was handed in.")
    line: int = strawberry.field(
        description="Its line, counted from 1, or its row in a workbook; the header is the first."
    )
    column: str | None = strawberry.field(
        description="The column that it is about; null where it is about the whole row."
    )
    message: str = strawberry.field(description="What is wrong and what to do.")


@strawberry.type(description="One fault that many rows of a file have.")
class ImportErrorGroup(Packed[import_reports.ErrorGroup]):
    column: str | None = strawberry.field(
        description="The column that it is about; null where it is about whole rows."
    )
    message: str = strawberry.field(
        description="What is wrong with the first of them; the others differ in codes and numbers."
    )
    count: int = strawberry.field(description="How often it is.")
    lines: list[int] = strawberry.field(description="The first 20 of their lines.")


@strawberry.type(description="What a file makes of one thing.")
class ImportChange(Packed[import_reports.ImportChange]):
    id: strawberry.ID = strawberry.field(
        description="The thing's code, or the codes of what a row tells of."
    )
    is_new: bool = strawberry.field(description="Whether there was none of it.")
    differences: list[str] = strawberry.field(
        description="What differs, as `field: before → after`; nothing of what is new."
    )


@strawberry.type(description="What came of a file, or would come of it where it is only checked.")
class ImportReport:
    rows: int = strawberry.field(description="How many rows the file has; blank ones are none.")
    created: int = strawberry.field(description="How many new things were written.")
    changed: int = strawberry.field(description="How many existing things were written over.")
    unchanged: int = strawberry.field(description="How many were as the file says already.")
    error_count: int = strawberry.field(description="How many errors there are in all.")
    errors: list[ImportRowError] = strawberry.field(
        description="The errors of rows that were not taken, the first 1,000."
    )
    error_groups: list[ImportErrorGroup] = strawberry.field(
        description="All errors, the same ones told once, the most frequent first, at most 100."
    )
    warning_count: int = strawberry.field(description="How many warnings there are in all.")
    warnings: list[ImportRowError] = strawberry.field(
        description="What was put right or looks odd in rows that are taken all the same, and "
        "columns that were not read; the first 1,000."
    )
    changes: list[ImportChange] = strawberry.field(
        description="The first 100 of the things that are written, each with what differs."
    )
    notes: list[str] = strawberry.field(
        description="What is worth knowing of the file as a whole, such as how far its stores lie "
        "from their districts' centres on average."
    )

    @classmethod
    def of(cls, report: import_reports.ImportReport) -> "ImportReport":
        """Pack a report."""
        return cls(
            rows=report.rows,
            created=report.created,
            changed=report.changed,
            unchanged=report.unchanged,
            error_count=len(report.errors),
            errors=list(map(ImportRowError.of, report.errors[:MOST_TOLD])),
            error_groups=list(map(ImportErrorGroup.of, grouped(report.errors))),
            warning_count=len(report.warnings),
            warnings=list(map(ImportRowError.of, report.warnings[:MOST_TOLD])),
            changes=list(map(ImportChange.of, report.changes)),
            notes=list(report.notes),
        )


@strawberry.type(description="The answer to an import.")
class ImportPayload(Payload):
    """Each import has a payload of its own that inherits from this one."""

    report: ImportReport | None = strawberry.field(
        description="What came of the file; null where it could not be read at all.", default=None
    )

    @classmethod
    def of(cls, report: import_reports.ImportReport, handed: HandedIn) -> Self:
        """Pack a report; rows that kept a whole file out are a userError too."""
        refused = report.errors and handed.mode is ImportMode.ALL_OR_NOTHING
        return cls(
            report=ImportReport.of(report),
            user_errors=UserError.all_of(_nothing_written(report)) if refused else [],
        )


def _nothing_written(report: import_reports.ImportReport) -> Invalid:
    return Invalid(
        f"Nothing was imported: {report.bad_rows} of {report.rows} rows are wrong. Put them right, "
        "or import the good rows alone with the mode GOOD_ROWS. "
        f"没有导入任何内容：{report.rows} 行中有 {report.bad_rows} 行有误。",
        field=["file"],
    )


async def hand_in(file: Upload, mode: ImportMode, only_check: bool, ports: ImportPorts) -> HandedIn:
    """A file that was uploaded, for the use case that takes it in."""
    name, data = await read_upload(file)
    return HandedIn(name=name, data=data, mode=mode, only_check=only_check, workers=ports.workers)


async def read_upload(file: Upload) -> tuple[str, bytes]:
    """Read an uploaded file: its name and its bytes."""
    if not isinstance(file, UploadFile):
        raise Invalid("Send the file as a part of a multipart/form-data request.", field=["file"])
    try:
        return file.filename or "file.csv", await file.read()
    finally:
        await file.close()
