"""The register of papers: what has a number, in which revision it says what, and whether a print in hand is genuine.

A paper says what the rows say at the moment it is asked for. The same words again are the same revision; other words
are a new revision under the same number, which says on its face what it replaces. Every revision carries a keyed seal
of its words, in its footer and in its QR code: nobody without the office's key makes a paper that the verification
page calls genuine, and the page itself needs no word of what the paper says.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, NotFound
from dispatch.papers.bast import Bast, Printing
from dispatch.papers.cards import CardRecord
from dispatch.papers.service import ServiceBast
from dispatch.papers.sheet import Paper as Drawable
from dispatch.papers.words import day_written
from dispatch.services import paper_contents, service_bast
from dispatch.services.desks import HOME
from dispatch.services.paper_numbers import BAST, CARDS, SERVICE, Numbered, give_numbers
from dispatch.services.paper_settings import look_of
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.files import FileStore, record
from dispatch.store.models import Office, Paper, PaperRevision
from dispatch.store.privacy import KeyRing

SHOWN_SEAL = 16  # hex characters of the seal that are printed
PDF = "application/pdf"
PURPOSE = "paper"

Words = Bast | CardRecord | ServiceBast


@dataclass(frozen=True, slots=True)
class Ground:
    """What printing needs besides rows: the keys that seal, and the address people reach us at."""

    keys: KeyRing
    public_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A numbered paper in one revision, ready to be drawn."""

    paper: Paper
    revision: PaperRevision
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the verification page says. Nothing of a person is in it.

    `is_genuine`: the print in hand carries the seal of its revision; None when the address was typed without one.
    `is_file_whole`: the kept file still has its hash; None when there is none yet.
    """

    office: str
    kind: str
    number: str
    day: date
    items: int
    old_cards: int | None
    revision: int
    in_hand: int | None
    made_on: date
    is_current: bool | None
    is_genuine: bool | None
    is_file_whole: bool | None


def print_basts(session: Session, ground: Ground, office: str, batch_ids: Sequence[str], *, by: Actor) -> list[Printed]:
    """Number the BASTs of these batches and write down what they say now. Home batches are passed over."""
    audit.begin(session, office)
    batches = [b for b in paper_contents.batches_named(session, office, batch_ids) if b.destination != HOME]
    words = paper_contents.basts(session, office, batches)
    wanted = [Numbered(subject_kind="batch", subject_id=b.id, day=words[b.id].day) for b in batches]
    template = look_of(session, office).templates[BAST]
    papers = give_numbers(session, office, BAST, wanted, template=template)
    handed = {batch.id for batch in batches if batch.state in ("handed_over", "closed")}
    return _revised(session, ground, office, papers, words, handed, by=by)


def print_bast(session: Session, ground: Ground, office: str, batch_id: str, *, by: Actor) -> Printed:
    """Number the BAST of one batch. Conflict for a home batch: each of its documents has a receipt instead."""
    made = print_basts(session, ground, office, [batch_id], by=by)
    if not made:
        raise Conflict(f"batch {batch_id} goes to a home: print its receipts")
    return made[0]


def print_card_record(session: Session, ground: Ground, office: str, count_id: str, *, by: Actor) -> Printed:
    """Number the record of one count of old cards and write down what it says now."""
    audit.begin(session, office)
    words = paper_contents.card_record(session, office, count_id)
    wanted = [Numbered(subject_kind="old_card_count", subject_id=count_id, day=words.day)]
    template = look_of(session, office).templates[CARDS]
    papers = give_numbers(session, office, CARDS, wanted, template=template)
    return _revised(session, ground, office, papers, {count_id: words}, {count_id}, by=by)[0]


def print_service_bast(
    session: Session, ground: Ground, office: str, month: date, partner: str, courier_id: str = "", *, by: Actor
) -> Printed:
    """Number the service BAST of one month of a courier or partner and write down what it says now."""
    audit.begin(session, office)
    words = service_bast.statement(session, office, month, partner, courier_id)
    subject = service_bast.subject_of(month, partner, courier_id)
    wanted = [Numbered(subject_kind="service_month", subject_id=subject, day=words.day)]
    papers = give_numbers(session, office, SERVICE, wanted, template=look_of(session, office).templates[SERVICE])
    return _revised(session, ground, office, papers, {subject: words}, set(), by=by)[0]


def service_bast_of(
    session: Session, ground: Ground, office: str, month: date, partner: str, courier_id: str = ""
) -> Printed:
    """The service BAST of a month as it was printed last; refused like `bast_of`."""
    paper, revisions = _registered(session, office, SERVICE, service_bast.subject_of(month, partner, courier_id))
    words = service_bast.statement(session, office, month, partner, courier_id)
    return _unchanged(session, ground, office, paper, revisions, words)


def bast_of(session: Session, ground: Ground, office: str, batch_id: str) -> Printed:
    """The BAST of a batch as it was printed last. NotFound before that; Conflict when it would say something else."""
    paper, revisions = _registered(session, office, BAST, batch_id)
    batch = paper_contents.batches_named(session, office, [batch_id])[0]
    words = paper_contents.basts(session, office, [batch])[batch.id]
    return _unchanged(session, ground, office, paper, revisions, words)


def card_record_of(session: Session, ground: Ground, office: str, count_id: str) -> Printed:
    """The record of a count of old cards as it was printed last; refused like `bast_of`."""
    paper, revisions = _registered(session, office, CARDS, count_id)
    words = paper_contents.card_record(session, office, count_id)
    return _unchanged(session, ground, office, paper, revisions, words)


def newest(session: Session, office: str, kind: str, subject_id: str) -> tuple[Paper, PaperRevision]:
    """A paper and its newest revision. NotFound before it was printed."""
    paper, revisions = _registered(session, office, kind, subject_id)
    return paper, revisions[-1]


def kept_file(session: Session, office: str, kind: str, subject_id: str) -> PaperRevision | None:
    """The newest revision of a paper, when its file is kept; None when it must be drawn first."""
    revision = session.scalars(
        select(PaperRevision)
        .join(Paper, Paper.id == PaperRevision.paper_id)
        .where(Paper.office == office, Paper.kind == kind, Paper.subject_id == subject_id)
        .order_by(PaperRevision.revision.desc())
    ).first()
    return revision if revision is not None and revision.sha256 else None


def keep_file(session: Session, revision_id: str, sha256: str, size: int) -> None:
    """Name the file of a revision; the same file again changes nothing."""
    revision = session.get_one(PaperRevision, revision_id)
    record(session, revision.office, sha256, size=size, media_type=PDF, purpose=PURPOSE)
    revision.sha256 = sha256


def papers_about(
    session: Session, office: str, subject_ids: Collection[str]
) -> Mapping[str, tuple[Paper, PaperRevision]]:
    """Subject → its paper and newest revision, where it has one."""
    rows = session.execute(
        select(Paper, PaperRevision)
        .join(PaperRevision, PaperRevision.paper_id == Paper.id)
        .where(Paper.office == office, Paper.subject_id.in_(list(subject_ids)))
        .order_by(PaperRevision.revision)
    )
    return {paper.subject_id: (paper, revision) for paper, revision in rows}


def check(session: Session, files: FileStore, code: str, *, revision: int | None, seal: str) -> Checked:
    """What the register says about the paper with this public code. NotFound for any other code."""
    paper = session.scalar(select(Paper).where(Paper.code == code)) if len(code) == 32 else None
    if paper is None:
        raise NotFound()
    revisions = _revisions(session, [paper.id])[paper.id]
    newest = revisions[-1]
    in_hand = next((one for one in revisions if one.revision == revision), None)
    office = session.get_one(Office, paper.office)
    zone = ZoneInfo(office.timezone)
    is_genuine = None
    if seal:
        is_genuine = in_hand is not None and seal == in_hand.seal[:SHOWN_SEAL]
    return Checked(
        office=office.name,
        kind=paper.kind,
        number=paper.label,
        day=newest.day,
        items=newest.items,
        old_cards=newest.old_cards,
        revision=newest.revision,
        in_hand=revision,
        made_on=newest.made_at.astimezone(zone).date(),
        is_current=None if revision is None else revision == newest.revision,
        is_genuine=is_genuine,
        is_file_whole=_is_whole(files, newest) if newest.sha256 else None,
    )


def seal_of(keys: KeyRing, place: str, values: Sequence[Drawable]) -> str:
    """A keyed hash of everything these values say; `place` keeps equal words of two papers apart."""
    said = [asdict(value) for value in values]  # type: ignore[call-overload]
    text = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return keys.match(text, place)


def _is_whole(files: FileStore, revision: PaperRevision) -> bool:
    try:
        body = files.get(revision.office, revision.sha256)
    except FileNotFoundError:
        return False
    return hashlib.sha256(body).hexdigest() == revision.sha256


def _revised(
    session: Session,
    ground: Ground,
    office: str,
    papers: Mapping[str, Paper],
    words: Mapping[str, Words],
    handed: Collection[str],
    *,
    by: Actor,
) -> list[Printed]:
    """The papers in their newest revision, which is made where the words are new."""
    head, at = audit.begin(session, office), now(session)
    known = _revisions(session, [paper.id for paper in papers.values()])
    zone = _zone(session, office)
    printed = []
    for subject_id, said in words.items():
        paper = papers[subject_id]
        revisions = known[paper.id]
        seal = seal_of(ground.keys, _place(paper), [said])
        if not revisions or revisions[-1].seal != seal:
            fresh = PaperRevision(
                office=office,
                paper_id=paper.id,
                revision=len(revisions) + 1,
                seal=seal,
                day=said.day,
                items=len(said.documents) if isinstance(said, Bast) else said.found,
                old_cards=said.old_cards if isinstance(said, Bast) else None,
                after_handover=subject_id in handed,
                head_seq=head.seq,
                head_hash=head.hash,
                made_by=str(by),
                made_at=at,
            )
            session.add(fresh)
            revisions.append(fresh)
        printed.append(_printed(ground, paper, revisions, said, zone))
    session.flush()
    return printed


def _unchanged(
    session: Session, ground: Ground, office: str, paper: Paper, revisions: Sequence[PaperRevision], words: Words
) -> Printed:
    if seal_of(ground.keys, _place(paper), [words]) != revisions[-1].seal:
        raise Conflict(f"what {paper.label} says has changed since revision {revisions[-1].revision}; print it again")
    return _printed(ground, paper, revisions, words, _zone(session, office))


def _printed(ground: Ground, paper: Paper, revisions: Sequence[PaperRevision], words: Words, zone: ZoneInfo) -> Printed:
    newest = revisions[-1]
    shown = newest.seal[:SHOWN_SEAL]
    printing = Printing(
        revision=newest.revision,
        seal="-".join(shown[at : at + 4] for at in range(0, SHOWN_SEAL, 4)),
        head=f"catatan {newest.head_seq}, sidik {newest.head_hash[:SHOWN_SEAL]}",
        note=_note(revisions, zone),
    )
    url = f"{ground.public_url}/bast/{paper.code}?r={newest.revision}&s={shown}"
    said = replace(words, number=paper.label, printing=printing, verify_url=url)
    return Printed(paper=paper, revision=newest, words=said)


def _note(revisions: Sequence[PaperRevision], zone: ZoneInfo) -> str:
    if len(revisions) < 2:
        return ""
    newest, before = revisions[-1], revisions[-2]
    at: datetime = before.made_at.astimezone(zone)
    when = "setelah serah terima" if newest.after_handover else "sebelum serah terima"
    return f"Menggantikan revisi {before.revision} ({day_written(at.date())} pukul {at:%H.%M}); isinya berubah {when}."


def _registered(session: Session, office: str, kind: str, subject_id: str) -> tuple[Paper, Sequence[PaperRevision]]:
    paper = session.scalar(
        select(Paper).where(Paper.office == office, Paper.kind == kind, Paper.subject_id == subject_id)
    )
    if paper is None:
        raise NotFound(f"nothing was printed for {subject_id} yet")
    return paper, _revisions(session, [paper.id])[paper.id]


def _revisions(session: Session, paper_ids: Sequence[str]) -> dict[str, list[PaperRevision]]:
    """Paper → its revisions, oldest first."""
    found: dict[str, list[PaperRevision]] = {paper_id: [] for paper_id in paper_ids}
    rows = session.scalars(
        select(PaperRevision).where(PaperRevision.paper_id.in_(paper_ids)).order_by(PaperRevision.revision)
    )
    for row in rows:
        found[row.paper_id].append(row)
    return found


def _place(paper: Paper) -> str:
    return f"{paper.office}:paper:{paper.id}"


def _zone(session: Session, office: str) -> ZoneInfo:
    return ZoneInfo(session.scalars(select(Office.timezone).where(Office.code == office)).one())
