"""Finished documents: taken in one at a time or by the thousand, and read back by the number they came with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Shape
from dispatch.auth import current_actor, current_office
from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.runtime import runtime
from dispatch.services import documents
from dispatch.services.cells import Cell
from dispatch.services.documents import Wanted
from dispatch.services.intake import Desk, Weighed, desk_of, source_of, weigh
from dispatch.services.intake_files import Delivered, deliver
from dispatch.services.intake_rows import AUTO_PREFIX, Fault
from dispatch.services.kinds import BY_CODE
from dispatch.services.recipients import nik_shown
from dispatch.store.models import Document, Village
from dispatch.store.privacy import KeyRing

MOST_AT_ONCE = 1_000

Given = Annotated[str, Field(max_length=500)]


class NewDocument(Form):
    """A finished document. The village by `village_code`, or by names; `printed_on` as 2026-11-24.

    `destination` is desa, kecamatan or rumah; empty as the office's rules say. `family_card` (16 digits) only joins a
    household into one envelope and is not kept. `lat` and `lon` are those of the house, in degrees."""

    request_number: Given = ""
    kind: Given
    nik: Given
    name: Given
    phone: Given = ""
    email: Given = ""
    address: Given = ""
    hamlet: Given = ""
    rt: Given = ""
    rw: Given = ""
    landmark: Given = ""
    lat: Given = ""
    lon: Given = ""
    family_card: Given = ""
    destination: Given = ""
    village_code: Given = ""
    village: Given = ""
    district: Given = ""
    regency: Given = ""
    printed_on: Given
    circumstance: Given = ""
    outside_regency: Given = ""
    by_officer: bool | None = None
    urgent: bool | None = None
    channel: Given = ""
    print_point: Given = ""

    def cells(self) -> dict[str, str | bool]:
        return {name: value for name, value in self.model_dump(exclude_none=True).items() if value != ""}


def _one_or_many(schema: dict[str, Any]) -> None:
    many = {name: schema.pop(name) for name in ("type", "items", "minItems", "maxItems")}
    schema["anyOf"] = [many["items"], many]


class NewDocuments(RootModel[Annotated[list[NewDocument], Field(min_length=1, max_length=MOST_AT_ONCE)]]):
    """One document, or a list of up to a thousand."""

    model_config = ConfigDict(json_schema_extra=_one_or_many)

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value


class RecipientOut(Shape):
    """Who it belongs to; the NIK masked to its last four digits."""

    name: str
    nik: str
    phone: str
    address: str
    landmark: str


class DocumentOut(Shape):
    """A document and where it stands. `recipient` only for people who signed in."""

    id: str
    code: str
    request_number: str
    kind: str
    kind_name: str
    self_printable: bool
    state: str
    holder: str
    village_code: str
    village: str
    district: str
    printed_on: date
    promised_on: date
    urgent: bool
    channel: str
    destination: str
    created_at: datetime
    recipient: RecipientOut | None


class FieldOut(Shape):
    """One field and the rule it breaks; the reason is Indonesian."""

    field: str
    rule: str
    reason: str


class CandidateOut(Shape):
    """A village that may be meant."""

    code: str
    label: str
    confidence: float


class TakenIn(Shape):
    """What became of one document: accepted, known (it was here before), waiting for review, or refused."""

    index: int
    outcome: Literal["accepted", "known", "review", "refused"]
    document: DocumentOut | None = None
    review_id: str | None = None
    candidates: list[CandidateOut] = Field(default_factory=list)
    errors: list[FieldOut] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class Delivery(Shape):
    """What became of a list, item by item and in its order."""

    accepted: int
    known: int
    review: int
    refused: int
    items: list[TakenIn]


class Intake(RootModel[TakenIn | Delivery]):
    """One answer for one document, a list of answers for a list."""


class DocumentQuery(BaseModel):
    """Which documents; `after` is the id of the last one of the page before."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field("", max_length=20)
    village_code: str = Field("", max_length=13)
    request_number: str = Field("", max_length=60)
    after: str = Field("", pattern=r"^([0-9a-z]{16})?$")
    limit: int = Field(100, ge=1, le=500)


class DocumentPage(Shape):
    """A page of documents, newest first. `next` goes into `after`, None on the last page."""

    items: list[DocumentOut]
    next: str | None


@dataclass(frozen=True, slots=True)
class Weighing:
    """As what rows come in."""

    as_state: str = "ready"


@api.post("/documents")
@api.input(NewDocuments)
@api.output(Intake, status_code=201)
@api.doc(responses={200: "It was here before, or a list with an answer for each", 202: "Its village has to be chosen"})
def create_documents(json_data: NewDocuments) -> Any:
    """Take in one finished document, or a list. The same document again changes nothing and is answered as known."""
    rt, office, by = runtime(), current_office(), current_actor()
    with rt.db.reading() as session:
        desk = desk_of(session, rt.keys, office, source=source_of(by))
    # judged before the transaction: matching a thousand villages must not hold the office's writers up
    weighed = [weigh(desk, number, new.cells()) for number, new in enumerate(json_data.root, start=1)]
    alone = isinstance(request.get_json(), dict)
    return _take_in(desk=desk, weighed=weighed, alone=alone)


def deliver_all(rows: Sequence[Mapping[str, Cell]], weighing: Weighing) -> Any:
    """Take in a list that another endpoint read, with an answer for each."""
    rt, office, by = runtime(), current_office(), current_actor()
    with rt.db.reading() as session:
        desk = replace(desk_of(session, rt.keys, office, source=source_of(by)), as_state=weighing.as_state)
    weighed = [weigh(desk, number, cells) for number, cells in enumerate(rows, start=1)]
    return _take_in(desk=desk, weighed=weighed, alone=False)


@changes
def _take_in(session: Session, *, desk: Desk, weighed: Sequence[Weighed], alone: bool) -> Answer:
    delivered = deliver(session, desk, weighed, by=current_actor())
    if alone:
        return _one(session, desk, delivered[0])
    items = _items(session, desk, delivered)
    count = Counter(item.outcome for item in items)
    sums = {"accepted": count["accepted"], "known": count["known"], "review": count["review"]}
    return Answer(Delivery(items=items, refused=count["refused"], **sums))


def _one(session: Session, desk: Desk, delivered: Delivered) -> Answer:
    faults = delivered.outcome.faults
    if delivered.outcome.verdict == "refused":
        fields = [FieldError(fault.field, fault.reason) for fault in faults]
        error = Conflict if faults[0].rule == "same_number_other_content" else Invalid
        raise error(fields=fields)
    (item,) = _items(session, desk, [delivered])
    status = {"accepted": 201, "known": 200, "review": 202}[item.outcome]
    where = {"Location": f"/api/v1/documents/{item.document.id}"} if item.document else {}
    return Answer(item, status, where)


@api.get("/documents/<path:ref>")
@api.output(DocumentOut)
@reads
def get_document(session: Session, ref: str) -> DocumentOut:
    """One document by its id, envelope code or request number."""
    found = documents.find_document(session, current_office(), ref, by=current_actor())
    return _shapes(session, [found])[0]


@api.get("/documents")
@api.input(DocumentQuery, location="query")
@api.output(DocumentPage)
@reads
def list_documents(session: Session, query_data: DocumentQuery) -> DocumentPage:
    """Documents, newest first, a page at a time."""
    wanted = Wanted(**query_data.model_dump())
    found = documents.list_documents(session, current_office(), wanted, by=current_actor())
    return DocumentPage(items=_shapes(session, found), next=found[-1].id if len(found) == wanted.limit else None)


def _items(session: Session, desk: Desk, delivered: Sequence[Delivered]) -> list[TakenIn]:
    ids = [one.outcome.document_id for one in delivered if one.outcome.document_id]
    found = documents.documents_by_id(session, desk.office, ids)
    shapes = {shape.id: shape for shape in _shapes(session, list(found.values()))}
    return [_item(one, shapes) for one in delivered]


def _item(delivered: Delivered, shapes: Mapping[str, DocumentOut]) -> TakenIn:
    outcome = delivered.outcome
    in_review = outcome.verdict == "review" and outcome.placed is not None
    return TakenIn(
        index=outcome.row_no - 1,
        outcome=outcome.verdict,
        document=shapes[outcome.document_id] if outcome.document_id else None,
        review_id=delivered.row_id if in_review else None,
        candidates=[CandidateOut.model_validate(one) for one in outcome.placed.candidates]
        if in_review and outcome.placed
        else [],
        errors=[_field(fault) for fault in outcome.faults],
        warnings=list(outcome.warnings),
    )


def _field(fault: Fault) -> FieldOut:
    return FieldOut(field=fault.field, rule=fault.rule, reason=fault.reason)


def _shapes(session: Session, found: Sequence[Document]) -> list[DocumentOut]:
    villages = documents.villages_of(session, current_office(), found)
    # a program knows whose documents it sent; it is told where they are, not who lives where
    keys = None if current_actor().kind == "client" else runtime().keys
    return [_shape(document, villages[document.village_code], keys) for document in found]


def _shape(document: Document, village: Village, keys: KeyRing | None) -> DocumentOut:
    kind = BY_CODE[document.kind]
    person = document.recipient
    return DocumentOut(
        id=document.id,
        code=document.code,
        request_number="" if document.request_number.startswith(AUTO_PREFIX) else document.request_number,
        kind=kind.code,
        kind_name=kind.name,
        self_printable=kind.self_printable,
        state=document.state,
        holder=document.holder_kind,
        village_code=village.code,
        village=village.name,
        district=village.district,
        printed_on=document.printed_on,
        promised_on=document.promised_on,
        urgent=document.is_urgent,
        channel=document.channel,
        destination=document.destination,
        created_at=document.created_at,
        recipient=RecipientOut(
            name=person.name,
            nik=nik_shown(keys, person),
            phone=person.phone,
            address=person.address,
            landmark=person.landmark,
        )
        if keys is not None
        else None,
    )
