"""Who may come in: users and their roles, programs and their keys."""

import re

from argon2 import PasswordHasher
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, ROLES, SCOPES, VILLAGE_OFFICER
from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.offices import NewUser, client_key, one_time_password
from dispatch.services.set_up import put
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import ApiClient, Login, User, Village
from dispatch.store.privacy import token_hash

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_hasher = PasswordHasher()


def user_of(session: Session, office: str, user_id: str) -> User:
    """One user of the office."""
    found = session.scalar(select(User).where(User.office == office, User.id == user_id))
    if found is None:
        raise NotFound(f"there is no user {user_id}")
    return found


def take_in(
    session: Session, office: str, *, username: str, name: str, role: str, village_code: str, by: Actor
) -> NewUser:
    """A new user with a one-time password, shown once."""
    wrong = _wrong_role(session, office, role, village_code)
    if not _USERNAME.fullmatch(username):
        wrong.append(FieldError("username", say("3 sampai 40 huruf kecil, angka, titik, - atau _")))
    elif session.scalar(select(User.id).where(User.username == username)) is not None:
        wrong.append(FieldError("username", say("nama pengguna ini sudah dipakai")))
    if wrong:
        raise Invalid(fields=wrong)
    password = one_time_password()
    user = User(office=office, username=username, password_hash=_hasher.hash(password), must_change_password=True)
    put(session, user, _terms(name, role, village_code, is_active=True), name=username, by=by)
    return NewUser(user, password)


def change_user(
    session: Session, user: User, *, name: str, role: str, village_code: str, is_active: bool, by: Actor
) -> None:
    """Give a user another name, role or desk, or close the door to them; a closed door ends every login."""
    wrong = _wrong_role(session, user.office, role, village_code)
    if (role != ADMIN or not is_active) and user.role == ADMIN and not _other_admins(session, user):
        wrong.append(FieldError("role", say("kantor harus punya satu admin yang aktif")))
    if wrong:
        raise Invalid(fields=wrong)
    put(session, user, _terms(name, role, village_code, is_active=is_active), name=user.username, by=by)
    if not is_active:
        _end_logins(session, user)


def reset_password(session: Session, user: User, *, by: Actor) -> str:
    """A new one-time password, shown once; every login of the user ends."""
    password = one_time_password()
    put(
        session,
        user,
        {"password_hash": _hasher.hash(password), "must_change_password": True},
        name=user.username,
        by=by,
    )
    _end_logins(session, user)
    return password


def client_of(session: Session, office: str, client_id: str) -> ApiClient:
    """One program of the office."""
    found = session.scalar(select(ApiClient).where(ApiClient.office == office, ApiClient.id == client_id))
    if found is None:
        raise NotFound(f"there is no client {client_id}")
    return found


def let_in(session: Session, office: str, *, name: str, scopes: list[str], by: Actor) -> tuple[ApiClient, str]:
    """A program with a key, which is shown once; only the hash is kept."""
    wrong = []
    if not scopes or set(scopes) - set(SCOPES):
        wrong.append(FieldError("scopes", say("pilih paling sedikit satu izin")))
    if session.scalar(select(ApiClient.id).where(ApiClient.office == office, ApiClient.name == name)) is not None:
        wrong.append(FieldError("name", say("sudah ada program dengan nama ini")))
    if wrong:
        raise Invalid(fields=wrong)
    key = client_key()
    client = ApiClient(office=office, key_hash=token_hash(key), created_at=now(session))
    put(session, client, {"name": name, "scopes": sorted(scopes), "is_active": True}, name=name, by=by)
    return client, key


def shut_out(session: Session, client: ApiClient, *, by: Actor) -> None:
    """The program's key opens nothing any more."""
    put(session, client, {"is_active": False}, name=client.name, by=by)


def _terms(name: str, role: str, village_code: str, *, is_active: bool) -> dict[str, object]:
    return {"name": name, "role": role, "village_code": village_code or None, "is_active": is_active}


def _wrong_role(session: Session, office: str, role: str, village_code: str) -> list[FieldError]:
    if role not in ROLES:
        return [FieldError("role", say("pilih peran"))]
    if role == VILLAGE_OFFICER and session.get(Village, (office, village_code)) is None:
        return [FieldError("village_code", say("pilih desa atau kecamatan tempat petugas ini bekerja"))]
    if role != VILLAGE_OFFICER and village_code:
        return [FieldError("village_code", say("hanya petugas desa yang bekerja di satu desa"))]
    return []


def _other_admins(session: Session, user: User) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                User.office == user.office, User.role == ADMIN, User.is_active, User.id != user.id
            )
        )
        or 0
    )


def _end_logins(session: Session, user: User) -> None:
    session.execute(
        update(Login).where(Login.user_id == user.id, Login.ended_at.is_(None)).values(ended_at=now(session))
    )
