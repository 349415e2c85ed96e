"""Deciding a release policy: a new row from a day on, by a person or taken from a shipped practice.

Rows are only added. A decision begins today at the earliest, so that nothing that happened is judged anew, and its
event in the office's trail carries a hash of it, so that a row changed by hand is found.
"""

from collections.abc import Collection, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.services.kinds import BY_CODE
from dispatch.services.policies import Terms, in_force, policy_of
from dispatch.services.practices import Practice
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import Office, ReleasePolicy

EVENT = "release_policy"


def decide(
    session: Session, office: str, terms: Terms, *, valid_from: date, by: Actor, kind: str = ""
) -> ReleasePolicy:
    """A rule in the office's own words, for one kind of document or (empty) for all that have none of their own."""
    _refuse_wrong(session, office, valid_from, kind)
    return lay_down(session, office, {kind: terms}, valid_from=valid_from, by=by)[0]


def apply(
    session: Session, office: str, practice: Practice, *, valid_from: date, by: Actor, kind: str = ""
) -> Sequence[ReleasePolicy]:
    """Take over a shipped practice, for one kind of document or (empty) for all.

    For all kinds, those with a rule of their own get a new one too; otherwise the old one would go on holding for them.
    """
    _refuse_wrong(session, office, valid_from, kind)
    own = {kind} if kind else {"", *practice.kinds, *in_force(session, office, valid_from)}
    return _lay_practice(session, office, practice, own, valid_from=valid_from, by=by)


def begin_with(
    session: Session, office: str, practice: Practice, *, valid_from: date, by: Actor
) -> Sequence[ReleasePolicy]:
    """The rules a new office starts with."""
    return _lay_practice(session, office, practice, {"", *practice.kinds}, valid_from=valid_from, by=by)


def history(session: Session, office: str) -> Sequence[ReleasePolicy]:
    """Every rule there ever was and those that are to come, the latest first."""
    return session.scalars(
        select(ReleasePolicy)
        .where(ReleasePolicy.office == office)
        .order_by(ReleasePolicy.valid_from.desc(), ReleasePolicy.kind, ReleasePolicy.revision.desc())
    ).all()


def lay_down(
    session: Session,
    office: str,
    rules: dict[str, Terms],
    *,
    valid_from: date,
    by: Actor,
    practice: str = "",
) -> Sequence[ReleasePolicy]:
    """Write rules (by kind) with their events, after those of the same kind and day. The caller minds the dates."""
    head = audit.begin(session, office)
    at = now(session)
    rows = [
        _row(session, office, kind, terms, valid_from=valid_from, practice=practice, by=by)
        for kind, terms in sorted(rules.items())
    ]
    for row in rows:
        row.decided_at = at
    session.add_all(rows)
    session.flush()
    changes = [
        Change(
            subject_kind=EVENT,
            subject_id=row.id,
            version=1,
            from_state="",
            to_state="decided",
            evidence=policy_of(row).fingerprint(),
        )
        for row in rows
    ]
    audit.append(session, head, changes, by=by, at=at)
    return rows


def _lay_practice(
    session: Session, office: str, practice: Practice, kinds: Collection[str], *, valid_from: date, by: Actor
) -> Sequence[ReleasePolicy]:
    rules = {kind: practice.for_kind(kind) for kind in kinds}
    return lay_down(session, office, rules, valid_from=valid_from, by=by, practice=practice.name)


def _row(
    session: Session, office: str, kind: str, terms: Terms, *, valid_from: date, practice: str, by: Actor
) -> ReleasePolicy:
    earlier = session.scalar(
        select(func.max(ReleasePolicy.revision)).where(
            ReleasePolicy.office == office, ReleasePolicy.kind == kind, ReleasePolicy.valid_from == valid_from
        )
    )
    return ReleasePolicy(
        office=office,
        kind=kind,
        valid_from=valid_from,
        revision=(earlier or 0) + 1,
        practice=practice,
        receivers=sorted(terms.receivers),
        attempts=terms.attempts,
        waiting_place=terms.waiting_place,
        waiting_days=terms.waiting_days,
        swap_old_card=terms.swap_old_card,
        fee_rupiah=terms.fee_rupiah,
        payer=terms.payer,
        decided_by=str(by),
        **terms.proofs,
    )


def _refuse_wrong(session: Session, office: str, valid_from: date, kind: str) -> None:
    zone = session.scalars(select(Office.timezone).where(Office.code == office)).one()
    wrong = []
    if valid_from < now(session).astimezone(ZoneInfo(zone)).date():
        wrong.append(FieldError("valid_from", "aturan berlaku paling cepat mulai hari ini"))
    if kind and (kind not in BY_CODE or not BY_CODE[kind].deliverable):
        wrong.append(FieldError("kind", "bukan jenis dokumen yang diantar"))
    if wrong:
        raise Invalid(fields=wrong)
