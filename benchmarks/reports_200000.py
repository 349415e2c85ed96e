"""How quick reports and searches are in an office that has 200,000 documents in its books, 400 a working day.

    .venv/bin/python -m benchmarks.reports_200000 [--documents 200000] [--keep FOLDER]

Makes the office straight in rows (a few minutes), then asks each question three times; prints the median in
milliseconds. `--keep` leaves the database in a folder and uses it again.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.clock import SetClock
from dispatch.services import find
from dispatch.services.calendar import calendar_of
from dispatch.services.reports.period import month_before, month_of
from dispatch.services.reports.tables import REPORTS, Figures
from dispatch.services.village_map import measured
from dispatch.services.village_measures import MEASURES
from dispatch.store.db import Database
from dispatch.store.models import Document
from dispatch.store.privacy import KeyRing
from tests.databases import OFFICE, TODAY, fill_template
from tests.dispatch.many import Many

PER_DAY = 400
SEARCHES = ("M0123456", "siti aminah", "kanigoro", "0042", "nobody has this name")


def office(folder: Path, documents: int) -> Database:
    """The office's database, made once."""
    path = folder / f"many-{documents}.db"
    is_new = not path.exists()
    if is_new:
        fill_template(f"sqlite:///{path}")
    db = Database(f"sqlite:///{path}", SetClock(TODAY))
    if is_new:
        with db.transaction() as session:
            days = max(60, documents // PER_DAY)
            Many(session, OFFICE, documents=documents, days=days, until=TODAY).write()
    return db


def questions(session: Session) -> list[tuple[str, Callable[[], object]]]:
    """What people ask, by name."""
    calendar, keys = calendar_of(session, OFFICE), KeyRing.new()
    month = month_of(month_before(TODAY.date()), calendar.zone)

    def sheet() -> object:
        figures = Figures(session, OFFICE, month, calendar)
        return [report.make(figures) for report in REPORTS]

    def found(text: str) -> Callable[[], object]:
        def ask() -> object:
            meant = find.meant(session, OFFICE, text, keys)
            query = find.among(OFFICE, meant.ids) if meant.ids is not None else select(Document)
            number = session.scalar(select(func.count()).select_from(query.subquery()))
            return number, session.scalars(query.order_by(Document.created_at.desc()).limit(100)).all()

        return ask

    asked: list[tuple[str, Callable[[], object]]] = [("all twelve reports of a month", sheet)]
    for measure in MEASURES:
        asked.append((f"map: {measure.key}", lambda m=measure: measured(session, OFFICE, m)))  # type: ignore[misc]
    return asked + [(f"search: {text}", found(text)) for text in SEARCHES]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--documents", type=int, default=200_000)
    asked.add_argument("--keep", type=Path)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        db = office(given.keep or Path(temporary), given.documents)
        with db.reading() as session:
            for name, ask in questions(session):
                times = []
                for _ in range(3):
                    begun = time.perf_counter()
                    ask()
                    times.append(time.perf_counter() - begun)
                sys.stdout.write(f"{name:<40}{median(times) * 1000:>9.0f} ms\n")
                sys.stdout.flush()
        db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
