"""Pos Indonesia at the counter: no API, so three files.

Out goes the manifest the clerk takes in, one row per shipment; back come the list of receipt numbers (resi), which may
be the same file with its last column filled in, and later the file of what happened. No file holds an NIK or says
which kinds of documents are inside.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from partners.base import Kind, PartnerEvent, Place, Proof, in_utc, made_event_id
from partners.counter_table import Row, RowError, read_table, write_table
from partners.events import EVENTS
from partners.phones import printed

REFERENCE = "Referensi"
RESI = "Nomor Resi"
STATUS = "Status"
TIME = "Waktu"
RECEIVED_BY = "Penerima"
REASON = "Keterangan"
_MANIFEST = (
    "No",
    "Kode Berkas",
    "Kantor Tujuan",
    "Alamat",
    "Kode Pos",
    "Telepon",
    "Jumlah Dokumen",
    REFERENCE,
    RESI,
)
_RESI_SHAPE = re.compile(r"[A-Z0-9][A-Z0-9-]{5,29}", re.ASCII)
_REFERENCE_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_TIME_FORMATS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_POST_WORDS: dict[str, Kind] = {
    "posting": "picked_up",
    "posting loket": "picked_up",
    "diterima di loket": "picked_up",
    "dalam perjalanan": "in_transit",
    "proses antar": "in_transit",
    "gagal antar": "attempt_failed",
    "antar ulang": "attempt_failed",
    "retur": "returning",
    "selesai antar": "delivered",
    "delivered": "delivered",
    "hilang": "lost",
    "rusak": "lost",
}
_KINDS: dict[str, Kind] = {meaning.word: code for code, meaning in EVENTS.items()} | _POST_WORDS
"""Our own Indonesian words, and those heard at post counters (a list to grow, not a documented one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterShipment:
    """One batch to hand over at the counter."""

    reference: str
    batch_code: str
    recipient: Place
    documents: int

    def __post_init__(self) -> None:
        if not _REFERENCE_SHAPE.fullmatch(self.reference):
            raise ValueError(f"a reference is 1 to 40 letters, digits, - or _, not {self.reference!r}")
        if self.documents < 1:
            raise ValueError("a shipment holds at least one document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resi:
    """The receipt number the post gave to a shipment of ours."""

    reference: str
    number: str


@dataclass(frozen=True, slots=True)
class ReadFile[T]:
    """What a file said: good rows in file order, and why each other row was not taken."""

    rows: tuple[T, ...]
    errors: tuple[RowError, ...]


class PostCounter:
    """Files for and from the counter. `zone` is where the counter's clock hangs; the files carry no zone."""

    name = "pos"

    def __init__(self, zone: tzinfo = ZoneInfo("Asia/Jakarta")) -> None:  # noqa: B008 - an immutable value
        self._zone = zone

    def manifest(self, shipments: Sequence[CounterShipment]) -> bytes:
        """The CSV for the clerk. The column of receipt numbers is empty, for the clerk to fill in."""
        return write_table(
            _MANIFEST,
            (
                (
                    str(number),
                    shipment.batch_code,
                    shipment.recipient.name,
                    shipment.recipient.address,
                    shipment.recipient.postcode,
                    printed(shipment.recipient.phone),
                    str(shipment.documents),
                    shipment.reference,
                    "",
                )
                for number, shipment in enumerate(shipments, start=1)
            ),
        )

    def read_resi_list(self, content: bytes) -> ReadFile[Resi]:
        """Our references with their receipt numbers. Raises NotUnderstood when it is no such file.

        The same pair twice counts once; one reference with two numbers, or one number for two references, is refused
        in both rows: a wrong receipt number would follow somebody else's letter.
        """
        errors: list[RowError] = []
        found: list[tuple[int, Resi]] = []
        for row in read_table(content, (REFERENCE, RESI)):
            mistake = _wrong_reference(row) or _wrong_resi(row)
            if mistake:
                errors.append(mistake)
            else:
                found.append((row.number, Resi(reference=row.cells[REFERENCE], number=_resi(row))))
        numbers: dict[str, set[str]] = {}
        references: dict[str, set[str]] = {}
        for _, resi in found:
            numbers.setdefault(resi.reference, set()).add(resi.number)
            references.setdefault(resi.number, set()).add(resi.reference)
        good: dict[Resi, None] = {}
        for row_number, resi in found:
            if len(numbers[resi.reference]) > 1:
                errors.append(RowError(row_number, RESI, "referensi ini punya dua nomor resi dalam berkas"))
            elif len(references[resi.number]) > 1:
                errors.append(RowError(row_number, RESI, "nomor resi ini dipakai untuk dua referensi"))
            else:
                good[resi] = None
        return ReadFile(tuple(good), tuple(sorted(errors, key=lambda error: error.row)))

    def read_status_file(self, content: bytes, *, now: datetime | None = None) -> ReadFile[PartnerEvent]:
        """What happened to our shipments, as events. Raises NotUnderstood when it is no such file.

        A row told twice, in one file or the next, has the same event id. With `now` (aware), rows that lie in the
        future are refused: a mistyped year would make every later event look old.
        """
        errors: list[RowError] = []
        events: dict[str, PartnerEvent] = {}
        for row in read_table(content, (REFERENCE, RESI, STATUS, TIME), optional=(RECEIVED_BY, REASON)):
            kind, at = self._kind(row), self._instant(row, now)
            mistake = _wrong_reference(row) or _wrong_resi(row)
            mistake = mistake or (kind if isinstance(kind, RowError) else None)
            mistake = mistake or (at if isinstance(at, RowError) else None)
            if mistake or isinstance(kind, RowError) or isinstance(at, RowError):
                errors.extend([mistake] if mistake else [])
                continue
            event = self._event(row, kind, at)
            events.setdefault(event.event_id, event)
        return ReadFile(tuple(events.values()), tuple(errors))

    def _event(self, row: Row, kind: Kind, at: datetime) -> PartnerEvent:
        reference = row.cells[REFERENCE]
        receiver = row.cells.get(RECEIVED_BY, "")
        return PartnerEvent(
            partner=self.name,
            event_id=made_event_id(self.name, reference, kind, at),
            order_reference=reference,
            partner_reference=_resi(row),
            kind=kind,
            at=at,
            proof=Proof(received_by=receiver) if receiver and kind == "delivered" else None,
            reason=row.cells.get(REASON, ""),
            waybill=_resi(row),
        )

    def _kind(self, row: Row) -> Kind | RowError:
        word = " ".join(row.cells[STATUS].split()).casefold()
        return _KINDS.get(word) or RowError(row.number, STATUS, f"status tidak dikenal: {row.cells[STATUS][:40]!r}")

    def _instant(self, row: Row, now: datetime | None) -> datetime | RowError:
        for shape in _TIME_FORMATS:
            try:
                at = in_utc(datetime.strptime(row.cells[TIME], shape).replace(tzinfo=self._zone))
            except ValueError:
                continue
            if now is not None and at > now:
                return RowError(row.number, TIME, "waktu ini belum tiba")
            return at
        return RowError(row.number, TIME, "waktu harus seperti 31/12/2026 14:05")


def _wrong_reference(row: Row) -> RowError | None:
    if not row.cells[REFERENCE]:
        return RowError(row.number, REFERENCE, "referensi kosong")
    if not _REFERENCE_SHAPE.fullmatch(row.cells[REFERENCE]):
        return RowError(row.number, REFERENCE, "referensi hanya huruf, angka, - dan _")
    return None


def _wrong_resi(row: Row) -> RowError | None:
    number = _resi(row)
    if not number:
        return RowError(row.number, RESI, "nomor resi kosong")
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", number, re.ASCII):
        return RowError(row.number, RESI, "nomor resi dibulatkan oleh lembar kerja; format kolom sebagai teks")
    if not _RESI_SHAPE.fullmatch(number):
        return RowError(row.number, RESI, "nomor resi harus 6 sampai 30 huruf atau angka")
    return None


def _resi(row: Row) -> str:
    return "".join(row.cells[RESI].split()).upper()
