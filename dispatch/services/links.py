"""Links that open one route for one phone, or one village's batches for one desk.

A token has 128 random bits and is shown once; only its SHA-256 is kept. Opening the address changes nothing. The first
phone that presses "Mulai" is bound by a random cookie of its own; any other gets the answer of a link that does not
exist, and the dispatcher sees it. Unknown, ended, revoked and foreign links all sound the same.

Two ends: until `act_until` (the end of the service day) everything works; until `sync_until` only what the phone did
before that end, and signed with its own key, is still taken in, and nothing can be read any more. After a revocation
what was signed before it is kept for a person to decide: the phone may have been in the wrong hands by then.
"""

import ipaddress
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, Select, select, update
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, Gone, NotFound
from dispatch.services.accounts import throttle
from dispatch.services.cases import open_case
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Assignment, Courier, Link, Office, Plan, Route, Village
from dispatch.store.privacy import token_hash

log = logging.getLogger("antar.links")

COURIER, VILLAGE = "courier", "village"
TOKEN_BYTES = 16  # 22 characters of base64url
SYNC_DAYS = 7
VILLAGE_DAYS = 14
REVOKED = "Dikirim dari HP yang tautannya sudah dicabut; ditekan sebelum dicabut. Periksa ke kurirnya."
ORDERED = ("intent", "sending", "unknown", "accepted")
"""An order in one of these may be carried by the company it was placed with."""

TRIES = 30  # of one address block in a quarter of an hour; riders of one mobile carrier share addresses


@dataclass(frozen=True, slots=True)
class Tapped:
    """When a confirmation was made, as far as anybody can tell, and whether the bound phone's key signed it.

    `by_phone`: what the phone's clock said. `by_gap`: the server's time less what passed on the phone since the tap,
    which a wrong clock does not change.
    """

    by_phone: datetime | None
    by_gap: datetime | None
    is_signed: bool

    @property
    def earliest(self) -> datetime | None:
        """A clock that was set right between tap and sending makes one of the two wrong, and nothing may be lost."""
        return min((at for at in (self.by_phone, self.by_gap) if at is not None), default=None)


def issue_courier_link(session: Session, route: Route, *, by: Actor) -> str:
    """The token of a new link to the route, shown this once; the old link is dead from now on."""
    if route.state not in ("planned", "under_way"):
        raise Conflict(f"route {route.id} is {route.state}: there is nothing to open")
    if ordered_from(session, route):
        raise Conflict(f"route {route.id} is carried by a partner: its courier has nothing to open")
    revoke_courier_link(session, route, by=by)
    day = session.scalars(select(Plan.service_date).where(Plan.office == route.office, Plan.id == route.plan_id)).one()
    # a link renewed after its day (a late return) still works until the end of the day it is renewed on
    last_day = max(day, local_day(session, route.office))
    act_until = end_of_day(session, route.office, last_day)
    link = Link(
        office=route.office,
        purpose=COURIER,
        route_id=route.id,
        act_until=act_until,
        sync_until=act_until + timedelta(days=SYNC_DAYS),
    )
    return _issued(session, link, by=by)


def ordered_from(session: Session, route: Route) -> str:
    """The courier company that has, or may have, the order for this route; empty: its own courier rides it."""
    return (
        session.scalar(
            select(Assignment.partner)
            .where(Assignment.office == route.office, Assignment.route_id == route.id)
            .where(Assignment.courier_id.is_(None), Assignment.state.in_(ORDERED))
        )
        or ""
    )


def ordered_routes(office: str) -> Select[str | None]:
    """The routes a courier company has, or may have, an order for: no courier opens them."""
    return select(Assignment.route_id).where(
        Assignment.office == office,
        Assignment.route_id.is_not(None),
        Assignment.courier_id.is_(None),
        Assignment.state.in_(ORDERED),
    )


def issue_village_link(session: Session, office: str, village_code: str, *, by: Actor) -> str:
    """The token of a new link to the village's batches, shown this once; the old link is dead from now on."""
    village = session.scalar(select(Village).where(Village.office == office, Village.code == village_code))
    if village is None:
        raise NotFound(f"there is no village {village_code}")
    live = (Link.office == office) & (Link.purpose == VILLAGE) & (Link.village_code == village_code)
    _revoke(session, live, by=by)
    until = now(session) + timedelta(days=VILLAGE_DAYS)
    # a desk sends at once, so its link has one end
    link = Link(office=office, purpose=VILLAGE, village_code=village_code, act_until=until, sync_until=until)
    return _issued(session, link, by=by)


def revoke_courier_link(session: Session, route: Route, *, by: Actor) -> bool:
    """End the route's link at once, for instance when the phone is lost. False when there was none."""
    live = (Link.office == route.office) & (Link.purpose == COURIER) & (Link.route_id == route.id)
    return _revoke(session, live, by=by)


def bind(
    session: Session, purpose: str, token: str, *, place: str, device: str | None, public_key: str = ""
) -> str | None:
    """Bind the first phone to a link: its new secret, for a cookie. None is the one answer to everybody else.

    The caller commits either way, so that guesses are counted. TooMany for an address block that guesses too often.
    A phone that is bound already (`device` is its cookie) gets its secret back. `public_key` (device_keys.py) is kept
    at the first start and never replaced.
    """
    throttle(session, f"link-place:{place}", TRIES)
    link = session.scalar(select(Link).where(Link.token_hash == token_hash(token), Link.purpose == purpose))
    if link is None or link.revoked_at is not None or now(session) > link.act_until:
        return None
    if device is not None and link.device_hash == token_hash(device):
        link.public_key = link.public_key or public_key
        return device
    secret = secrets.token_urlsafe(32)
    first = session.execute(
        update(Link)
        .where(Link.id == link.id, Link.device_hash.is_(None))
        .values(device_hash=token_hash(secret), bound_at=now(session), public_key=public_key)
    )
    assert isinstance(first, CursorResult)
    if first.rowcount == 1:
        return secret
    session.execute(update(Link).where(Link.id == link.id).values(refused_devices=Link.refused_devices + 1))
    _tell_of_second_phone(session, link)
    return None


def opened(session: Session, office: str, link_id: str) -> Link:
    """The link of the phone that is asking, while it may act. Gone once its day is over or it was revoked."""
    link = syncing(session, office, link_id)
    if not still_open(session, link):
        raise Gone()
    return link


def syncing(session: Session, office: str, link_id: str) -> Link:
    """The link of the phone that is asking, also when only late confirmations are taken. Gone after that."""
    link = session.scalar(select(Link).where(Link.office == office, Link.id == link_id))
    if link is None:
        raise NotFound()
    if now(session) > link.sync_until:
        raise Gone()
    return link


def still_open(session: Session, link: Link) -> bool:
    """Whether the link's phone may act: its day is not over and it was not revoked."""
    return link.revoked_at is None and now(session) <= link.act_until


def refuse_late(session: Session, link: Link, tapped: Tapped) -> str:
    """Gone for what the link's phone may not confirm any more. The answer is why a person must decide, mostly empty.

    After the link's end only what its phone signed and tapped before that end is taken.
    """
    if still_open(session, link):
        return ""
    ends = [end for end in (link.act_until, link.revoked_at) if end is not None]
    at = tapped.earliest
    if not tapped.is_signed or at is None or at > min(ends):
        raise Gone()
    return REVOKED if link.revoked_at is not None else ""


def address_block(address: str | None) -> str:
    """Whom guesses are counted for: one IPv4 address, or the /64 that one household holds."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(known) if known.version == 4 else str(ipaddress.ip_network((known, 64), strict=False))


def zone_of(session: Session, office: str) -> ZoneInfo:
    """The office's time zone."""
    return ZoneInfo(session.scalars(select(Office.timezone).where(Office.code == office)).one())


def local_day(session: Session, office: str) -> date:
    """Today, where the office is."""
    return now(session).astimezone(zone_of(session, office)).date()


def end_of_day(session: Session, office: str, day: date) -> datetime:
    """The midnight that ends a local day, as an instant."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone_of(session, office))
    return midnight.astimezone(UTC)


def _issued(session: Session, link: Link, *, by: Actor) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link.token_hash, link.created_at = token_hash(token), now(session)
    session.add(link)
    session.flush()
    log.info("link issued", extra={"office": link.office, "link": link.id, "by": str(by)})
    return token


def _revoke(session: Session, which: ColumnElement[bool], *, by: Actor) -> bool:
    ended = session.execute(
        update(Link).where(which, Link.revoked_at.is_(None)).values(revoked_at=now(session)).returning(Link.id)
    ).all()
    for (link_id,) in ended:
        log.info("link revoked", extra={"link": link_id, "by": str(by)})
    return bool(ended)


def _tell_of_second_phone(session: Session, link: Link) -> None:
    if link.route_id is not None:
        who = session.execute(
            select(Route.number, Courier.name)
            .join(Courier, Courier.id == Route.courier_id)
            .where(Route.office == link.office, Route.id == link.route_id)
        ).one()
        detail = f"HP lain mencoba membuka tautan rute {who[0]} ({who[1]}). HP itu ditolak."
    else:
        name = session.scalar(
            select(Village.name).where(Village.office == link.office, Village.code == link.village_code)
        )
        detail = f"HP lain mencoba membuka tautan kantor desa {name}. HP itu ditolak."
    open_case(session, link.office, "second_phone", subject_kind="link", subject_id=link.id, detail=detail)
