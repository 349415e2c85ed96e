"""A plan, the batches it reserves, and the routes and stops that answer it."""

from datetime import date, datetime

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.store.db import Base
from dispatch.store.models.common import Json, JsonColumn, OfficeRow, Stated, in_village, own, points_at


class Plan(OfficeRow, Stated, Base):
    """One request to route one office's batches for one service date, and its answer."""

    __tablename__ = "plan"
    __table_args__ = (own("plan"),)

    service_date: Mapped[date]
    requested_by: Mapped[str] = mapped_column(String(40))
    requested_at: Mapped[datetime]
    seconds_allowed: Mapped[int]
    seed: Mapped[int] = mapped_column(default=1)
    depot_ids: Mapped[list[str]] = mapped_column(JsonColumn)
    courier_ids: Mapped[list[str]] = mapped_column(JsonColumn)
    with_post: Mapped[bool] = mapped_column(default=True)
    look_ahead: Mapped[int] = mapped_column(default=0)  # working days beyond its own that the plan looks at
    problem: Mapped[Json | None] = mapped_column(JsonColumn)  # routing's Problem as JSON, without its matrices
    solution: Mapped[Json | None] = mapped_column(JsonColumn)  # routing's Solution as JSON
    # what the problem's stops stand for: [{stop_id, batches: [{id, documents, post, waiting, all_post}]}]
    places: Mapped[list[Json] | None] = mapped_column(JsonColumn)
    matrix_sha: Mapped[str] = mapped_column(String(64), default="")  # the stored file of the problem's matrices
    draft: Mapped[Json | None] = mapped_column(JsonColumn)  # the routes as people made them, services/plan_draft.py
    violations: Mapped[list[Json] | None] = mapped_column(JsonColumn)  # [{code, vehicle_id, stop_id, expected, found}]
    progress: Mapped[list[Json] | None] = mapped_column(JsonColumn)  # [{seconds, cost, stops}], newest last
    stop_early: Mapped[bool] = mapped_column(default=False)
    travel_source: Mapped[str] = mapped_column(String(40), default="")
    cost: Mapped[int | None]
    ojek_rupiah: Mapped[int | None]
    post_rupiah: Mapped[int | None]
    waiting_rupiah: Mapped[int | None]
    all_post_rupiah: Mapped[int | None]  # what the post would take for every batch of the plan, to compare with
    failure: Mapped[str] = mapped_column(String(400), default="")
    replaces_id: Mapped[str | None] = mapped_column(String(16))


class PlanEdit(OfficeRow, Base):
    """One change that a person made to a solved plan, and the plan before and after. Taken back: `undone_at`."""

    __tablename__ = "plan_edit"
    __table_args__ = (own("plan_edit"), UniqueConstraint("plan_id", "number"), points_at("plan_id", "plan"))

    plan_id: Mapped[str] = mapped_column(String(16), index=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    said: Mapped[str] = mapped_column(String(300))  # in a dispatcher's words
    version: Mapped[int]  # the plan's, once the change was made
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(40))
    before: Mapped[Json] = mapped_column(JsonColumn)  # drafts
    after: Mapped[Json] = mapped_column(JsonColumn)
    cost_before: Mapped[int]
    cost_after: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(40), default="")
    undone_version: Mapped[int | None]


class PlanBatch(OfficeRow, Base):
    """One batch in one plan: what the plan decided for it. A live row reserves the batch."""

    __tablename__ = "plan_batch"
    __table_args__ = (
        UniqueConstraint("plan_id", "batch_id"),
        points_at("plan_id", "plan"),
        points_at("batch_id", "batch"),
        Index(
            "ux_plan_batch_live",
            "batch_id",
            unique=True,
            sqlite_where=text("is_live"),
            postgresql_where=text("is_live"),
        ),
    )

    plan_id: Mapped[str] = mapped_column(String(16), index=True)
    batch_id: Mapped[str] = mapped_column(String(16))
    is_live: Mapped[bool] = mapped_column(default=True)
    outcome: Mapped[str] = mapped_column(String(10), default="")  # route, post, wait, unassigned
    rupiah: Mapped[int | None]  # of leaving it out: the post's price or that of waiting
    reason: Mapped[Json | None] = mapped_column(JsonColumn)


class Route(OfficeRow, Stated, Base):
    """The ordered stops of one vehicle in one shift. Seconds after local midnight, metres, rupiah."""

    __tablename__ = "route"
    __table_args__ = (
        own("route"),
        UniqueConstraint("plan_id", "number"),
        points_at("plan_id", "plan"),
        points_at("courier_id", "courier"),
        points_at("depot_id", "depot"),
    )

    plan_id: Mapped[str] = mapped_column(String(16), index=True)
    number: Mapped[int]
    courier_id: Mapped[str] = mapped_column(String(16))
    depot_id: Mapped[str] = mapped_column(String(16))
    leaves_s: Mapped[int]
    returns_s: Mapped[int]
    metres: Mapped[int]
    documents: Mapped[int]
    fare: Mapped[int]
    # the way on real roads, depot to depot, as a polyline of six decimals; empty where travel was estimated
    line: Mapped[str] = mapped_column(Text, default="")


class Stop(OfficeRow, Stated, Base):
    """One visit to one place."""

    __tablename__ = "stop"
    __table_args__ = (
        own("stop"),
        UniqueConstraint("route_id", "position"),
        points_at("route_id", "route"),
        in_village(),
    )

    route_id: Mapped[str] = mapped_column(String(16), index=True)
    position: Mapped[int]
    village_code: Mapped[str] = mapped_column(String(13))
    lat: Mapped[float]
    lon: Mapped[float]
    arrival_s: Mapped[int]
    departure_s: Mapped[int]
    metres: Mapped[int]
    adds: Mapped[int | None]  # rupiah that this visit adds to its route's fare; None where no way leads without it
    arrived_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class StopBatch(OfficeRow, Base):
    """A batch to hand over at a stop."""

    __tablename__ = "stop_batch"
    __table_args__ = (
        UniqueConstraint("stop_id", "batch_id"),
        points_at("stop_id", "stop"),
        points_at("batch_id", "batch"),
    )

    stop_id: Mapped[str] = mapped_column(String(16), index=True)
    batch_id: Mapped[str] = mapped_column(String(16), index=True)
