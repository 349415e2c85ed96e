"""Files of finished documents, what became of their rows, and the rows a person must decide."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from apiflask.fields import UploadFile
from flask import Response
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from dispatch.api.blueprint import api
from dispatch.api.documents import CandidateOut
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Line, Shape
from dispatch.auth import current_actor, current_office
from dispatch.errors import TooLarge
from dispatch.runtime import runtime
from dispatch.services import intake_files, review
from dispatch.services.cells import MAX_FILE_BYTES
from dispatch.services.intake_files import StoredUpload
from dispatch.services.kinds import BY_CODE
from dispatch.services.table_template import template_csv, template_xlsx
from dispatch.store.models import Import, ImportRow

Outcome = Literal["accepted", "known", "review", "refused"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PAGE = 500


class NewImport(BaseModel):
    """A CSV or XLSX file. `dry_run` reports what would become of its rows and takes nothing in."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)  # a page sends its csrf_token along

    file: UploadFile
    dry_run: bool = False


class ImportOut(Shape):
    """An import and its sums: total = accepted + known + review + refused once it is done."""

    id: str
    filename: str
    sha256: str
    is_dry_run: bool
    status: Literal["waiting", "reading", "done", "unreadable"]
    problem: str
    total: int
    accepted: int
    known: int
    review: int
    refused: int
    created_at: datetime
    done_at: datetime | None


class ImportsOut(Shape):
    """The latest imports, newest first."""

    items: list[ImportOut]


class RowQuery(BaseModel):
    """Which rows; `after` is the last row number of the page before."""

    model_config = ConfigDict(extra="forbid")

    state: Outcome | None = None
    after: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=_PAGE)


class RowOut(Shape):
    """What became of one row of the file; field and reason are the office's own words."""

    row: int = Field(validation_alias=AliasChoices("row", "row_no"))
    outcome: Outcome
    field: str
    reason: str
    document_id: str | None


class RowsOut(Shape):
    """A page of rows in file order. `next` goes into `after`, None on the last page."""

    items: list[RowOut]
    next: int | None


class ReviewQuery(BaseModel):
    """A page of reviews; `after` is the id of the last one of the page before."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field("", pattern=r"^([0-9a-z]{16})?$")
    limit: int = Field(100, ge=1, le=_PAGE)


class ReviewOut(Shape):
    """A row whose village a person must choose: what it says, and which villages it may mean."""

    id: str
    import_id: str
    row: int
    reason: str
    request_number: str
    kind_name: str
    name: str
    nik: str
    address: str
    village: str
    district: str
    regency: str
    candidates: list[CandidateOut]


class ReviewsOut(Shape):
    """How many rows wait, and a page of them."""

    waiting: int
    items: list[ReviewOut]
    next: str | None


class Decision(Form):
    """The village the row means, or why it is refused: one of the two."""

    village_code: str | None = Field(None, pattern=r"^[0-9]{2}(\.[0-9]{2}){2}\.[0-9]{4}$")
    refuse: Line | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Decision":
        if (self.village_code is None) == (self.refuse is None):
            raise ValueError("isi village_code atau refuse, salah satu saja")
        return self


class DecidedOut(Shape):
    """What became of the row."""

    id: str
    outcome: Outcome
    document_id: str | None


@api.post("/imports")
@api.input(NewImport, location="form_and_files", arg_name="form")
@api.output(ImportOut, status_code=202)
@api.doc(responses={200: "These bytes were handed in before: the first import"})
def create_import(form: NewImport) -> Any:
    """Hand in a file; a worker reads it. The same file again is answered with its first report."""
    file: FileStorage = form.file
    body = file.stream.read(MAX_FILE_BYTES + 1)
    file.stream.seek(0)  # the Idempotency-Key is compared with the file too
    if len(body) > MAX_FILE_BYTES:
        raise TooLarge(f"the file is larger than {MAX_FILE_BYTES} bytes")
    # durable before any row names it
    sha256 = runtime().files.put(current_office(), body)
    upload = StoredUpload(
        sha256=sha256,
        size=len(body),
        filename=intake_files.plain_filename(file.filename or ""),
        media_type="application/octet-stream",
    )
    return _register(upload=upload, dry_run=form.dry_run)


@changes
def _register(session: Session, *, upload: StoredUpload, dry_run: bool) -> Answer:
    found, will_be_read = intake_files.register_file(
        session, current_office(), upload, dry_run=dry_run, by=current_actor()
    )
    return Answer(
        ImportOut.model_validate(found), 202 if will_be_read else 200, {"Location": f"/api/v1/imports/{found.id}"}
    )


@api.get("/imports")
@api.output(ImportsOut)
@reads
def list_imports(session: Session) -> ImportsOut:
    """The latest fifty files handed in."""
    found = intake_files.latest_files(session, current_office(), by=current_actor())
    return ImportsOut(items=[ImportOut.model_validate(one) for one in found])


@api.get("/imports/template.<any(csv,xlsx):form>")
def import_template(form: str) -> Response:
    """An empty file with headings, one example and notes."""
    body, media_type = (template_csv(), "text/csv") if form == "csv" else (template_xlsx(), _XLSX)
    return _download(body, media_type, f"antar-template.{form}")


@api.get("/imports/<import_id>")
@api.output(ImportOut)
@reads
def get_import(session: Session, import_id: str) -> ImportOut:
    """How far the reading is, and its sums."""
    found = intake_files.import_of(session, current_office(), import_id, by=current_actor())
    return ImportOut.model_validate(found)


@api.get("/imports/<import_id>/rows")
@api.input(RowQuery, location="query")
@api.output(RowsOut)
@reads
def import_rows(session: Session, import_id: str, query_data: RowQuery) -> RowsOut:
    """What became of the rows, in file order."""
    found = intake_files.import_of(session, current_office(), import_id, by=current_actor())
    rows = intake_files.rows_of(
        session, found, outcome=query_data.state, after=query_data.after, limit=query_data.limit
    )
    return RowsOut(
        items=[RowOut.model_validate(row) for row in rows],
        next=rows[-1].row_no if len(rows) == query_data.limit else None,
    )


class RowsFileQuery(BaseModel):
    """Which rows go into the file."""

    model_config = ConfigDict(extra="forbid")

    state: Outcome | None = None


@api.get("/imports/<import_id>/rows.csv")
@api.input(RowsFileQuery, location="query")
def import_rows_csv(import_id: str, query_data: RowsFileQuery) -> Response:
    """The same as a file: row number, outcome, field and reason, one line a row."""
    with runtime().db.reading() as session:
        found = intake_files.import_of(session, current_office(), import_id, by=current_actor())
        body = _rows_file(_all_rows(session, found, query_data.state))
    return _download(body, "text/csv", f"impor-{import_id}.csv")


@api.get("/reviews")
@api.input(ReviewQuery, location="query")
@api.output(ReviewsOut)
@reads
def list_reviews(session: Session, query_data: ReviewQuery) -> ReviewsOut:
    """Rows whose village a person must choose."""
    waiting = review.waiting_rows(
        session, runtime().keys, current_office(), after=query_data.after, limit=query_data.limit
    )
    return ReviewsOut(
        waiting=review.count_waiting(session, current_office()),
        items=[_review(one) for one in waiting],
        next=waiting[-1].row.id if len(waiting) == query_data.limit else None,
    )


@api.post("/reviews/<row_id>")
@api.input(Decision)
@api.output(DecidedOut)
@changes
def decide_review(session: Session, row_id: str, json_data: Decision) -> DecidedOut:
    """Choose the village, and the row becomes a document; or refuse the row with a reason."""
    office, by = current_office(), current_actor()
    if json_data.village_code is not None:
        row = review.choose_village(session, runtime().keys, office, row_id, json_data.village_code, by=by)
    else:
        row = review.refuse(session, office, row_id, json_data.refuse or "", by=by)
    return DecidedOut.model_validate(row)


def _review(one: review.Waiting) -> ReviewOut:
    finished = one.finished
    return ReviewOut(
        id=one.row.id,
        import_id=one.row.import_id,
        row=one.row.row_no,
        reason=one.row.reason,
        request_number=finished.request_number,
        kind_name=BY_CODE[finished.kind].name,
        name=finished.name,
        nik=one.nik_shown,
        address=finished.address,
        village=finished.village,
        district=finished.district,
        regency=finished.regency,
        candidates=[CandidateOut.model_validate(candidate) for candidate in one.row.candidates or []],
    )


def _all_rows(session: Session, found: Import, state: Outcome | None) -> Iterator[ImportRow]:
    after = 0
    while rows := intake_files.rows_of(session, found, outcome=state, after=after, limit=_PAGE):
        yield from rows
        after = rows[-1].row_no


def _rows_file(rows: Iterator[ImportRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(("baris", "hasil", "kolom", "alasan"))
    words = {"accepted": "masuk", "known": "sudah ada", "review": "diperiksa", "refused": "ditolak"}
    for row in rows:
        writer.writerow((row.row_no, words[row.outcome], *map(_not_a_formula, (row.field, row.reason))))
    return text.getvalue().encode("utf-8-sig")


def _not_a_formula(text: str) -> str:
    """Text that a spreadsheet shows and never calculates."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _download(body: bytes, media_type: str, filename: str) -> Response:
    return Response(
        body,
        mimetype=media_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
