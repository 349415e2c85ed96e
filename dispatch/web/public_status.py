"""The page for everybody: where is my document, and what went wrong with it. And the supervisor's list of reports.

No sign-in, no script, nothing from elsewhere. The answer to everything that does not fit is one page.
"""

from flask import Response, request
from sqlalchemy.orm import Session

from dispatch.auth import current_office
from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.runtime import runtime
from dispatch.said import say
from dispatch.services import complaints, public_status
from dispatch.services.links import address_block
from dispatch.services.public_status import SENTENCES, Answer, Question
from dispatch.services.text import clean
from dispatch.web.blueprint import web
from dispatch.web.format import day
from dispatch.web.link_pages import unlisted
from dispatch.web.page import door, page, refusal, shows
from dispatch.words import _


@web.get("/status")
def public_status_page() -> Response:
    """The question."""
    return unlisted(door("status.html"))


@web.post("/status")
def ask_status() -> Response:
    """The answer, or the one page for whatever does not fit."""
    rt = runtime()
    question = Question(request_number=request.form.get("number", "")[:60], factor=request.form.get("factor", "")[:20])

    def asked(session: Session) -> list[tuple[Answer, str, str]]:
        found = public_status.ask(session, rt.keys, question, place=address_block(request.remote_addr))
        return [(one, _sentence(one), complaints.seal_for(session, rt.keys, one.document_id)) for one in found]

    # committed whatever comes of it: the try counts
    found = rt.db.transact(asked)
    if not found:
        return unlisted(door("status.html", status=404, is_unknown=True))
    with rt.db.reading() as session:
        reported = {one.document_id: complaints.of_document(session, one.document_id) for one, *_rest in found}
    return unlisted(
        door(
            "status_answer.html",
            number=question.request_number.strip(),
            found=found,
            reported=reported,
            kinds=complaints.KINDS,
            who=complaints.WHO,
            most=complaints.MOST_NOTE,
        )
    )


@web.post("/status/report")
def report_problem() -> Response:
    """A report about the document whose answer was just read."""
    rt = runtime()
    try:
        said = _report()
        due = rt.db.transact(
            lambda session: complaints.report(
                session, rt.keys, request.form.get("seal", "")[:80], said, place=address_block(request.remote_addr)
            )
        )
    except Invalid as error:
        return unlisted(door("status_reported.html", status=422, wrong=refusal(error)))
    except NotFound:
        return unlisted(door("status.html", status=404, is_unknown=True))
    return unlisted(door("status_reported.html", due=due))


@web.get("/complaints")
@shows
def complaints_page(session: Session) -> Response:
    """What citizens reported, with what they wrote, for supervisors alone."""
    reports = complaints.of_office(session, runtime().keys, current_office())
    return page(
        session, "complaints.html", place="complaints", reports=reports, kinds=complaints.KINDS, who=complaints.WHO
    )


def _sentence(answer: Answer) -> str:
    """In the reader's language, with days as that language writes them."""
    return _(
        SENTENCES[answer.state],
        place=_(answer.place),
        day=f"{day(answer.since)} {answer.since.year}",
        promised=f"{day(answer.promised_on)} {answer.promised_on.year}",
        office=answer.office,
    )


def _report() -> complaints.Report:
    rupiah = request.form.get("rupiah", "").replace(".", "").strip()
    if rupiah and not (rupiah.isascii() and rupiah.isdigit() and len(rupiah) < 10):
        raise Invalid(fields=[FieldError("rupiah", say("isi jumlah uang dengan angka"))])
    try:
        note = clean(request.form.get("note", ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError("note", f"keterangan {error}")]) from None
    return complaints.Report(
        kind=request.form.get("kind", ""), who=request.form.get("who", ""), rupiah=int(rupiah or 0), note=note
    )
