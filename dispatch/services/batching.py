"""Ready documents for one place become a batch when there are enough of them or they have waited long enough.

A place is a village office, a kecamatan office (then the documents of all its villages come together), or the homes of
a village: these are released together, so that a rider who comes at all has many doors to knock at, and every household
makes a batch of its own, one envelope.

A release is one action for the whole office. A batch is opened and sealed in the same breath: documents that become
ready later make a batch of their own, and a plan lets several batches of a village share one stop.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.absent import ELSEWHERE
from dispatch.services.calendar import Calendar, calendar_of, today
from dispatch.services.desks import HOME, OUTREACH, VILLAGE_OFFICE, desk_code
from dispatch.services.offices import rules_on
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import Batch, BatchItem, Document, Outreach, Recipient, Rules, Village
from dispatch.store.states import born, move, move_all

# no I and O (read as 1 and 0), no Q
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_DIGITS = "23456789"
_TAILS = range(10, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A village whose ready documents are not released yet, and what it waits for."""

    village_code: str
    depot_id: str
    destination: str
    documents: int
    documents_missing: int
    oldest_printed_on: date
    oldest_working_days: int
    released_by_age_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one release did: the batches it sealed, and the villages that go on waiting."""

    batches: Sequence[Batch]
    waiting: Sequence[Waiting]

    @property
    def documents(self) -> int:
        return sum(batch.documents for batch in self.batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The ready documents for one place at one depot; `village_code` is the desk's, or the village of the homes.

    `due` says why they are released now; empty: they wait."""

    village_code: str
    depot_id: str
    documents: Sequence[Document]
    oldest_working_days: int
    due: str
    destination: str = VILLAGE_OFFICE


def release(session: Session, office: str, *, by: Actor, villages: Collection[str] = ()) -> Release:
    """Seal a batch for every village that is full, old or urgent, and for the named villages whatever they hold."""
    audit.begin(session, office)  # taken first: a twin release waits here and then finds nothing ready
    calendar = calendar_of(session, office)
    day = today(session, calendar)
    rules = rules_on(session, office, day)
    groups = ready_by_village(session, office, calendar, rules, day)
    _refuse_unknown(session, office, villages)
    going = [(group, group.due or "hand") for group in groups if group.due or group.village_code in villages]
    # a batch that fits no bag could never ride, so a crowded village makes several
    homes = _households(session, office, [group for group, _ in going])
    shares = [
        (group, why, share)
        for group, why in going
        for envelope in _envelopes(group, homes)
        for share in _shares(envelope, rules.bag_documents)
    ]
    batches = _open(session, office, shares, homes)
    _seal(session, office, batches, shares, by=by)
    left = [group for group in groups if not group.due and group.village_code not in villages]
    return Release(batches=batches, waiting=[_waiting(group, calendar, rules) for group in left])


def waiting_villages(session: Session, office: str) -> Sequence[Waiting]:
    """Every village with ready documents that a release made now would leave waiting."""
    calendar = calendar_of(session, office)
    day = today(session, calendar)
    rules = rules_on(session, office, day)
    groups = ready_by_village(session, office, calendar, rules, day)
    return [_waiting(group, calendar, rules) for group in groups if not group.due]


def ready_by_village(session: Session, office: str, calendar: Calendar, rules: Rules, day: date) -> Sequence[Ready]:
    """The office's ready documents by place and depot, urgent first, then oldest, with what makes them due."""
    documents = session.scalars(select(Document).where(Document.office == office, Document.state == "ready"))

    def place(document: Document) -> tuple[str, str, str, bool]:
        return (
            desk_code(document.destination, document.village_code),
            document.depot_id,
            document.destination,
            document.circumstance == ELSEWHERE,
        )

    groups = []
    for (code, depot_id, destination, _outside), found in groupby(sorted(documents, key=place), key=place):
        together = sorted(found, key=lambda d: (not d.is_urgent, d.printed_on, d.code))
        age = calendar.working_days_between(min(d.printed_on for d in together), day)
        due = _due(together, age, rules) if _is_received(calendar, day, code, destination) else ""
        groups.append(
            Ready(
                village_code=code,
                depot_id=depot_id,
                documents=together,
                oldest_working_days=age,
                due=due,
                destination=destination,
            )
        )
    return groups


def seal_for_outreach(session: Session, outreach: Outreach, documents: Sequence[Document], *, by: Actor) -> list[Batch]:
    """Seal ready documents for a mobile service, a batch for each village, and reserve them for it."""
    together = sorted(documents, key=lambda d: (d.village_code, d.printed_on, d.code))
    shares = [
        (Ready(village_code=code, depot_id=outreach.depot_id, documents=found, oldest_working_days=0, due=OUTREACH,
               destination=OUTREACH), OUTREACH, found)
        for code, lines in groupby(together, key=lambda d: d.village_code)
        for found in [list(lines)]
    ]  # fmt: skip
    batches = _open(session, outreach.office, shares, {})
    for batch in batches:
        batch.outreach_id = outreach.id
    _seal(session, outreach.office, batches, shares, by=by)
    move_all(session, batches, "planned", by=by, why=f"outreach {outreach.id}")
    return batches


def dissolve(session: Session, batch: Batch, *, by: Actor) -> None:
    """Take a sealed batch apart; its documents are ready again and its printed list is void."""
    documents = session.scalars(
        select(Document).where(
            Document.office == batch.office, Document.batch_id == batch.id, Document.state == "batched"
        )
    ).all()
    move(session, batch, "dissolved", by=by)
    for document in documents:
        document.batch_id = None
    move_all(session, documents, "ready", by=by, why="batch dissolved")


def batch_of(session: Session, office: str, batch_id: str) -> Batch:
    """One batch of the office."""
    found = session.scalar(select(Batch).where(Batch.office == office, Batch.id == batch_id))
    if found is None:
        raise NotFound(f"there is no batch {batch_id}")
    return found


def code_of(number: int) -> str:
    """What people call an office's batch number `number` (from 0): "A2-10" … "Z9-99", then "A2-110" and so on.

    No two numbers share a code; batches of one day mostly share their beginning."""
    series, tail = divmod(number, len(_TAILS))
    cycle, head = divmod(series, len(_LETTERS) * len(_DIGITS))
    letter, digit = divmod(head, len(_DIGITS))
    return f"{_LETTERS[letter]}{_DIGITS[digit]}-{cycle or ''}{_TAILS[tail]}"


def _due(documents: Sequence[Document], age: int, rules: Rules) -> str:
    if any(document.circumstance == ELSEWHERE for document in documents):
        return "outside"  # the post takes each by itself, so nothing is gained by waiting for more
    if any(document.is_urgent for document in documents):
        return "urgent"
    if len(documents) >= rules.release_documents:
        return "fill"
    return "age" if age >= rules.release_working_days else ""


def _is_received(calendar: Calendar, day: date, code: str, destination: str) -> bool:
    """Whether it can leave today at all: when only the office works, doors are open and village offices are not."""
    return destination == HOME or not calendar.is_working_day(day) or calendar.desks_receive(day, code)


def _shares(documents: Sequence[Document], most: int) -> list[Sequence[Document]]:
    return [documents[first : first + most] for first in range(0, len(documents), most)]


def _households(session: Session, office: str, groups: Sequence[Ready]) -> Mapping[str, str]:
    """Recipient → household, of everybody whose documents go home; who belongs to none is one alone."""
    people = {d.recipient_id for group in groups if group.destination == HOME for d in group.documents}
    rows = session.execute(
        select(Recipient.id, Recipient.household).where(Recipient.office == office, Recipient.id.in_(people))
    )
    return {person: household or person for person, household in rows}


def _envelopes(group: Ready, homes: Mapping[str, str]) -> Sequence[Sequence[Document]]:
    """What lies in one envelope: everything for a desk, or one household's documents."""
    if group.destination != HOME:
        return [group.documents]
    envelopes: dict[tuple[str, bool], list[Document]] = {}
    for document in group.documents:
        # whoever of a household lives in another regency gets an envelope of their own
        key = homes[document.recipient_id], document.circumstance == ELSEWHERE
        envelopes.setdefault(key, []).append(document)
    return list(envelopes.values())


def _seal(
    session: Session,
    office: str,
    batches: Sequence[Batch],
    shares: Sequence[tuple[Ready, str, Sequence[Document]]],
    *,
    by: Actor,
) -> None:
    """Put the documents in, line by line, and close the envelopes."""
    born(session, batches, "open", by=by)
    lines: list[dict[str, str | int]] = []
    for batch, (_, _, share) in zip(batches, shares, strict=True):
        for line_no, document in enumerate(share, start=1):
            document.batch_id = batch.id
            lines.append({"office": office, "batch_id": batch.id, "document_id": document.id, "line_no": line_no})
    if lines:
        session.execute(insert(BatchItem), lines)
    move_all(session, [document for _, _, share in shares for document in share], "batched", by=by)
    move_all(session, batches, "sealed", by=by)


def _open(
    session: Session,
    office: str,
    shares: Sequence[tuple[Ready, str, Sequence[Document]]],
    homes: Mapping[str, str],
) -> list[Batch]:
    at = now(session)
    # batches are never deleted, so their count is the next number; the trail's lock keeps it ours
    first = session.scalar(select(func.count()).select_from(Batch).where(Batch.office == office)) or 0
    return [
        Batch(
            office=office,
            code=code_of(number),
            destination=group.destination,
            village_code=group.village_code,
            household=homes[share[0].recipient_id] if group.destination == HOME else "",
            depot_id=group.depot_id,
            released_by=why,
            documents=len(share),
            created_at=at,
            sealed_at=at,
        )
        for number, (group, why, share) in enumerate(shares, start=first)
    ]


def _waiting(group: Ready, calendar: Calendar, rules: Rules) -> Waiting:
    oldest = min(document.printed_on for document in group.documents)
    return Waiting(
        village_code=group.village_code,
        depot_id=group.depot_id,
        destination=group.destination,
        documents=len(group.documents),
        documents_missing=rules.release_documents - len(group.documents),
        oldest_printed_on=oldest,
        oldest_working_days=group.oldest_working_days,
        released_by_age_on=calendar.add_working_days(oldest, rules.release_working_days),
    )


def _refuse_unknown(session: Session, office: str, villages: Collection[str]) -> None:
    known = set(session.scalars(select(Village.code).where(Village.office == office, Village.code.in_(list(villages)))))
    unknown = sorted(set(villages) - known)
    if unknown:
        raise Invalid(
            fields=[FieldError("villages", say("desa %(unknown)s tidak ada di kantor ini", unknown=unknown[0]))]
        )
