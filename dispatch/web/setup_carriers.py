"""Set-up pages for those who carry and the print points they start from."""

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import current_actor, current_office
from dispatch.services import set_up
from dispatch.services import set_up_carriers as services
from dispatch.services.offices import rules_on
from dispatch.store.models import Courier, Depot, Office
from dispatch.web.blueprint import web
from dispatch.web.page import Done, local_day, page, shows
from dispatch.web.setup_forms import Wrong, degrees, filled, submit, text, ticked, whole
from dispatch.words import _


@web.get("/setup/couriers")
@shows
def couriers(session: Session) -> Response:
    """Everybody who carries for the office, those who ride first."""
    office = current_office()
    rows = session.execute(
        select(Courier, Depot)
        .join(Depot, Depot.id == Courier.depot_id)
        .where(Courier.office == office)
        .order_by(Courier.is_active.desc(), Courier.name, Courier.id)
    ).all()
    return page(
        session, "setup/couriers.html", place="couriers", rows=rows, kinds=services.COURIER_KINDS, bag=_bag(session)
    )


@web.get("/setup/couriers/new")
@shows
def new_courier(session: Session) -> Response:
    """The form for a new courier."""
    return _courier_form(session, "", {})


@web.post("/setup/couriers")
def add_courier() -> BaseResponse:
    """Take on a courier."""
    return _save_courier("")


@web.get("/setup/couriers/<courier_id>")
@shows
def courier(session: Session, courier_id: str) -> Response:
    """A courier's form and what was changed about them."""
    return _courier_form(session, courier_id, {})


@web.post("/setup/couriers/<courier_id>")
def change_courier(courier_id: str) -> BaseResponse:
    """Change a courier."""
    return _save_courier(courier_id)


def _save_courier(courier_id: str) -> BaseResponse:
    def act(session: Session) -> Done:
        terms = services.CourierTerms(
            name=text("name", _("nama"), most=80),
            phone=text("phone", _("nomor HP"), most=20, needed=False),
            kind=text("kind", _("kendaraan"), most=10),
            depot_id=text("depot_id", _("titik cetak"), most=16),
            bag_documents=whole("bag_documents", _("isi tas"), needed=False),
            is_active=ticked("is_active"),
        )
        services.save_courier(session, current_office(), courier_id, terms, by=current_actor())
        return Done(url_for("web.couriers"), _("%(name)s disimpan.", name=terms.name))

    return submit(act, lambda session, wrong: _courier_form(session, courier_id, wrong))


def _courier_form(session: Session, courier_id: str, wrong: Wrong) -> Response:
    office = current_office()
    depots = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).all()
    row = services.courier_of(session, office, courier_id) if courier_id else None
    values = {
        "name": row.name if row else "",
        "phone": row.phone if row else "",
        "kind": row.kind if row else "ojek",
        "depot_id": row.depot_id if row else (depots[0].id if depots else ""),
        "bag_documents": "" if row is None or row.bag_documents is None else row.bag_documents,
        "is_active": row.is_active if row else True,
    }
    return page(
        session,
        "setup/courier.html",
        place="couriers",
        courier=row,
        values=filled(values),
        wrong=wrong,
        depots=depots,
        kinds=services.COURIER_KINDS,
        bag=_bag(session),
        past=set_up.history(session, office, subject_id=courier_id) if courier_id else [],
    )


def _bag(session: Session) -> int:
    office = session.scalars(select(Office).where(Office.code == current_office())).one()
    return rules_on(session, office.code, local_day(session, office)).bag_documents


@web.get("/setup/depots")
@shows
def depots(session: Session) -> Response:
    """The print points of the office."""
    rows = session.scalars(
        select(Depot).where(Depot.office == current_office()).order_by(Depot.is_active.desc(), Depot.name)
    ).all()
    return page(session, "setup/depots.html", place="depots", rows=rows)


@web.get("/setup/depots/new")
@shows
def new_depot(session: Session) -> Response:
    """The form for a new print point."""
    return _depot_form(session, "", {})


@web.post("/setup/depots")
def add_depot() -> BaseResponse:
    """Open a print point."""
    return _save_depot("")


@web.get("/setup/depots/<depot_id>")
@shows
def depot(session: Session, depot_id: str) -> Response:
    """A print point's form and what was changed about it."""
    return _depot_form(session, depot_id, {})


@web.post("/setup/depots/<depot_id>")
def change_depot(depot_id: str) -> BaseResponse:
    """Change a print point."""
    return _save_depot(depot_id)


def _save_depot(depot_id: str) -> BaseResponse:
    def act(session: Session) -> Done:
        terms = services.DepotTerms(
            name=text("name", _("nama"), most=120),
            address=text("address", _("alamat"), most=200, needed=False),
            lat=degrees("lat", _("lintang")),
            lon=degrees("lon", _("bujur")),
            is_active=ticked("is_active"),
        )
        services.save_depot(session, current_office(), depot_id, terms, by=current_actor())
        return Done(url_for("web.depots"), _("%(name)s disimpan.", name=terms.name))

    return submit(act, lambda session, wrong: _depot_form(session, depot_id, wrong))


def _depot_form(session: Session, depot_id: str, wrong: Wrong) -> Response:
    office = current_office()
    row = services.depot_of(session, office, depot_id) if depot_id else None
    values = {
        "name": row.name if row else "",
        "address": row.address if row else "",
        "lat": f"{row.lat:.6f}" if row else "",
        "lon": f"{row.lon:.6f}" if row else "",
        "is_active": row.is_active if row else True,
    }
    return page(
        session,
        "setup/depot.html",
        place="depots",
        depot=row,
        values=filled(values),
        wrong=wrong,
        past=set_up.history(session, office, subject_id=depot_id) if depot_id else [],
    )
