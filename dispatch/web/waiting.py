"""The ready documents of each village, as the pages show them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.services import batching, calendar
from dispatch.services.offices import rules_on
from dispatch.store.models import Village
from dispatch.web.format import weekday
from dispatch.words import _, say

_WHY = {"urgent": say("ada yang mendesak"), "fill": say("sudah cukup"), "age": say("sudah lama menunggu")}


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageRow:
    """The ready documents of one village and why they go now, or what they wait for."""

    code: str
    name: str
    district: str
    documents: int
    urgent: int
    oldest_days: int
    is_due: bool
    why: str


def villages_waiting(session: Session, office: str, day: date) -> list[VillageRow]:
    """Ready documents by village: what goes now first, then what waited longest."""
    office_calendar = calendar.calendar_of(session, office)
    rules = rules_on(session, office, day)
    places = {v.code: v for v in session.scalars(select(Village).where(Village.office == office))}
    rows = []
    for group in batching.ready_by_village(session, office, office_calendar, rules, day):
        place = places[group.village_code]
        released_on = office_calendar.add_working_days(
            min(document.printed_on for document in group.documents), rules.release_working_days
        )
        missing = rules.release_documents - len(group.documents)
        rows.append(
            VillageRow(
                code=place.code,
                name=place.name,
                district=place.district,
                documents=len(group.documents),
                urgent=sum(document.is_urgent for document in group.documents),
                oldest_days=group.oldest_working_days,
                is_due=bool(group.due),
                why=_WHY[group.due]
                if group.due
                else _(
                    "kurang %(missing)s, atau %(weekday)s",
                    missing=missing,
                    weekday=weekday(released_on),
                ),
            )
        )
    return sorted(rows, key=lambda row: (not row.is_due, -row.oldest_days, -row.documents, row.name))
