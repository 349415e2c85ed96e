"""What waits in each village: people not recorded, cards not printed, documents not delivered, and how far it is.

The office tells the first two (it counts them elsewhere); the third is counted here. How far is said by travel, never
by hand: a kecamatan is far when the way to its villages takes much longer than the way to most.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services.desks import KECAMATAN
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Document, Village, VillageWork
from routing.model import UNREACHABLE, Matrix

FAR = 1.25
"""A kecamatan is far from so many times the middle village's travel time on."""

MOST_PEOPLE = 100_000
UNDELIVERED = ("ready", "batched", "held")
_HEADINGS = re.compile(r"(?i)\s*(kode|desa|village)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A village's people and documents that wait. `oldest`: the print day of the oldest document."""

    village: Village
    unrecorded: int
    unprinted: int
    undelivered: int
    vulnerable: int
    oldest: date | None

    @property
    def people(self) -> int:
        """Whom a printer has to serve."""
        return self.unrecorded + self.unprinted

    @property
    def total(self) -> int:
        """By this villages are ranked where nobody looks at the way."""
        return self.unrecorded + self.unprinted + self.undelivered


def waiting_work(session: Session, office: str) -> Sequence[Work]:
    """Every village of the office with what waits there, most first. What rides along already is not counted again."""
    told = {row.village_code: row for row in session.scalars(select(VillageWork).where(VillageWork.office == office))}
    waiting = {
        code: (count, oldest)
        for code, count, oldest in session.execute(
            select(Document.village_code, func.count(), func.min(Document.printed_on))
            .where(Document.office == office, Document.state == "ready", Document.circumstance == "")
            .group_by(Document.village_code)
        )
    }
    villages = session.scalars(select(Village).where(Village.office == office, Village.kind != KECAMATAN)).all()
    found = []
    for village in villages:
        row = told.get(village.code)
        undelivered, oldest = waiting.get(village.code, (0, None))
        found.append(
            Work(
                village=village,
                unrecorded=row.unrecorded if row else 0,
                unprinted=row.unprinted if row else 0,
                vulnerable=row.vulnerable if row else 0,
                undelivered=undelivered,
                oldest=oldest,
            )
        )
    return sorted(found, key=lambda work: (-work.total, work.village.code))


def set_work(session: Session, office: str, text: str, *, by: Actor) -> int:
    """Take in counts as lines of "code, not recorded, not printed, vulnerable"; all of them or none. How many villages.

    Separated by comma, semicolon or tab, as a sheet is copied; a heading is passed over, later numbers may be missing.
    """
    known = set(session.scalars(select(Village.code).where(Village.office == office, Village.kind != KECAMATAN)))
    wrong: list[FieldError] = []
    counts: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in re.split(r"[,;\t]", line)]
        if not any(cells) or (number == 1 and _HEADINGS.match(line)):
            continue
        figures = [cell or "0" for cell in cells[1:4]]
        if cells[0] not in known:
            wrong.append(
                FieldError("work", say("baris %(n)s: desa %(code)s tidak dikenal", n=number, code=cells[0][:13]))
            )
        elif not all(f.isascii() and f.isdigit() and int(f) <= MOST_PEOPLE for f in figures):
            wrong.append(FieldError("work", say("baris %(n)s: isi jumlah orang dengan angka", n=number)))
        else:
            counts[cells[0]] = [int(f) for f in figures] + [0] * (3 - len(figures))
    if wrong:
        raise Invalid(fields=wrong[:10])
    rows = {
        row.village_code: row
        for row in session.scalars(
            select(VillageWork).where(VillageWork.office == office, VillageWork.village_code.in_(counts))
        )
    }
    for code, (unrecorded, unprinted, vulnerable) in counts.items():
        row = rows.get(code)
        if row is None:
            row = VillageWork(office=office, village_code=code, counted_by=str(by), counted_at=now(session))
            session.add(row)
        row.unrecorded, row.unprinted, row.vulnerable = unrecorded, unprinted, vulnerable
        row.counted_by, row.counted_at = str(by), now(session)
    session.flush()
    return len(counts)


def far_districts(villages: Sequence[Village], ways: Matrix) -> Mapping[str, float]:
    """The far kecamatan by name and how many times as long as to the middle village the way takes.

    `ways`: from the office (the first place) to the villages, in their order. Nothing is far where all is near."""
    seconds = ways.seconds[0][1:]
    known = [int(s) for s in seconds if s != UNREACHABLE]
    if not known:
        return {}
    middle = median(known)
    by_district: dict[str, list[int]] = {}
    for village, s in zip(villages, seconds, strict=True):
        if s != UNREACHABLE:
            by_district.setdefault(village.district, []).append(int(s))
    shares = {district: fmean(times) / middle for district, times in by_district.items()}
    return {district: share for district, share in sorted(shares.items(), key=lambda one: -one[1]) if share >= FAR}
