"""Where documents can go: a village office, a kecamatan office or somebody's home, and who decides which.

A desk is an office that takes documents in for their citizens. A kecamatan's desk is a row of `Village` under the
kecamatan's own code, so that batches, stops, links and counts know one kind of place. What a document's own row says
counts first; then the office's default for its village and kind, its village, its kind, any; then the village office.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.kinds import BY_CODE
from dispatch.store.models import DeliveryDefault, Village

VILLAGE_OFFICE, DISTRICT_OFFICE, HOME = "village_office", "district_office", "home"
DESTINATIONS: Mapping[str, str] = {VILLAGE_OFFICE: say("desa"), DISTRICT_OFFICE: say("kecamatan"), HOME: say("rumah")}
"""What people call each destination."""

OUTREACH = "outreach"
"""Where a batch goes that rides to a mobile service; the destination of its documents stays what it was."""

KECAMATAN = "kecamatan"


def desk_name(village: Village) -> str:
    """ "Desa Jatilengger", "Kelurahan Satreyan", "Kecamatan Ponggok"."""
    return f"{title_of(village.kind)} {village.name}"


def title_of(kind: str) -> str:
    """What stands before the name of a place of this kind."""
    return {"kelurahan": "Kelurahan", KECAMATAN: "Kecamatan"}.get(kind, "Desa")


@dataclass(frozen=True, slots=True)
class Defaults:
    """The office's defaults by village and kind, and the kecamatan that have a desk. A value: it asks no database."""

    rows: Mapping[tuple[str, str], str]
    districts: frozenset[str]

    def of(self, village_code: str, kind: str) -> str:
        """Where a document goes that does not say it itself."""
        keys = ((village_code, kind), (village_code, ""), ("", kind), ("", ""))
        found = next((self.rows[key] for key in keys if key in self.rows), VILLAGE_OFFICE)
        # a default for all kecamatan counts only where there is a desk to go to
        return found if self.can_be(found, village_code) else VILLAGE_OFFICE

    def can_be(self, destination: str, village_code: str) -> bool:
        """Whether documents of this village can go there: a kecamatan office has to be one that receives."""
        return destination != DISTRICT_OFFICE or district_of(village_code) in self.districts


def district_of(village_code: str) -> str:
    """The kecamatan's code: "35.05.10" of "35.05.10.1008"."""
    return village_code[:8]


def defaults_of(session: Session, office: str) -> Defaults:
    """Read once per delivery of rows."""
    rows = session.scalars(select(DeliveryDefault).where(DeliveryDefault.office == office))
    districts = session.scalars(select(Village.code).where(Village.office == office, Village.kind == KECAMATAN))
    return Defaults({(row.village_code, row.kind): row.destination for row in rows}, frozenset(districts))


def set_default(session: Session, office: str, destination: str, *, village_code: str = "", kind: str = "") -> None:
    """From now on documents of this village and kind (empty: any) go there; earlier ones keep their destination."""
    if destination not in DESTINATIONS:
        raise Invalid(
            fields=[FieldError("destination", say("pilih salah satu: %(these)s", these=", ".join(DESTINATIONS)))]
        )
    if kind and kind not in BY_CODE:
        raise Invalid(fields=[FieldError("kind", "jenis dokumen tidak dikenal")])
    if village_code:
        place = session.get(Village, (office, village_code))
        if place is None or place.kind == KECAMATAN:
            raise Invalid(fields=[FieldError("village_code", "desa ini tidak ada di kantor ini")])
    known = defaults_of(session, office)
    if destination == DISTRICT_OFFICE and not known.districts:
        raise Invalid(fields=[FieldError("destination", "belum ada kantor kecamatan yang menerima")])
    if destination == DISTRICT_OFFICE and village_code and district_of(village_code) not in known.districts:
        raise Invalid(fields=[FieldError("destination", "kantor kecamatan desa ini belum didaftarkan")])
    row = session.scalar(
        select(DeliveryDefault).where(
            DeliveryDefault.office == office, DeliveryDefault.village_code == village_code, DeliveryDefault.kind == kind
        )
    )
    if row is None:
        row = DeliveryDefault(office=office, village_code=village_code, kind=kind)
        session.add(row)
    row.destination = destination
    session.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDesk:
    """A kecamatan office that will receive. Without a position it stands amid its villages, marked as an estimate."""

    district_code: str
    contact_name: str = ""
    contact_phone: str = ""
    lat: float | None = None
    lon: float | None = None


def add_district_desk(session: Session, office: str, new: NewDesk) -> Village:
    """Let a kecamatan office receive documents for its villages."""
    if session.get(Village, (office, new.district_code)) is not None:
        raise Conflict(f"the kecamatan {new.district_code} receives already")
    within = (Village.office == office) & (Village.district_code == new.district_code)
    name, lat, lon, villages = session.execute(
        select(func.min(Village.district), func.avg(Village.lat), func.avg(Village.lon), func.count()).where(within)
    ).one()
    if not villages:
        raise NotFound(f"there is no kecamatan {new.district_code}")
    if (new.lat is None) != (new.lon is None):
        raise Invalid(fields=[FieldError("lat", "posisi terdiri dari lat dan lon")])
    desk = Village(
        office=office,
        code=new.district_code,
        name=name,
        kind=KECAMATAN,
        district_code=new.district_code,
        district=name,
        lat=float(lat) if new.lat is None else new.lat,
        lon=float(lon) if new.lon is None else new.lon,
        has_own_point=new.lat is not None,
        contact_name=new.contact_name,
        contact_phone=new.contact_phone,
    )
    session.add(desk)
    session.flush()
    return desk


def set_contact(session: Session, office: str, code: str, *, name: str, phone: str) -> Village:
    """Whom couriers and the office call at a desk."""
    desk = session.get(Village, (office, code))
    if desk is None:
        raise NotFound(f"there is no desk {code}")
    desk.contact_name, desk.contact_phone = name, phone
    session.flush()
    return desk


def desk_code(destination: str, village_code: str) -> str:
    """The place of a document's destination: the kecamatan's code, or the village itself (also for a home in it)."""
    return district_of(village_code) if destination == DISTRICT_OFFICE else village_code


def desks_by_code(session: Session, office: str, codes: Iterable[str]) -> Mapping[str, Village]:
    """These places of the office, by code."""
    found: Sequence[Village] = session.scalars(
        select(Village).where(Village.office == office, Village.code.in_(list(codes)))
    ).all()
    return {place.code: place for place in found}
