"""What must happen by itself once a day in every office, in its own small hours.

`look` runs with the sweeper and only writes down the work that is due; a day is an office's once, however many sweepers
look. A sweeper that was away in the small hours makes up for it when it is back, for today alone.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.store import work
from dispatch.store.db import insert_if_absent, now
from dispatch.store.models import DailyRound, Office

HOUR = 2
"""After midnight, in the office's own time: the new day has begun and nobody is at work."""
KINDS = ("promises", "backlog_nightly")
"""Jobs that an office needs each day, with the office as what they are about."""


def look(session: Session) -> Sequence[str]:
    """Want the day's work of every office that has not had it yet; these offices."""
    at = now(session)
    begun: list[str] = []
    rows = session.execute(
        select(Office.code, Office.timezone, DailyRound.day).outerjoin(DailyRound, DailyRound.office == Office.code)
    ).all()
    for office, timezone, day in rows:
        local = at.astimezone(ZoneInfo(timezone))
        today = local.date()
        if local.hour < HOUR or (day is not None and day >= today):
            continue
        if insert_if_absent(session, DailyRound, {"office": office, "day": today}, unique=["office"]):
            begun.append(office)
            continue
        mine = update(DailyRound).where(DailyRound.office == office, DailyRound.day < today).values(day=today)
        if session.scalars(mine.returning(DailyRound.office)).all():  # else another sweeper was first
            begun.append(office)
    for office in begun:
        for kind in KINDS:
            work.want(session, kind, office, office=office)
    return begun
