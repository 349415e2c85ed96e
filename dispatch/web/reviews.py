"""Rows whose village nobody could tell: a person reads the row as it came and chooses, or refuses it."""

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import review
from dispatch.store.models import Village
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, sentence_given, shows
from dispatch.words import _, say

_AT_ONCE = 20
REASONS = (say("alamat tidak lengkap"), say("bukan wilayah kantor ini"), say("data ganda"))


@web.get("/reviews")
@shows
def reviews(session: Session) -> Response:
    """The rows that wait, the oldest page first."""
    office = current_office()
    return page(
        session,
        "reviews.html",
        place="imports",
        waiting=review.waiting_rows(session, runtime().keys, office, limit=_AT_ONCE),
        number=review.count_waiting(session, office),
        villages=session.scalars(
            select(Village).where(Village.office == office).order_by(Village.district, Village.name)
        ).all(),
        reasons=REASONS,
    )


@web.post("/reviews/<row_id>/village")
@acts(back="web.reviews")
def choose_village(session: Session, row_id: str) -> Done:
    """The row means this village; it becomes a document."""
    code = request.form.get("village_code", "")
    row = review.choose_village(session, runtime().keys, current_office(), row_id, code, by=current_actor())
    name = session.scalars(select(Village.name).where(Village.office == current_office(), Village.code == code)).one()
    return Done(url_for("web.reviews"), _("Baris %(row_no)s masuk untuk desa %(name)s.", row_no=row.row_no, name=name))


@web.post("/reviews/<row_id>/refuse")
@acts(back="web.reviews")
def refuse_row(session: Session, row_id: str) -> Done:
    """The row goes back to where it came from, with a reason."""
    row = review.refuse(session, current_office(), row_id, sentence_given("reason", "alasan"), by=current_actor())
    return Done(url_for("web.reviews"), _("Baris %(row_no)s ditolak.", row_no=row.row_no))
