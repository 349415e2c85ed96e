"""Printing from the dispatcher's pages, the register of numbered papers, their look, and the public check of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import paper_contents, paper_settings, papers, plan_papers, planning
from dispatch.services.accounts import throttle
from dispatch.services.links import address_block
from dispatch.services.paper_numbers import BAST, CARDS, SERVICE
from dispatch.services.service_bast import month_words
from dispatch.store.models import Batch, OldCardCount, Paper, PaperRevision, Village
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given, unlisted
from dispatch.web.page import PER_PAGE, Done, acts, door, number_asked, page, part, shows
from dispatch.words import _, say

KINDS = {BAST: say("Serah terima"), CARDS: say("KTP-el lama"), SERVICE: say("Jasa pengantaran")}
CHECKS = 60  # of one address block in a quarter of an hour
_NEWEST_COUNTS = 20


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One numbered paper, what it is about and where it is read."""

    paper: Paper
    revision: PaperRevision
    about: str
    file: str


@web.get("/papers")
@shows
def paper_register(session: Session) -> Response:
    """Every number that was given, the newest first, and the counts of old cards that have no record yet."""
    office, at = current_office(), max(1, number_asked("page"))
    rows = session.scalars(
        select(Paper)
        .where(Paper.office == office)
        .order_by(Paper.made_at.desc(), Paper.kind, Paper.number.desc())
        .offset((at - 1) * PER_PAGE)
        .limit(PER_PAGE + 1)
    ).all()
    return page(
        session,
        "papers.html",
        place="plans",
        lines=_lines(session, office, rows[:PER_PAGE]),
        kinds=KINDS,
        at=at,
        more=len(rows) > PER_PAGE,
        counts=_unrecorded(session, office),
    )


@web.get("/plans/<plan_id>/papers")
@shows
def plan_papers_page(session: Session, plan_id: str) -> Response:
    """The papers of a plan: the file of all of them, and each by itself."""
    plan = planning.plan_of(session, current_office(), plan_id)
    batches = paper_contents.plan_batches(session, plan) if plan.state in ("approved", "closed") else []
    return page(
        session,
        "plan_papers.html",
        place="plans",
        plan=plan,
        bundle=plan_papers.latest(session, plan),
        batches=batches,
        at_once=plan_papers.AT_ONCE,
        papers=papers.papers_about(session, plan.office, [batch.id for batch in batches]),
        villages=_villages(session, plan.office, batches),
    )


@web.get("/plans/<plan_id>/papers/live")
@shows
def plan_papers_live(session: Session, plan_id: str) -> Response:
    """How many papers are drawn."""
    bundle = plan_papers.latest(session, planning.plan_of(session, current_office(), plan_id))
    answer = Response(part("plan_papers_live.html", bundle=bundle, at_once=plan_papers.AT_ONCE))
    if bundle is None or bundle.done_at is not None:
        answer.headers["X-Finished"] = "1"
    return answer


@web.post("/plans/<plan_id>/print")
@acts(back="web.plan_papers_page")
def print_plan(session: Session, plan_id: str) -> Done:
    """Everything for the plan in one file: shown at once, or drawn by a worker when it is much."""
    plan = planning.plan_of(session, current_office(), plan_id)
    bundle = plan_papers.request(session, plan_papers.ground_of(runtime()), plan, by=current_actor())
    if bundle.sha256 or bundle.papers <= plan_papers.AT_ONCE:
        return Done(url_for("api.plan_papers_file", plan_id=plan.id))
    return Done(url_for("web.plan_papers_page", plan_id=plan.id))


@web.post("/batches/<batch_id>/bast")
@acts(back="web.batch")
def print_bast(session: Session, batch_id: str) -> Done:
    """Number the batch's BAST and show it."""
    papers.print_bast(session, plan_papers.ground_of(runtime()), current_office(), batch_id, by=current_actor())
    return Done(url_for("api.bast_file", batch_id=batch_id))


@web.post("/old-card-counts/<count_id>/record")
@acts(back="web.paper_register")
def print_card_record(session: Session, count_id: str) -> Done:
    """Number the record of a count of old cards and show it."""
    papers.print_card_record(session, plan_papers.ground_of(runtime()), current_office(), count_id, by=current_actor())
    return Done(url_for("api.card_record_file", count_id=count_id))


@web.get("/papers/settings")
@shows
def paper_settings_page(session: Session) -> Response:
    """Letterhead, who signs, how papers are numbered."""
    return page(
        session,
        "paper_settings.html",
        place="plans",
        settings=paper_settings.settings_of(session, current_office()),
    )


@web.post("/papers/settings")
@acts(back="web.paper_settings_page")
def change_paper_settings(session: Session) -> Done:
    """Keep what the form says; papers that have a number keep it."""
    texts = {field: given(field, name, most) for field, (name, most) in paper_settings.TEXTS.items()}
    patterns = [f"{kind}_template" for kind in (BAST, CARDS, SERVICE)]
    templates = {pattern: request.form.get(pattern, "").strip() for pattern in patterns}
    letterhead = given("letterhead", say("kop surat"), paper_settings.MOST_LINES * (paper_settings.MOST_LETTERS + 2))
    paper_settings.change(session, current_office(), texts | templates, letterhead, by=current_actor())
    return Done(url_for("web.paper_settings_page"), _("Tersimpan. Surat yang sudah bernomor tetap memakai nomornya."))


@web.get("/bast/<code>")
def check_paper(code: str) -> Response:
    """What anybody may know who holds a paper: whose it is, its number, day and count, and whether it is genuine."""
    rt = runtime()
    with rt.db.transaction() as session:
        throttle(session, f"paper-place:{address_block(request.remote_addr)}", CHECKS)
    with rt.db.reading() as session:
        checked = papers.check(
            session,
            rt.files,
            code,
            revision=number_asked("r") or None,
            seal=request.args.get("s", "")[: papers.SHOWN_SEAL + 1],
        )
    return unlisted(door("check_paper.html", paper=checked, kinds=KINDS, cards=CARDS, service=SERVICE))


def _lines(session: Session, office: str, rows: Sequence[Paper]) -> list[RegisterLine]:
    newest = papers.papers_about(session, office, [paper.subject_id for paper in rows])
    batches = {
        batch.id: (batch.code, village)
        for batch, village in session.execute(
            select(Batch, Village.name)
            .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
            .where(Batch.office == office, Batch.id.in_([paper.subject_id for paper in rows]))
        )
    }
    lines = []
    for paper in rows:
        code, village = batches.get(paper.subject_id, ("", ""))
        if paper.kind == BAST:
            file = url_for("web.batch", batch_id=paper.subject_id)
        elif paper.kind == SERVICE:
            file = url_for("web.services_page", month=f"{newest[paper.subject_id][1].day:%Y-%m}")
        else:
            file = url_for("api.card_record_file", count_id=paper.subject_id)
        about = _("batch %(code)s, %(village)s", code=code, village=village) if code else _("hitungan KTP-el lama")
        if paper.kind == SERVICE:
            about = _("jasa %(month)s", month=month_words(newest[paper.subject_id][1].day))
        lines.append(RegisterLine(paper, newest[paper.subject_id][1], about, file))
    return lines


def _unrecorded(session: Session, office: str) -> Sequence[OldCardCount]:
    """The newest counts of old cards whose record has no number yet."""
    numbered = select(Paper.subject_id).where(Paper.office == office, Paper.kind == CARDS)
    return session.scalars(
        select(OldCardCount)
        .where(OldCardCount.office == office, OldCardCount.id.not_in(numbered))
        .order_by(OldCardCount.counted_at.desc())
        .limit(_NEWEST_COUNTS)
    ).all()


def _villages(session: Session, office: str, batches: Sequence[Batch]) -> dict[str, Village]:
    codes = {batch.village_code for batch in batches}
    rows = session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    return {village.code: village for village in rows}
