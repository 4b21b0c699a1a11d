"""Files handed in for import, and what came of them."""

from typing import Annotated, Self

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from api.kernel.payloads import Payload, UserError
from domain.kernel import tables
from domain.kernel.refusals import Invalid
from domain.kernel.tables import ImportMode

strawberry.enum(
    ImportMode,
    description="What to do with the good rows of a file that has bad ones too.",
)

ImportFile = Annotated[
    Upload,
    strawberry.argument(
        description="The file as one part of a multipart request: CSV with a header, or JSON "
        "Lines where its name ends in .jsonl; in UTF-8."
    ),
]
Mode = Annotated[
    ImportMode,
    strawberry.argument(description="What to do with the good rows if others are bad."),
]


@strawberry.type(description="What is wrong with one row of a file.")
class ImportRowError:
    file: str = strawberry.field(description="The file's name as it was handed in.")
    line: int = strawberry.field(description="Its line, counted from 1; a CSV's header is line 1.")
    column: str | None = strawberry.field(
        description="The column that it is about; null where it is about the whole row."
    )
    message: str = strawberry.field(description="What is wrong and what to do.")


@strawberry.type(description="What came of a file.")
class ImportReport:
    rows: int = strawberry.field(description="How many rows the file has.")
    created: int = strawberry.field(description="How many new things were written.")
    changed: int = strawberry.field(description="How many existing things were written over.")
    unchanged: int = strawberry.field(description="How many were as the file says already.")
    errors: list[ImportRowError] = strawberry.field(description="The rows that were not taken.")

    @classmethod
    def of(cls, report: tables.ImportReport) -> "ImportReport":
        """Pack a report."""
        return cls(
            rows=report.rows,
            created=report.created,
            changed=report.changed,
            unchanged=report.unchanged,
            errors=[
                ImportRowError(
                    file=error.file, line=error.line, column=error.column, message=error.message
                )
                for error in report.errors
            ],
        )


@strawberry.type(description="The answer to an import.")
class ImportPayload(Payload):
    """Each import has a payload of its own that inherits from this one."""

    report: ImportReport | None = strawberry.field(
        description="What came of the file; null where it could not be read at all.", default=None
    )

    @classmethod
    def of(cls, report: tables.ImportReport, mode: ImportMode) -> Self:
        """Pack a report; rows that kept a whole file out are a userError too."""
        refused = report.errors and mode is ImportMode.ALL_OR_NOTHING
        return cls(
            report=ImportReport.of(report),
            user_errors=UserError.all_of(_nothing_written(report)) if refused else [],
        )


def _nothing_written(report: tables.ImportReport) -> Invalid:
    wrong = len({(error.file, error.line) for error in report.errors})
    return Invalid(
        f"Nothing was imported: {wrong} of {report.rows} rows are wrong. Put them right, "
        "or import the good rows alone with the mode GOOD_ROWS.",
        field=["file"],
    )


async def read_upload(file: Upload) -> tuple[str, bytes]:
    """Read an uploaded file: its name and its bytes, as `read_rows` of tables takes them."""
    if not isinstance(file, UploadFile):
        raise Invalid("Send the file as a part of a multipart/form-data request.", field=["file"])
    try:
        return file.filename or "file.csv", await file.read()
    finally:
        await file.close()
