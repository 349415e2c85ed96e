"""Signing in and out. A wrong name and a wrong password sound and cost the same; guessing is slowed down."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, TooMany
from dispatch.said import say
from dispatch.store.db import insert_if_absent, now
from dispatch.store.models import Login, ThrottleCount, User
from dispatch.store.privacy import token_hash

WINDOW = timedelta(minutes=15)
TRIES = 5
TRIES_PER_PLACE = 50  # an office's nine clerks come from one address
MIN_PASSWORD = 10

_hasher = PasswordHasher()
# verified when the name is unknown, so that the answer takes as long
_DECOY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new login: the user and the cookie's token, which exists only here and in the browser."""

    user: User
    token: str


def log_in(session: Session, *, username: str, password: str, place: str) -> SignedIn | None:
    """Sign in, or None for a wrong name or password (the try is counted). TooMany when there were too many tries."""
    user = vouched(session, username=username, password=password, place=place)
    return open_session(session, user) if user else None


def vouched(session: Session, *, username: str, password: str, place: str) -> User | None:
    """Who shows that they are this user, without signing in; None for a wrong name or password, as in `log_in`."""
    throttle(session, f"login:{username.lower()}", TRIES)
    throttle(session, f"login-place:{place}", TRIES_PER_PLACE)
    user = session.scalar(select(User).where(User.username == username, User.is_active))
    if not _is_right(user.password_hash if user else _DECOY, password) or user is None:
        return None
    session.execute(update(ThrottleCount).where(ThrottleCount.bucket == f"login:{username.lower()}").values(tries=0))
    return user


def open_session(session: Session, user: User) -> SignedIn:
    """A new login of a user who has shown who they are."""
    token = secrets.token_urlsafe(32)
    at = now(session)
    session.add(Login(office=user.office, user_id=user.id, token_hash=token_hash(token), created_at=at, seen_at=at))
    session.flush()
    return SignedIn(user, token)


def log_out(session: Session, login_hash: str) -> None:
    """End a login on the server; its cookie opens nothing any more."""
    session.execute(update(Login).where(Login.token_hash == login_hash).values(ended_at=now(session)))


def change_password(session: Session, user_id: str, *, old: str, new: str) -> None:
    """Replace the password; every other login of the user ends."""
    user = session.scalars(select(User).where(User.id == user_id)).one()
    if not _is_right(user.password_hash, old):
        raise Invalid(fields=[FieldError("old", "kata sandi lama tidak cocok")])
    if len(new) < MIN_PASSWORD:
        raise Invalid(
            fields=[
                FieldError(
                    "new", say("kata sandi baru paling sedikit %(password)s huruf atau angka", password=MIN_PASSWORD)
                )
            ]
        )
    if new == old:
        raise Invalid(fields=[FieldError("new", "kata sandi baru harus berbeda dari yang lama")])
    user.password_hash = _hasher.hash(new)
    user.must_change_password = False
    session.execute(
        update(Login).where(Login.user_id == user_id, Login.ended_at.is_(None)).values(ended_at=now(session))
    )


def throttle(session: Session, bucket: str, limit: int, *, window: timedelta = WINDOW) -> None:
    """Count one try in the bucket's window; TooMany beyond the limit. The count lives in the database."""
    at = now(session)
    insert_if_absent(session, ThrottleCount, {"bucket": bucket, "window_start": at, "tries": 0}, unique=["bucket"])
    count = session.scalars(
        select(ThrottleCount).where(ThrottleCount.bucket == bucket).execution_options(populate_existing=True)
    ).one()
    if at - count.window_start >= window:
        count.window_start, count.tries = at, 0
    if count.tries >= limit:
        raise TooMany(retry_after_s=_wait(count.window_start + window, at))
    count.tries += 1
    session.flush()


def _wait(end: datetime, at: datetime) -> int:
    return max(1, int((end - at).total_seconds()))


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except Argon2Error:
        return False
