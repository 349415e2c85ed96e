"""A service car, and a mobile service with finished documents that ride along."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Invalid
from dispatch.services import outreach, outreach_custody
from dispatch.services.outreach import NewOutreach
from dispatch.services.outreach_custody import CarLoad, TakenThere
from dispatch.store.db import new_id
from dispatch.store.models import Attempt, Document, Outreach, Proof, ServiceVehicle, Village
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages

WEDNESDAY = date(2026, 11, 25)


def a_car(session: Session, name: str = "Mobil 1", printers: int = 1) -> ServiceVehicle:
    known = session.scalar(select(ServiceVehicle).where(ServiceVehicle.name == name))
    return known or outreach.add_vehicle(
        session, OFFICE, name=name, crew_lead=f"Pak Joko {name}", printers=printers, crew="Bu Rini"
    )


def to(village: Village, car: ServiceVehicle, **more: object) -> NewOutreach:
    return NewOutreach(
        **{
            "service_date": WEDNESDAY, "village_code": village.code, "place": f"Balai Desa {village.name}",
            "place_kind": "balai_desa", "vehicle_id": car.id, "starts_s": 8 * 3600, "ends_s": 12 * 3600, **more,
        }
    )  # fmt: skip


def planned(session: Session, documents: int = 3, village: int = 0, **more: object) -> Outreach:
    """A mobile service tomorrow with so many documents reserved for it."""
    place = villages(session)[village]
    finished(session, place, documents)
    made = outreach.plan_outreach(session, OFFICE, to(place, a_car(session), **more), by=SARI)
    outreach.reserve(session, OFFICE, made.id, by=SARI)
    return made


def left(session: Session, documents: int = 3, missing: int = 0, **more: object) -> Outreach:
    """The car is there, with everything but so many documents that were not found."""
    made = planned(session, documents, **more)
    codes = [line.document.code for line in outreach_custody.carried(session, made)]
    load = CarLoad(event_id=new_id(), missing=frozenset(codes[:missing]))
    return outreach_custody.depart(session, OFFICE, made.id, load, by=SARI)


def take(session: Session, made: Outreach, *documents: Document, **more: object) -> Proof:
    said = {"event_id": new_id(), "received_by": "Siti", "relation": "Orangnya sendiri", **more}
    taken = TakenThere(documents=tuple(document.id for document in documents), **said)
    return outreach_custody.hand_over(session, OFFICE, made.id, taken, by=SARI)


def riding(session: Session, made: Outreach) -> list[Document]:
    """What rides along and was not handed over yet."""
    return [one.document for one in outreach_custody.carried(session, made) if one.document.state == "out"]


@contextmanager
def refuses(field: str) -> Iterator[None]:
    """What happens inside is refused because of this field."""
    with pytest.raises(Invalid) as refused:
        yield
    assert field in [error.field for error in refused.value.fields]


def attempts(session: Session, made: Outreach) -> list[str]:
    return sorted(session.scalars(select(Attempt.state).where(Attempt.outreach_id == made.id)))
