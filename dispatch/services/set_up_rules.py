"""By which numbers the office works, from a day on. What has begun is never changed; the past stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services.calendar import calendar_of, short_date, today
from dispatch.services.offices import rules_on
from dispatch.services.set_up import put
from dispatch.store.audit import Actor
from dispatch.store.models import Rules

MINUTE, KM = 60, 1000
CLOCK = "jam"  # a time of day, kept in seconds after local midnight


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the rules as people set it: in `unit`s of `size`, between `least` and `most` of them."""

    words: str
    unit: str
    least: int
    most: int
    size: int = 1


NUMBERS: Mapping[str, Number] = {
    "release_documents": Number("Desa dilepas mulai", "dokumen", 1, 500),
    "release_working_days": Number("atau setelah menunggu", "hari kerja", 0, 30),
    "promise_working_days": Number("Dijanjikan sampai di desa dalam", "hari kerja", 1, 60),
    "bag_documents": Number("Isi tas kurir", "dokumen", 1, 2_000),
    "shift_start_s": Number("Kurir berangkat paling pagi", CLOCK, 0, 24 * 60, MINUTE),
    "shift_end_s": Number("Kurir kembali paling lambat", CLOCK, 0, 24 * 60, MINUTE),
    "max_stops": Number("Tujuan paling banyak", "tujuan tiap rute", 1, 200),
    "home_max_stops": Number("Rumah paling banyak", "rumah tiap rute", 1, 300),
    "max_metres": Number("Rute paling jauh", "km", 1, 500, KM),
    "stop_s": Number("Serah terima di kantor desa", "menit", 0, 120, MINUTE),
    "home_stop_s": Number("Serah terima di rumah", "menit", 0, 60, MINUTE),
    "per_document_s": Number("Tiap dokumen menambah", "detik", 0, 600),
    "speed_kmh": Number("Laju rata-rata", "km/jam", 5, 80),
    "area_factor_pct": Number("Jalan dibanding garis lurus", "persen", 100, 400),
}


def decide(session: Session, office: str, numbers: Mapping[str, int], *, valid_from: date, by: Actor) -> Rules:
    """These numbers (stored units) hold from a day on; everything else stays as it is in force that day.

    Deciding the same day once more replaces what was decided for it as long as it has not begun."""
    calendar = calendar_of(session, office)
    wrong = _wrong(numbers)
    if valid_from <= today(session, calendar):
        wrong.append(
            FieldError("valid_from", say("berlaku paling cepat mulai besok; yang sudah berjalan tidak diubah"))
        )
    if wrong:
        raise Invalid(fields=wrong)
    base = rules_on(session, office, valid_from)
    if base.valid_from == valid_from:
        row = base
    else:
        kept = {c.key: getattr(base, c.key) for c in inspect(Rules).column_attrs if c.key not in ("id", "valid_from")}
        row = Rules(**kept, valid_from=valid_from)
        session.add(row)
        session.flush()
    put(session, row, dict(numbers), name=f"mulai {short_date(valid_from)}", by=by)
    return row


def dated(session: Session, office: str) -> Sequence[Rules]:
    """All rules there were and those to come, the latest first."""
    return session.scalars(select(Rules).where(Rules.office == office).order_by(Rules.valid_from.desc())).all()


def _wrong(numbers: Mapping[str, int]) -> list[FieldError]:
    wrong = [
        FieldError(
            field,
            say("isi jam")
            if number.unit == CLOCK
            else say("isi %(least)s sampai %(most)s %(unit)s", least=number.least, most=number.most, unit=number.unit),
        )
        for field, number in NUMBERS.items()
        if not number.least * number.size <= numbers[field] <= number.most * number.size
    ]
    if not wrong and numbers["shift_end_s"] <= numbers["shift_start_s"]:
        wrong.append(FieldError("shift_end_s", say("harus sesudah kurir berangkat")))
    return wrong
