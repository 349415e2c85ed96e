"""Who is asking. Every request passes `admit()`: the endpoint's row in `access.TABLE` decides, and no row means no."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import g, request
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.access import TABLE, Access
from dispatch.errors import Gone, NotAllowed, NotAuthenticated, NotFound
from dispatch.runtime import Runtime, runtime
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import ApiClient, Link, Login, User
from dispatch.store.privacy import token_hash

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_SEEN_STEP = timedelta(minutes=1)  # `seen_at` is written at most this often
# what a user whose password must be changed can still reach
WITH_A_ONE_TIME_PASSWORD = frozenset({"web.password", "web.change_password", "web.log_out"})
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever is asking, with the office they belong to."""

    office: str
    actor: Actor
    role: str = ""
    name: str = ""
    login_hash: str = ""
    link_id: str = ""
    village_code: str = ""
    """The desk a village officer or a village's link belongs to."""
    must_change_password: bool = False


def visitor() -> Visitor:
    """The visitor of this request; NotAuthenticated on a public endpoint that nobody signed in to."""
    found: Visitor | None = g.get("visitor")
    if found is None:
        raise NotAuthenticated()
    return found


def current_actor() -> Actor:
    return visitor().actor


def current_office() -> str:
    return visitor().office


def cookie_name(rt: Runtime, name: str) -> str:
    """`__Host-` binds a cookie to this host and to TLS; browsers refuse it on plain http, so only there it is bare."""
    return f"__Host-{name}" if rt.settings.https else name


def admit() -> None:
    """Let the request in or raise. Runs before every view."""
    if request.endpoint is None:
        return
    access = TABLE.get(request.endpoint)
    if access is None:
        raise NotAllowed(f"{request.endpoint} has no row in the access table")
    rt = runtime()
    if request.method in _UNSAFE:
        _refuse_foreign_origin(rt)
    if access.public:
        g.visitor = None
        return
    if access.link:
        if _is_signed_in_for(rt, access):
            g.visitor = _by_login(rt, access)
        else:
            g.visitor = _by_link(rt, access.link, late=access.late)
        return
    g.visitor = _by_key(rt, access) if "Authorization" in request.headers else _by_login(rt, access)


def csrf_token() -> str:
    """The token a signed-in page sends back with every change."""
    return runtime().keys.match(visitor().login_hash, "csrf")


def _by_key(rt: Runtime, access: Access) -> Visitor:
    scheme, _, key = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotAuthenticated("the Authorization header must be: Bearer <key>")
    with rt.db.reading() as session:
        client = session.scalar(select(ApiClient).where(ApiClient.key_hash == token_hash(key), ApiClient.is_active))
    if client is None:
        raise NotAuthenticated("this key is not known")
    if not access.scopes & set(client.scopes):
        raise NotAllowed("the key lacks the scope " + " or ".join(sorted(access.scopes)) if access.scopes else "")
    return Visitor(office=client.office, actor=Actor(kind="client", id=client.id), name=client.name)


def _by_login(rt: Runtime, access: Access) -> Visitor:
    token = request.cookies.get(cookie_name(rt, "antar"))
    if not token:
        raise NotAuthenticated()
    with rt.db.reading() as session:
        found = signed_in(session, token)
        at = now(session)
    if found is None:
        raise NotAuthenticated("the session has ended")
    user, login = found
    if at - login.seen_at > _SEEN_STEP:
        with rt.db.transaction() as session:
            session.execute(update(Login).where(Login.id == login.id).values(seen_at=at))
    seen = Visitor(
        office=user.office,
        actor=Actor(kind="user", id=user.id),
        role=user.role,
        name=user.name,
        login_hash=login.token_hash,
        village_code=user.village_code or "",
        must_change_password=user.must_change_password,
    )
    g.visitor = seen
    if user.role not in access.roles:
        raise NotAllowed(f"the role {user.role} may not do this")
    if user.must_change_password and request.endpoint not in WITH_A_ONE_TIME_PASSWORD:
        raise NotAllowed("change the one-time password first")
    if request.method in _UNSAFE:
        sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
        if not hmac.compare_digest(sent, csrf_token()):
            raise NotAllowed("the page's token is missing or old; load the page again")
    return seen


def signed_in(session: Session, token: str) -> tuple[User, Login] | None:
    """The user and the login a session cookie stands for, while it is alive."""
    at = now(session)
    row = session.execute(
        select(User, Login)
        .join(Login, Login.user_id == User.id)
        .where(Login.token_hash == token_hash(token), Login.ended_at.is_(None), User.is_active)
        .where(Login.seen_at > at - IDLE, Login.created_at > at - ABSOLUTE)
    ).first()
    return (row[0], row[1]) if row else None


def _is_signed_in_for(rt: Runtime, access: Access) -> bool:
    """Whether the browser belongs to somebody who reaches a link's pages by a login of their own."""
    token = request.cookies.get(cookie_name(rt, "antar")) if access.roles else None
    if not token:
        return False
    with rt.db.reading() as session:
        found = signed_in(session, token)
    return found is not None and found[0].role in access.roles


def _by_link(rt: Runtime, purpose: str, *, late: bool) -> Visitor:
    token = request.cookies.get(cookie_name(rt, f"antar_{purpose}"))
    if not token:
        raise NotFound()
    with rt.db.reading() as session:
        link = session.scalar(select(Link).where(Link.device_hash == token_hash(token), Link.purpose == purpose))
        at = now(session)
    if link is None:
        raise NotFound()
    if (link.revoked_at is not None and not late) or link_ended(link, at):
        raise Gone()
    actor = Actor(kind=purpose, id=link.id)
    return Visitor(office=link.office, actor=actor, link_id=link.id, village_code=link.village_code or "")


def link_ended(link: Link, at: datetime) -> bool:
    """Whether even late confirmations are no longer taken."""
    return at > link.sync_until


_ORIGIN = re.compile(r"^https?://[^/]+$")


def _refuse_foreign_origin(rt: Runtime) -> None:
    """A browser says where a change comes from; programs without cookies say nothing and need none."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise NotAllowed("the request comes from another site")
        return
    if not _ORIGIN.match(origin) or urlsplit(origin).netloc not in (
        request.host,
        urlsplit(rt.settings.public_url).netloc,
    ):
        raise NotAllowed("the request comes from another site")
