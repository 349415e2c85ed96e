"""What business rows share: a random id, the office they belong to, and (where they have one) a state."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import new_id

# JSON columns hold plain values made by our own code, never anything a stranger sent as it came.
Json = dict[str, Any]
JsonColumn = JSON


class OfficeRow:
    """A row of one office, the tenant. `UNIQUE(office, id)` lets others point at it without ever crossing offices."""

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    office: Mapped[str] = mapped_column(String(5), ForeignKey("office.code"), index=True)


class Stated:
    """A row with a life cycle (`store/states.py`). `version` counts its changes from 1; `move()` alone writes both."""

    state: Mapped[str] = mapped_column(String(20), index=True)
    version: Mapped[int] = mapped_column(default=0)


def own(table: str) -> UniqueConstraint:
    """Lets other rows of the same office point at this table."""
    return UniqueConstraint("office", "id", name=f"uq_{table}_office_id")


def points_at(column: str, table: str) -> ForeignKeyConstraint:
    """A reference that cannot leave the office: (office, column) → (office, id)."""
    return ForeignKeyConstraint(["office", column], [f"{table}.office", f"{table}.id"])


def in_village(column: str = "village_code") -> ForeignKeyConstraint:
    """A reference to one of the office's own villages."""
    return ForeignKeyConstraint(["office", column], ["village.office", "village.code"])
