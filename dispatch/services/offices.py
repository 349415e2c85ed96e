"""Setting up an office: its villages, depot, default rules and tariff, and the first admin."""

import secrets
from dataclasses import dataclass
from datetime import date

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.access import ROLES, SCOPES, VILLAGE_OFFICER
from dispatch.errors import Conflict, Invalid, NotFound
from dispatch.services import bands, policy_changes
from dispatch.services.practices import default_for
from dispatch.store.audit import SYSTEM
from dispatch.store.db import now
from dispatch.store.models import ApiClient, ChainHead, Courier, Depot, Office, Rules, Tariff, User, Village
from dispatch.store.privacy import token_hash
from maps.gazetteer import Gazetteer

ORIGIN = date(2020, 1, 1)  # the shipped rules and prices are in force since before anything else

_WEEKDAY = [[8 * 3600, 14 * 3600]]
_FRIDAY = [[8 * 3600, 11 * 3600], [13 * 3600, 14 * 3600 + 1800]]
VILLAGE_HOURS = {"0": _WEEKDAY, "1": _WEEKDAY, "2": _WEEKDAY, "3": _WEEKDAY, "4": _FRIDAY, "5": [], "6": []}

_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user and the one-time password that is shown once and never kept."""

    user: User
    password: str


def set_up(session: Session, code: str, gazetteer: Gazetteer) -> Office:
    """Create an office with the villages of its regency, a depot, and the shipped rules, tariff and practice."""
    if session.get(Office, code) is not None:
        raise Conflict(f"the office {code} is set up already")
    regency = gazetteer.regency(code)
    villages = gazetteer.villages(code)
    office = Office(
        code=code,
        name=regency.name,
        province=regency.province,
        timezone=regency.time_zone,
        created_at=now(session),
    )
    session.add(office)
    session.flush()
    session.add(ChainHead(office=code))
    session.add_all(
        Village(
            office=code,
            code=v.code,
            name=v.name,
            kind=v.kind,
            district_code=v.district_code,
            district=v.district,
            lat=v.lat,
            lon=v.lon,
            has_own_point=v.own_point,
            postal_code=v.postal_code,
        )
        for v in villages
    )
    place = gazetteer.depot(code)
    session.add(Depot(office=code, name="Kantor Dukcapil", lat=place.lat, lon=place.lon))
    session.add(Rules(office=code, valid_from=ORIGIN, village_hours=VILLAGE_HOURS))
    session.add(_first_tariff(code))
    session.flush()
    policy_changes.begin_with(session, code, default_for(code), valid_from=ORIGIN, by=SYSTEM)
    return office


def _first_tariff(code: str) -> Tariff:
    """The shipped prices; where the band of the decree in force today does not hold them, its lower end."""
    band = bands.band_on(code, date.max)
    if band is None or not bands.outside(band, base_fare=10_000, base_metres=4_000, per_km=2_500):
        return Tariff(office=code, valid_from=ORIGIN)
    return Tariff(office=code, valid_from=ORIGIN, base_fare=band.first[0], per_km=band.per_km[0])


def add_user(session: Session, office: str, *, username: str, name: str, role: str, village_code: str = "") -> NewUser:
    """A user with a one-time password, to be changed at the first login; a village officer works at one desk."""
    if role not in ROLES:
        raise Invalid(f"the role must be one of {', '.join(ROLES)}")
    if (role == VILLAGE_OFFICER) != bool(village_code):
        raise Invalid("a village officer, and nobody else, belongs to a village or kecamatan office")
    if village_code and session.get(Village, (office, village_code)) is None:
        raise NotFound(f"there is no village or kecamatan office {village_code}")
    if session.scalar(select(User.id).where(User.username == username)) is not None:
        raise Conflict(f"the username {username} is taken")
    password = one_time_password()
    user = User(
        office=office,
        username=username,
        name=name,
        role=role,
        village_code=village_code or None,
        password_hash=_hasher.hash(password),
        must_change_password=True,
    )
    session.add(user)
    session.flush()
    return NewUser(user, password)


def one_time_password() -> str:
    """Shown once to whoever makes the user, and changed at the first login."""
    return secrets.token_urlsafe(12)


def client_key() -> str:
    """A program's key; only its hash is kept."""
    return f"antar_{secrets.token_urlsafe(32)}"


def add_client(session: Session, office: str, *, name: str, scopes: list[str]) -> tuple[ApiClient, str]:
    """An API client and its key, which is shown once; only the hash is kept."""
    unknown = set(scopes) - set(SCOPES)
    if unknown:
        raise Invalid(f"unknown scope {', '.join(sorted(unknown))}")
    key = client_key()
    client = ApiClient(office=office, name=name, key_hash=token_hash(key), scopes=scopes, created_at=now(session))
    session.add(client)
    session.flush()
    return client, key


def add_courier(session: Session, office: str, *, name: str, phone: str, kind: str = "ojek") -> Courier:
    """A courier who starts at the office's first depot."""
    depot = session.scalars(select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name)).first()
    if depot is None:
        raise NotFound(f"the office {office} has no depot")
    courier = Courier(office=office, name=name, phone=phone, kind=kind, depot_id=depot.id)
    session.add(courier)
    session.flush()
    return courier


def rules_on(session: Session, office: str, day: date) -> Rules:
    """The rules in force on a day."""
    found = session.scalars(
        select(Rules).where(Rules.office == office, Rules.valid_from <= day).order_by(Rules.valid_from.desc())
    ).first()
    if found is None:
        raise NotFound(f"the office {office} has no rules for {day}")
    return found


def tariff_on(session: Session, office: str, day: date) -> Tariff:
    """The tariff in force on a day."""
    found = session.scalars(
        select(Tariff)
        .where(Tariff.office == office, Tariff.valid_from <= day)
        .order_by(Tariff.valid_from.desc(), Tariff.revision.desc())
    ).first()
    if found is None:
        raise NotFound(f"the office {office} has no tariff for {day}")
    return found
