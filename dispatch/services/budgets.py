"""Setting up a budget: its lines, what they may pay, and their ceilings."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid
from dispatch.said import say
from dispatch.services.commitments import CHANNELS, cover_all
from dispatch.services.kinds import BY_CODE
from dispatch.services.ledger import Transfer, ceiling, line_of, transfer
from dispatch.services.planning_reasons import rupiah
from dispatch.store import audit
from dispatch.store.audit import Actor, Change
from dispatch.store.db import now
from dispatch.store.models import BudgetLine

MOST = 1_000_000_000_000
SOURCES = ("APBD", "DAK", "Lainnya")


def add_line(
    session: Session,
    office: str,
    *,
    year: int,
    source: str,
    activity: str,
    account: str,
    name: str,
    rupiah_granted: int,
    position: int = 1,
    channels: Collection[str] = (),
    kinds: Collection[str] = (),
    by: Actor,
) -> BudgetLine:
    """A new line of a year with its ceiling. What was offered before it is paid without a line."""
    wrong = [
        *([] if 2020 <= year <= 2100 else [FieldError("year", "isi tahun anggaran, misalnya 2026")]),
        *([] if source in SOURCES else [FieldError("source", say("pilih dari %(known)s", known=", ".join(SOURCES)))]),
        *([] if 1 <= position <= 99 else [FieldError("position", "isi 1 sampai 99")]),
        *(
            []
            if set(channels) <= set(CHANNELS)
            else [FieldError("channels", say("pilih dari %(known)s", known=", ".join(CHANNELS)))]
        ),
        *([] if set(kinds) <= set(BY_CODE) else [FieldError("kinds", "ada jenis dokumen yang tidak dikenal")]),
        *(
            FieldError(field, said)
            for field, said, text in (
                ("activity", say("isi kode kegiatan"), activity),
                ("account", say("isi kode rekening"), account),
                ("name", say("isi nama"), name),
            )
            if not text.strip()
        ),
    ]
    if wrong:
        raise Invalid(fields=wrong)
    head = audit.begin(session, office)
    twin = select(BudgetLine.id).where(
        BudgetLine.office == office,
        BudgetLine.year == year,
        BudgetLine.source == source,
        BudgetLine.activity == activity,
        BudgetLine.account == account,
    )
    if session.scalar(twin) is not None:
        raise Conflict(f"the office has the line {source} {activity} {account} of {year} already")
    line = BudgetLine(
        office=office,
        year=year,
        source=source,
        activity=activity,
        account=account,
        name=name,
        position=position,
        channels=sorted(channels),
        kinds=sorted(kinds),
        created_by=str(by),
        created_at=now(session),
    )
    session.add(line)
    session.flush()
    change = Change(subject_kind="budget_line", subject_id=line.id, version=1, from_state="", to_state="opened")
    audit.append(session, head, [change], by=by, at=now(session))
    set_ceiling(session, office, line.id, rupiah_granted, why="pagu awal", by=by)
    return line


def set_ceiling(session: Session, office: str, line_id: str, wanted: int, *, why: str, by: Actor) -> BudgetLine:
    """Raise or lower what a line may spend in its year; never below what is committed and realised."""
    audit.begin(session, office)
    line = line_of(session, office, line_id)
    session.refresh(line)
    if not 0 <= wanted <= MOST:
        raise Invalid(fields=[FieldError("ceiling", say("isi 0 sampai %(most)s", most=rupiah(MOST)))])
    spoken_for = line.committed + line.realised
    if wanted < spoken_for:
        raise Invalid(
            fields=[
                FieldError(
                    "ceiling", say("sudah terpakai %(spent)s; pagu tidak boleh di bawahnya", spent=rupiah(spoken_for))
                )
            ]
        )
    more = wanted - ceiling(line)
    if more > 0:
        moves = [Transfer(act="grant", taken_from="granted", given_to="available", rupiah=more, why=why)]
    else:
        moves = [Transfer(act="grant", taken_from="available", given_to="granted", rupiah=-more, why=why)]
    transfer(session, line, moves, by=by)
    if more > 0:
        cover_all(session, office, by=by)
    return line
