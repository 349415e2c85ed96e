"""Tours of the service cars: what waits in the villages, a question for some days, and its answers side by side."""

from datetime import date

from flask import Response, g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.services import calendar, outreach, trips, village_work
from dispatch.services import tours as services
from dispatch.services.desks import KECAMATAN
from dispatch.services.pasaran import market_days
from dispatch.services.tour_map import tour_map as content_of
from dispatch.services.tours import Terms
from dispatch.store.models import Office, OutreachPlace, TourPlan, Village
from dispatch.store.models.common import Json
from dispatch.web.blueprint import web
from dispatch.web.link_pages import given
from dispatch.web.page import Done, acts, page, part, sentence_given, shows
from dispatch.words import _, say
from maps import render
from routing.model import Point

SHOWN = 60
MOST_TEXT = 40_000


@web.get("/tours")
@shows
def tours(session: Session) -> Response:
    """Villages by what waits there and how far they are, and the questions asked before."""
    office = current_office()
    ranked = [one for one in village_work.waiting_work(session, office) if one.total]
    depot_ways = trips.ways_from_office(session, office)
    every_day = calendar.calendar_of(session, office)
    first = every_day.add_working_days(calendar.today(session, every_day), 1)
    return page(
        session,
        "tours.html",
        place="outreach",
        ranked=ranked[:SHOWN],
        people=sum(one.people for one in ranked),
        undelivered=sum(one.undelivered for one in ranked),
        villages_waiting=len(ranked),
        ways=depot_ways.by_village,
        far=depot_ways.far,
        plans=session.scalars(
            select(TourPlan).where(TourPlan.office == office).order_by(TourPlan.requested_at.desc()).limit(20)
        ).all(),
        vehicles=outreach.vehicles_of(session, office),
        villages=session.scalars(
            select(Village).where(Village.office == office, Village.kind != KECAMATAN).order_by(Village.name)
        ).all(),
        places_known=session.execute(
            select(OutreachPlace, Village.name)
            .join(Village, (Village.office == OutreachPlace.office) & (Village.code == OutreachPlace.village_code))
            .where(OutreachPlace.office == office, OutreachPlace.is_active)
            .order_by(Village.name, OutreachPlace.name)
        ).all(),
        kinds=outreach.PLACES,
        first=first,
        terms=Terms(),
    )


@web.post("/tours/work")
@acts(back="web.tours")
def count_work(session: Session) -> Done:
    """Counts of people not recorded and cards not printed, pasted from a sheet."""
    text = request.form.get("work", "")
    if len(text) > MOST_TEXT:
        raise Invalid(fields=[FieldError("work", _("isian terlalu panjang"))])
    number = village_work.set_work(session, current_office(), text, by=current_actor())
    return Done(url_for("web.tours"), _("Angka %(number)s desa disimpan.", number=number))


@web.post("/tours/places")
@acts(back="web.tours")
def add_outreach_place(session: Session) -> Done:
    """A place where a car can stand: a mosque's yard, a hall, a market with its days."""
    office = current_office()
    village = session.get(Village, (office, request.form.get("village", "")[:13]))
    kind, days = request.form.get("kind", ""), given("market_days", say("hari pasar"), 60).lower()
    if village is None or kind not in outreach.PLACES:
        raise Invalid(fields=[FieldError("village", _("pilih desa dan jenis tempat"))])
    try:
        market_days(days)
    except ValueError:
        reason = _("hari pasar: legi, pahing, pon, wage, kliwon, atau senin sampai minggu")
        raise Invalid(fields=[FieldError("market_days", reason)]) from None
    where = _position(village)
    row = OutreachPlace(
        office=office,
        village_code=village.code,
        name=sentence_given("name", say("nama tempat")),
        kind=kind,
        lat=where.lat,
        lon=where.lon,
        market_days=days,
    )
    known = session.scalar(
        select(OutreachPlace.id).where(
            OutreachPlace.office == office, OutreachPlace.village_code == village.code, OutreachPlace.name == row.name
        )
    )
    if known:
        raise Conflict(f"there is a place {row.name} already")
    session.add(row)
    session.flush()
    return Done(url_for("web.tours"), _("%(name)s disimpan.", name=row.name))


@web.post("/tours")
@acts(back="web.tours")
def request_tours(session: Session) -> Done:
    """Ask where the cars should go."""
    try:
        first = date.fromisoformat(request.form.get("first_day", ""))
    except ValueError:
        raise Invalid(fields=[FieldError("first_day", _("isi tanggal"))]) from None
    plan = services.request(
        session,
        current_office(),
        first_day=first,
        days=_number("days", 1),
        seconds=_number("seconds", 20),
        terms=Terms(least_people=_number("least_people", Terms().least_people)),
        by=current_actor(),
    )
    return Done(url_for("web.tour_plan", plan_id=plan.id))


@web.get("/tours/<plan_id>")
@shows
def tour_plan(session: Session, plan_id: str) -> Response:
    """A question and its answers side by side, with the map of the one that is looked at."""
    plan = services.tour_plan_of(session, current_office(), plan_id)
    answers = plan.answers or []
    chosen = _chosen(plan)
    days: dict[str, list[Json]] = {}
    for tour in chosen["tours"] if chosen else ():
        days.setdefault(tour["day"], []).append(tour)
    return page(
        session,
        "tour_plan.html",
        place="outreach",
        plan=plan,
        answers=answers,
        chosen=chosen,
        days=[(date.fromisoformat(day), found) for day, found in days.items()],
        can_drive=chosen is not None and all(tour["vehicle_id"] != "more" for tour in chosen["tours"]),
    )


@web.get("/tours/<plan_id>/live")
@shows
def tour_plan_live(session: Session, plan_id: str) -> Response:
    """How the search goes."""
    plan = services.tour_plan_of(session, current_office(), plan_id)
    answer = Response(part("tour_plan_live.html", plan=plan))
    if plan.state != "requested":
        answer.headers["X-Finished"] = "1"
    return answer


@web.get("/tours/<plan_id>/map")
@shows
def tour_map(session: Session, plan_id: str) -> Response:
    """The map of one answer, under a policy that lets nothing in from elsewhere."""
    plan = services.tour_plan_of(session, current_office(), plan_id)
    chosen = _chosen(plan)
    if chosen is None:
        raise Conflict(f"tour plan {plan.id} has no answer")
    question = services.question_of(session, plan)
    name = session.scalars(select(Office.name).where(Office.code == plan.office)).one()
    content = content_of(question, chosen, name, question.estimate)
    answer = Response(
        render.page(content, assets_url=url_for("web.map_library", file=""), nonce=g.nonce), mimetype="text/html"
    )
    answer.headers["Content-Security-Policy"] = render.page_policy(g.nonce)
    return answer


@web.post("/tours/<plan_id>/accept")
@acts(back="web.tour_plan")
def accept_tours(session: Session, plan_id: str) -> Done:
    """Make the mobile services of one answer."""
    plan = services.tour_plan_of(session, current_office(), plan_id)
    made = services.accept(session, plan, _number("vehicles", 0), by=current_actor())
    return Done(url_for("web.outreaches"), _("%(number)s layanan direncanakan.", number=len(made)))


@web.post("/tours/<plan_id>/discard")
@acts(back="web.tour_plan")
def discard_tours(session: Session, plan_id: str) -> Done:
    """Use none of the answers."""
    plan = services.tour_plan_of(session, current_office(), plan_id)
    services.discard(session, plan, by=current_actor())
    return Done(url_for("web.tours"), _("Rencana tur dibuang."))


def _chosen(plan: TourPlan) -> Json | None:
    """The answer for as many cars as the address says; else the first."""
    answers = plan.answers or []
    wanted = request.args.get("cars", "")
    return next((one for one in answers if str(one["vehicles"]) == wanted), answers[0] if answers else None)


def _position(village: Village) -> Point:
    lat, lon = (request.form.get(name, "").strip().replace(",", ".") for name in ("lat", "lon"))
    if not lat and not lon:
        return Point(lat=village.lat, lon=village.lon)
    try:
        return Point(lat=float(lat), lon=float(lon))
    except ValueError:
        raise Invalid(fields=[FieldError("lat", _("posisi ditulis seperti -8.1362 dan 112.2341"))]) from None


def _number(field: str, otherwise: int) -> int:
    text = request.form.get(field, "") or str(otherwise)
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid(fields=[FieldError(field, _("isi angka"))])
    return int(text)
