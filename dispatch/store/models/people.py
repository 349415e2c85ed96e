"""Who may come in: users, their sessions, API clients, and the counters that slow down guessing."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import JsonColumn, OfficeRow, in_village, own, points_at


class User(OfficeRow, Base):
    """A person who signs in to the dispatcher's pages."""

    __tablename__ = "user_account"
    __table_args__ = (own("user_account"), UniqueConstraint("username"), in_village())

    username: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))
    village_code: Mapped[str | None] = mapped_column(String(13))  # of a village officer, the desk they work at
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class Login(OfficeRow, Base):
    """One signed-in browser; only the hash of its cookie is kept."""

    __tablename__ = "login"
    __table_args__ = (points_at("user_id", "user_account"),)

    user_id: Mapped[str] = mapped_column(String(16), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiClient(OfficeRow, Base):
    """A program of the office (E-Siap, a SIAK front end) with a hashed key and scopes."""

    __tablename__ = "api_client"
    __table_args__ = (own("api_client"), UniqueConstraint("office", "name"))

    name: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JsonColumn)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ThrottleCount(Base):
    """How often something was tried in a window of time; no office, since a stranger has none."""

    __tablename__ = "throttle_count"

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    window_start: Mapped[datetime]
    tries: Mapped[int]
