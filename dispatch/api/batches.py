"""Batches: released for the whole office in one action, looked at, taken apart."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import changes, reads
from dispatch.api.schemas import Form, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import batching
from dispatch.store.models import Batch, BatchItem, Document

VillageCode = Annotated[str, Field(max_length=13)]


class ReleaseForm(Form):
    """`villages`: codes to release by hand, whatever they hold, besides those that are full, old or urgent."""

    villages: Annotated[list[VillageCode], Field(max_length=1_000)] = Field(default_factory=list)


class BatchOut(Shape):
    """A batch: documents that go to one place together. `destination`: village_office, district_office or home.

    `village_code` is the desk's code, of a kecamatan "35.05.10"; of a home the village it lies in."""

    id: str
    code: str
    state: str
    version: int
    destination: str
    village_code: str
    depot_id: str
    released_by: str
    documents: int
    created_at: datetime
    sealed_at: datetime | None


class WaitingOut(Shape):
    """A place that goes on waiting, and what it waits for."""

    village_code: str
    depot_id: str
    destination: str
    documents: int
    documents_missing: int
    oldest_printed_on: date
    oldest_working_days: int
    released_by_age_on: date


class ReleaseOut(Shape):
    """What one release did."""

    batches: list[BatchOut]
    documents: int
    waiting: list[WaitingOut]


class LineOut(Shape):
    """One line of a manifest: no name, no NIK."""

    line_no: int
    document_id: str
    code: str
    kind: str
    state: str
    is_urgent: bool


class BatchDetail(BatchOut):
    """A batch with the lines of its manifest."""

    lines: list[LineOut]


class BatchQuery(BaseModel):
    """Which batches."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field("", max_length=20)
    village_code: str = Field("", max_length=13)
    limit: int = Field(100, ge=1, le=500)
    offset: int = Field(0, ge=0, le=1_000_000)


class BatchPage(Shape):
    """Batches, the newest first, and how many there are in all."""

    items: list[BatchOut]
    total: int


@api.post("/batches/release")
@api.input(ReleaseForm)
@api.output(ReleaseOut)
@changes
def release_batches(session: Session, json_data: ReleaseForm) -> ReleaseOut:
    """Seal a batch for every village that is full, has waited long enough or holds something urgent."""
    report = batching.release(session, current_office(), by=current_actor(), villages=json_data.villages)
    return ReleaseOut.model_validate(report)


@api.get("/batches")
@api.input(BatchQuery, location="query")
@api.output(BatchPage)
@reads
def list_batches(session: Session, query_data: BatchQuery) -> BatchPage:
    """The office's batches, the newest first."""
    query = select(Batch).where(Batch.office == current_office())
    if query_data.state:
        query = query.where(Batch.state == query_data.state)
    if query_data.village_code:
        query = query.where(Batch.village_code == query_data.village_code)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(Batch.created_at.desc(), Batch.code).limit(query_data.limit).offset(query_data.offset)
    )
    return BatchPage(items=[BatchOut.model_validate(row) for row in rows], total=total)


@api.get("/batches/<batch_id>")
@api.output(BatchDetail)
@reads
def get_batch(session: Session, batch_id: str) -> BatchDetail:
    """One batch with the lines of its manifest."""
    batch = batching.batch_of(session, current_office(), batch_id)
    rows = session.execute(
        select(BatchItem.line_no, Document)
        .join(Document, Document.id == BatchItem.document_id)
        .where(BatchItem.office == batch.office, BatchItem.batch_id == batch.id)
        .order_by(BatchItem.line_no)
    )
    lines = [
        LineOut(
            line_no=line_no,
            document_id=document.id,
            code=document.code,
            kind=document.kind,
            state=document.state,
            is_urgent=document.is_urgent,
        )
        for line_no, document in rows
    ]
    return BatchDetail(**BatchOut.model_validate(batch).model_dump(), lines=lines)


@api.post("/batches/<batch_id>/dissolve")
@api.output(BatchOut)
@changes
def dissolve_batch(session: Session, batch_id: str) -> BatchOut:
    """Take a sealed batch apart; its documents are ready again."""
    batch = batching.batch_of(session, current_office(), batch_id)
    batching.dissolve(session, batch, by=current_actor())
    return BatchOut.model_validate(batch)
