"""Finished documents come in: from a file, from another program, one at a time or by the thousand.

Two steps. `weigh` judges a row by itself and needs no database, so it runs outside any transaction. `settle` then takes
the weighed rows in, in one transaction: new ones become documents, ones that were here before change nothing, unclear
villages wait for a person, the rest is refused with a reason. Every row ends as exactly one of these four.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.services import calendar, printing, promises, quotas
from dispatch.services.absent import ELSEWHERE, hold_absent
from dispatch.services.cells import Cell
from dispatch.services.desks import HOME, KECAMATAN, VILLAGE_OFFICE, Defaults, defaults_of
from dispatch.services.intake_rows import AUTO_PREFIX, Fault, Finished, from_plain, read_row
from dispatch.services.intake_villages import Placed, place
from dispatch.services.nik import nik_warnings, parse_nik
from dispatch.services.recipients import Place, new_recipient, nik_match
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import new_id, now
from dispatch.store.models import Depot, Document, Import, ImportRow, Office, Recipient, Village
from dispatch.store.privacy import KeyRing
from dispatch.store.states import Holder, born

Verdict = Literal["accepted", "known", "review", "refused"]

ROW_SEALED_MAX = 4000
"""As much as a waiting row's column holds."""

OFFICE_SOURCE = "office"
"""The source of whatever the office itself brings, by file or by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What judging a row needs to know about the office. Plain values: it outlives the session it was read with."""

    office: str
    source: str
    today: date
    depots: Mapping[str, str]
    main_depot: str
    villages: frozenset[str]
    defaults: Defaults
    keys: KeyRing = field(repr=False)
    as_state: str = "ready"
    """"waiting_blank" for cards that are recorded and not printed; then a row's print date is its day of recording."""
    urgent_needs_grant: bool = False
    """Nothing is urgent here but what a person let through on two recommendations (`services/quotas.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A row judged by itself. `finished` is None when it is refused; without a village it has to be reviewed.

    `request_key` identifies it among its source's documents, `fingerprint` is the keyed hash of all its content.
    """

    row_no: int
    finished: Finished | None = None
    faults: tuple[Fault, ...] = ()
    request_key: str = ""
    fingerprint: str = ""
    depot_id: str = ""
    placed: Placed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a row. `document_id` for accepted and (mostly) known rows; the last three while it waits."""

    row_no: int
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    document_id: str | None = None
    placed: Placed | None = None
    request_key: str = ""
    fingerprint: str = ""
    row_sealed: str = ""


def source_of(by: Actor) -> str:
    """The documents of each program are a world of their own; all that the office itself brings is one."""
    return str(by) if by.kind == "client" else OFFICE_SOURCE


def desk_of(session: Session, keys: KeyRing, office: str, *, source: str) -> Desk:
    """Read once per delivery what its rows are judged by. NotFound for an office without a depot."""
    if session.get(Office, office) is None:
        raise NotFound(f"there is no office {office}")
    depots = session.scalars(
        select(Depot).where(Depot.office == office, Depot.is_active).order_by(Depot.name, Depot.id)
    ).all()
    if not depots:
        raise NotFound(f"the office {office} has no depot")
    day = calendar.today(session, calendar.calendar_of(session, office))
    return Desk(
        office=office,
        source=source,
        today=day,
        depots={depot.name.casefold(): depot.id for depot in depots},
        main_depot=depots[0].id,
        villages=frozenset(
            session.scalars(select(Village.code).where(Village.office == office, Village.kind != KECAMATAN))
        ),
        defaults=defaults_of(session, office),
        keys=keys,
        urgent_needs_grant=quotas.quota_on(session, office, day).urgent_needs_grant,
    )


def weigh(desk: Desk, row_no: int, cells: Mapping[str, Cell], *, surplus: bool = False) -> Weighed:
    """Judge one row by itself; touches no database."""
    found = read_row(cells, today=desk.today, surplus=surplus)
    if isinstance(found, list):
        return Weighed(row_no=row_no, faults=tuple(found))
    placed = place(found, desk.office, desk.villages)
    faults = [placed] if isinstance(placed, Fault) else []
    if found.print_point and found.print_point.casefold() not in desk.depots:
        faults.append(Fault("print_point", "unknown_print_point", "Titik cetak tidak dikenal di kantor ini."))
    faults += _homeless(found)
    if desk.as_state != "ready":
        faults += _unprintable(found, placed)
    if faults or isinstance(placed, Fault):
        return Weighed(row_no=row_no, faults=tuple(faults))
    return weighed_as(desk, row_no, found, placed)


def _homeless(found: Finished) -> list[Fault]:
    """A house has to be found by somebody who was never there."""
    if found.circumstance == ELSEWHERE:
        faults = []
        if not found.address:
            faults.append(Fault("address", "required", "Pemilik di luar daerah: isi alamat kirimnya."))
        if not found.outside_regency:
            reason = "Pemilik di luar daerah: isi kabupaten/kota alamat kirimnya."
            faults.append(Fault("outside_regency", "required", reason))
        return faults
    if found.by_officer and not (found.address or found.landmark):
        return [Fault("address", "required", "Diantar petugas ke rumah memerlukan alamat atau patokan.")]
    if found.destination == HOME and not (found.address or found.landmark):
        return [Fault("address", "required", "Antar ke rumah memerlukan alamat atau patokan.")]
    return []


def _unprintable(found: Finished, placed: Placed | Fault) -> list[Fault]:
    """What is only recorded has to be told again when it is printed, and needs a blank to wait for."""
    faults = []
    if not found.request_number:
        faults.append(Fault("request_number", "required", "Isi nomor permohonan."))
    if not printing.blank_of(found.kind):
        faults.append(Fault("kind", "no_blank", "Dokumen jenis ini tidak menunggu blangko; kirim setelah dicetak."))
    if isinstance(placed, Placed) and placed.code is None:
        faults.append(Fault("village_code", "unclear_village", "Desa belum jelas; isi kode desa."))
    return faults


def weighed_as(desk: Desk, row_no: int, finished: Finished, placed: Placed) -> Weighed:
    """A row whose village is settled, or known to be unclear."""
    # a year's holidays take a second to look up the first time: here nobody waits for it
    calendar.holidays_of(finished.printed_on.year)
    return Weighed(
        row_no=row_no,
        finished=finished,
        request_key=_request_key(desk, finished),
        fingerprint=_fingerprint(desk, finished),
        # a print point that was closed while the row waited: the main one has the document
        depot_id=desk.depots.get(finished.print_point.casefold(), desk.main_depot),
        placed=placed,
    )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A document, or a row waiting for its village (`document_id` None), that was here before."""

    document_id: str | None
    fingerprint: str
    waits: bool = False
    unprinted: str = ""
    """Of a card that is recorded and not printed: its kind and the keyed hash of its NIK."""


def settle(
    session: Session,
    desk: Desk,
    rows: Sequence[Weighed],
    *,
    by: Actor,
    rehearsal: dict[str, Arrived] | None = None,
) -> list[Outcome]:
    """Take weighed rows in, all or none; a row that was here before changes nothing. In the order of the rows.

    With a `rehearsal` (a dry run) nothing is written; it carries what earlier rows would have brought.
    """
    # first of all: a twin delivery of this office waits here, then finds our documents
    audit.begin(session, desk.office)
    request_keys = [row.request_key for row in rows if row.finished]
    arrived = _waiting(session, desk, request_keys) | _arrived(session, desk, request_keys) | (rehearsal or {})
    lane = quotas.granted(session, desk.office, request_keys)
    outcomes: list[Outcome] = []
    fresh: list[tuple[Weighed, str]] = []
    printed: dict[date, list[str]] = defaultdict(list)
    for row in rows:
        earlier = arrived.get(row.request_key)
        outcome = _outcome(desk, row, earlier, in_lane=row.request_key in lane)
        if outcome.verdict == "accepted" and rehearsal is None:
            outcome = replace(outcome, document_id=new_id())
            fresh.append((row, outcome.document_id or ""))
        if outcome.verdict in ("accepted", "review"):
            arrived[row.request_key] = Arrived(outcome.document_id, row.fingerprint, outcome.verdict == "review")
            if rehearsal is not None:
                rehearsal[row.request_key] = arrived[row.request_key]
        if _is_print_of(desk, row, earlier) and rehearsal is None and row.finished is not None:
            printed[row.finished.printed_on].append(outcome.document_id or "")
            arrived[row.request_key] = Arrived(outcome.document_id, row.fingerprint)
        outcomes.append(outcome)
    _printed(session, desk, printed, by=by)
    _bring_in(session, desk, fresh, lane, by=by)
    return outcomes


def opened(keys: KeyRing, row: ImportRow) -> Finished:
    """The row as it came, while it waits for a person."""
    return from_plain(json.loads(keys.open(row.row_sealed, f"{row.office}:row")))


def _outcome(desk: Desk, row: Weighed, earlier: Arrived | None, *, in_lane: bool) -> Outcome:
    if row.finished is None or row.placed is None:
        return Outcome(row_no=row.row_no, verdict="refused", faults=row.faults)
    if earlier is not None and (earlier.fingerprint == row.fingerprint or _is_print_of(desk, row, earlier)):
        return Outcome(row_no=row.row_no, verdict="known", document_id=earlier.document_id)
    if earlier is not None:
        return Outcome(row_no=row.row_no, verdict="refused", faults=(_clash(row.finished, earlier),))
    if row.finished.is_urgent and desk.urgent_needs_grant and not in_lane:
        return Outcome(row_no=row.row_no, verdict="refused", faults=(_NOT_LET_THROUGH,))
    if row.placed.code is not None:
        warnings = nik_warnings(parse_nik(row.finished.nik), district_code=row.placed.code)
        return Outcome(row_no=row.row_no, verdict="accepted", placed=row.placed, warnings=warnings)
    sealed = desk.keys.seal(_canonical(row.finished), f"{desk.office}:row")
    if len(sealed) > ROW_SEALED_MAX:
        fault = Fault("address", "too_long", "Isian baris ini terlalu panjang.")
        return Outcome(row_no=row.row_no, verdict="refused", faults=(fault,))
    return Outcome(
        row_no=row.row_no,
        verdict="review",
        placed=row.placed,
        request_key=row.request_key,
        fingerprint=row.fingerprint,
        row_sealed=sealed,
    )


_NOT_LET_THROUGH = Fault(
    "urgent",
    "urgent_without_grant",
    "Mendesak memerlukan rekomendasi desa dan kecamatan; catat di jalur mendesak dengan nomor permohonan ini.",
)


def _is_print_of(desk: Desk, row: Weighed, earlier: Arrived | None) -> bool:
    """Whether a finished card is the one that was recorded under this number; what was recorded with it stays."""
    if earlier is None or not earlier.unprinted or row.finished is None or desk.as_state != "ready":
        return False
    return earlier.unprinted == f"{row.finished.kind}:{nik_match(desk.keys, desk.office, row.finished.nik)}"


def _printed(session: Session, desk: Desk, printed: Mapping[date, Sequence[str]], *, by: Actor) -> None:
    for day, ids in printed.items():
        documents = session.scalars(select(Document).where(Document.office == desk.office, Document.id.in_(ids))).all()
        printing.reported(session, desk.office, documents, day, by=by)


def _clash(finished: Finished, earlier: Arrived) -> Fault:
    if earlier.waits:
        reason = "Dokumen ini sudah menunggu pemeriksaan desa dengan isi berbeda; putuskan dulu di daftar pemeriksaan."
    elif finished.request_number:
        reason = "Nomor permohonan ini sudah dipakai untuk dokumen dengan isi berbeda."
    else:
        reason = "Dokumen dengan jenis, NIK, dan tanggal cetak ini sudah ada dengan isi berbeda; beri nomor permohonan."
    return Fault("request_number", "same_number_other_content", reason)


def _request_key(desk: Desk, finished: Finished) -> str:
    if finished.request_number:
        return finished.request_number
    text = f"{finished.kind}|{finished.nik}|{finished.printed_on}"
    return AUTO_PREFIX + desk.keys.match(text, f"{desk.office}:auto")[:40]


def _fingerprint(desk: Desk, finished: Finished) -> str:
    return desk.keys.match(_canonical(finished), f"{desk.office}:content")


def _canonical(finished: Finished) -> str:
    return json.dumps(finished.to_plain(), sort_keys=True, ensure_ascii=False)


def _arrived(session: Session, desk: Desk, request_keys: Sequence[str]) -> dict[str, Arrived]:
    found = session.execute(
        select(Document, Recipient.nik_match)
        .join(Recipient, (Recipient.office == Document.office) & (Recipient.id == Document.recipient_id))
        .where(
            Document.office == desk.office,
            Document.source == desk.source,
            Document.request_number.in_(request_keys),
        )
    )
    return {
        document.request_number: Arrived(
            document.id,
            document.fingerprint,
            unprinted=f"{document.kind}:{nik}" if document.state in printing.UNPRINTED else "",
        )
        for document, nik in found
    }


def _waiting(session: Session, desk: Desk, request_keys: Sequence[str]) -> dict[str, Arrived]:
    """Rows of this source that wait for a person."""
    found = session.execute(
        select(ImportRow.request_key, ImportRow.fingerprint)
        .join(Import, (Import.office == ImportRow.office) & (Import.id == ImportRow.import_id))
        .where(ImportRow.office == desk.office, ImportRow.outcome == "review", ImportRow.request_key.in_(request_keys))
        .where(Import.source == desk.source, Import.is_dry_run.is_(False))
    )
    return {key: Arrived(None, fingerprint, waits=True) for key, fingerprint in found}


def _bring_in(
    session: Session, desk: Desk, fresh: Sequence[tuple[Weighed, str]], lane: Collection[str], *, by: Actor
) -> None:
    """Write the new documents, each held by the print point it came from."""
    if not fresh:
        return
    codes = _free_codes(session, desk.office, len(fresh))
    office_calendar = calendar.calendar_of(session, desk.office)
    promised: dict[tuple[date, bool], date] = {}
    by_depot: dict[str, list[Document]] = defaultdict(list)
    for (row, document_id), code in zip(fresh, codes, strict=True):
        assert row.finished is not None
        document = _document(session, desk, row, document_id, code)
        if row.request_key in lane:
            document.is_urgent, document.channel = True, "urgent"
        told = document.printed_on, document.destination != HOME
        if told not in promised:
            promised[told] = calendar.promised_day(session, desk.office, office_calendar, told[0], at_desk=told[1])
        document.promised_on = promised[told]
        by_depot[row.depot_id].append(document)
    session.flush()
    for depot_id, documents in by_depot.items():
        born(session, documents, desk.as_state, by=by, holder=Holder("depot", depot_id))
    if desk.as_state == "ready":
        hold_absent(session, [document for documents in by_depot.values() for document in documents], by=by)
    if desk.as_state != "ready":
        promises.promise_first(session, desk.office, [one for found in by_depot.values() for one in found])


def _document(session: Session, desk: Desk, row: Weighed, document_id: str, code: str) -> Document:
    assert row.finished is not None
    assert row.placed is not None
    finished = row.finished
    recipient = new_recipient(
        desk.keys,
        desk.office,
        nik=finished.nik,
        name=finished.name,
        phone=finished.phone,
        email=finished.email,
        place=Place(
            village_code=row.placed.code or "",
            address=finished.address,
            landmark=finished.landmark,
            lat=float(finished.lat) if finished.lat else None,
            lon=float(finished.lon) if finished.lon else None,
            family_card=finished.family_card,
        ),
    )
    recipient.id = new_id()
    recipient.regency = finished.outside_regency if finished.circumstance == ELSEWHERE else ""
    session.add(recipient)
    return Document(
        id=document_id,
        office=desk.office,
        source=desk.source,
        request_number=row.request_key,
        code=code,
        kind=finished.kind,
        recipient_id=recipient.id,
        village_code=row.placed.code,
        destination=_destination(desk, finished, row.placed.code or ""),
        depot_id=row.depot_id,
        printed_on=finished.printed_on,
        is_urgent=finished.is_urgent,
        circumstance=finished.circumstance,
        by_officer=finished.by_officer and not finished.circumstance,
        channel=finished.channel,
        fingerprint=row.fingerprint,
        created_at=now(session),
    )


def _destination(desk: Desk, finished: Finished, village_code: str) -> str:
    """Where it goes: as the row says where that can be, else by the office's defaults."""
    if finished.circumstance == ELSEWHERE or (finished.by_officer and not finished.circumstance):
        return HOME
    if finished.destination and desk.defaults.can_be(finished.destination, village_code):
        return finished.destination
    found = desk.defaults.of(village_code, finished.kind)
    # nobody finds a house of which nothing is known; its village office knows the person
    return VILLAGE_OFFICE if found == HOME and not (finished.address or finished.landmark) else found


def _free_codes(session: Session, office: str, count: int) -> list[str]:
    """Short codes for envelopes, said aloud and typed by hand: "K7M3-Q9XT". Random, so they say nothing."""
    codes: set[str] = set()
    while len(codes) < count:
        drawn = {f"{text[:4]}-{text[4:8]}" for text in (new_id().upper() for _ in range(count - len(codes)))}
        taken = select(Document.code).where(Document.office == office, Document.code.in_(drawn))
        codes |= drawn - set(session.scalars(taken))
    return list(codes)
