"""The list of documents as a file: for supervisors, with a reason, and above five hundred names by two people."""

from datetime import date

from flask import Response, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid, TooMany
from dispatch.runtime import runtime
from dispatch.services import accounts, links, looks
from dispatch.services.kinds import BY_CODE
from dispatch.services.reports.files import MEDIA, Format, Sheet, written
from dispatch.services.reports.tables import Value
from dispatch.store.db import now
from dispatch.store.models import Document, Village
from dispatch.web.blueprint import web
from dispatch.web.documents import asked_documents
from dispatch.web.format import STATES
from dispatch.web.page import refusal, sentence_given, with_word
from dispatch.words import _

ALONE, MOST, LEAST_REASON = 500, 20_000, 10
_HEADINGS = ("Kode", "Nama", "Dokumen", "Desa", "Kecamatan", "Dicetak", "Dijanjikan", "Keadaan", "Dipegang")


@web.post("/documents/export")
def export_documents() -> BaseResponse:
    """The documents the list shows, without NIK, telephone and address; who took them and why is kept."""
    try:
        second = _second()
        form: Format = "xlsx" if request.form.get("format") == "xlsx" else "csv"
        body = runtime().db.transact(lambda session: _file(session, form, second))
    except (Invalid, TooMany) as error:
        return with_word(redirect(url_for("web.documents"), 303), refusal(error), is_problem=True)
    name = f'attachment; filename="dokumen.{form}"'
    return Response(body, mimetype=MEDIA[form], headers={"Content-Disposition": name})


def _second() -> str:
    """The supervisor who vouches for a large list at the same desk, as "user:…"; empty when nobody was named."""
    username = request.form.get("second_username", "").strip()[:60]
    if not username:
        return ""
    # committed whether or not the password is right: the try counts
    with runtime().db.transaction() as session:
        user = accounts.vouched(
            session, username=username, password=request.form.get("second_password", ""),
            place=links.address_block(request.remote_addr),
        )  # fmt: skip
    if user is None or user.office != current_office() or user.role != "supervisor" or user.id == visitor().actor.id:
        raise Invalid(
            fields=[FieldError("second_username", _("penyelia kedua tidak dikenal atau kata sandinya salah"))]
        )
    return f"user:{user.id}"


def _file(session: Session, form: Format, second: str) -> bytes:
    reason = sentence_given("reason", _("alasan"), 200)
    if len(reason) < LEAST_REASON:
        raise Invalid(fields=[FieldError("reason", _("tulis alasan paling sedikit %(n)s huruf", n=LEAST_REASON))])
    _wanted, meant, query = asked_documents(session)
    number = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if meant.is_nik or not number:
        raise Invalid(fields=[FieldError("q", _("tidak ada dokumen dalam daftar ini"))])
    if number > MOST:
        raise Invalid(fields=[FieldError("q", _("paling banyak %(n)s baris; saring daftarnya dulu", n=MOST))])
    if number > ALONE and not second:
        raise Invalid(fields=[FieldError("second_username", _("lebih dari %(n)s baris perlu penyelia kedua", n=ALONE))])
    looks.record(
        session, current_office(), looks.EXPORT, subject="documents", found=number, by=current_actor(), reason=reason,
        second=second,
    )  # fmt: skip
    at = f"{now(session):%Y-%m-%d %H:%M} UTC"
    rows = session.execute(
        query.join(Village, (Village.office == Document.office) & (Village.code == Document.village_code))
        .add_columns(Village)
        .options(joinedload(Document.recipient))
        .order_by(Document.code)
    )
    sheet = Sheet(
        title="Dokumen",
        headings=_HEADINGS,
        forms=["text"] * len(_HEADINGS),
        rows=[_row(document, village) for document, village in rows],
        note=f"{number} baris, diunduh {at} oleh {visitor().name} ({visitor().actor}). Alasan: {reason}",
    )
    return written(sheet, form)


def _row(document: Document, village: Village) -> tuple[Value | date, ...]:
    kind = BY_CODE[document.kind].name if document.kind in BY_CODE else document.kind
    state = STATES["document"].get(document.state, (document.state, ""))[0]
    return (
        document.code, document.recipient.name, kind, village.name, village.district, document.printed_on.isoformat(),
        document.promised_on.isoformat(), state, document.holder_kind,
    )  # fmt: skip
