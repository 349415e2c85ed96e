"""Bringing a file in, watching it being read, and what became of its rows."""

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import intake_files, review
from dispatch.services.cells import MAX_FILE_BYTES, MAX_ROWS
from dispatch.services.intake_files import StoredUpload
from dispatch.store.models import Import
from dispatch.web.blueprint import web
from dispatch.web.page import PER_PAGE, Done, acts, number_asked, page, part, shows
from dispatch.words import _, say

WORDS = {
    "waiting": (say("menunggu giliran"), "is-waiting"),
    "reading": (say("sedang dibaca"), "is-moving"),
    "done": (say("selesai"), "is-done"),
    "unreadable": (say("tidak terbaca"), "is-problem"),
}
OUTCOMES = {
    "refused": (say("ditolak"), "is-problem"),
    "review": (say("perlu diperiksa"), "is-held"),
    "known": (say("sudah ada"), "is-plain"),
    "accepted": (say("masuk"), "is-done"),
}


@web.get("/imports")
@shows
def imports(session: Session) -> Response:
    """The form for a file, and the latest files."""
    return page(
        session,
        "imports.html",
        place="imports",
        words=WORDS,
        imports=intake_files.latest_files(session, current_office(), by=current_actor()),
        reviews=review.count_waiting(session, current_office()),
        most_rows=MAX_ROWS,
        most_bytes=MAX_FILE_BYTES,
    )


def _stored() -> StoredUpload:
    """The uploaded file, durable before any row names it."""
    file = request.files.get("file")
    body = file.stream.read(MAX_FILE_BYTES + 1) if file else b""
    if not file or not body:
        raise Invalid(fields=[FieldError("file", _("pilih berkas yang berisi"))])
    if len(body) > MAX_FILE_BYTES:
        raise Invalid(fields=[FieldError("file", _("berkas lebih dari %(x)s MB", x=MAX_FILE_BYTES // 1000000))])
    return StoredUpload(
        sha256=runtime().files.put(current_office(), body),
        size=len(body),
        filename=intake_files.plain_filename(file.filename or ""),
        media_type="application/octet-stream",
    )


@web.post("/imports")
@acts(back="web.imports", before=_stored)
def start_import(session: Session, upload: StoredUpload) -> Done:
    """Take the file; a worker reads it. The same bytes again lead to their first report."""
    is_dry_run = request.form.get("dry_run") == "1"
    found, is_new = intake_files.register_file(
        session, current_office(), upload, dry_run=is_dry_run, by=current_actor()
    )
    said = "" if is_new else "Berkas ini sudah pernah dikirim; inilah laporannya."
    return Done(url_for("web.import_report", import_id=found.id), said)


@web.get("/imports/<import_id>")
@shows
def import_report(session: Session, import_id: str) -> Response:
    """What became of a file, row by row; refused rows first."""
    found = intake_files.import_of(session, current_office(), import_id, by=current_actor())
    asked = request.args.get("outcome", "")
    outcome = asked if asked in OUTCOMES else "refused"
    after = number_asked("after")
    rows = intake_files.rows_of(session, found, outcome=outcome, after=after, limit=PER_PAGE)
    return page(
        session,
        "import.html",
        place="imports",
        found=found,
        words=WORDS,
        outcomes=OUTCOMES,
        outcome=outcome,
        rows=rows,
        next_after=rows[-1].row_no if len(rows) == PER_PAGE else None,
        is_reading=_is_reading(found),
    )


@web.get("/imports/<import_id>/live")
@shows
def import_live(session: Session, import_id: str) -> Response:
    """The part of the report that moves while the file is read."""
    found = intake_files.import_of(session, current_office(), import_id, by=current_actor())
    answer = Response(part("import_live.html", found=found, words=WORDS))
    if not _is_reading(found):
        answer.headers["X-Finished"] = "1"
    return answer


def _is_reading(found: Import) -> bool:
    return found.status in ("waiting", "reading")
