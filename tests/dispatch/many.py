"""An office with years of documents, written straight into rows: each with a whole trail, attempts, routes and prices.

The trail's hashes are left out, because nothing here asks for them; everything a report reads is as the services would
have written it. The same seed gives the same office.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.services.calendar import calendar_of
from dispatch.store import audit
from dispatch.store.models import (
    Attempt,
    Batch,
    Courier,
    Depot,
    Document,
    Event,
    Office,
    Plan,
    Recipient,
    Route,
    Shipment,
    Stop,
    Village,
)

CHUNK = 5_000
REASONS = ("KANTOR_DESA_TUTUP", "MENOLAK", "CUACA_AKSES", "ALAMAT_TIDAK_DITEMUKAN")


@dataclass
class _Life:
    """One document's moves: (instant, state, holder kind, evidence)."""

    moves: list[tuple[datetime, str]]
    tries: list[tuple[date, datetime, bool]] = field(default_factory=list)


class Many:
    """Makes the rows. `until`: nothing after this instant has happened yet."""

    def __init__(self, session: Session, office: str, *, documents: int, days: int, until: datetime, seed: int = 1):
        self.session, self.office, self.until = session, office, until
        self.count, self.days = documents, days
        self.chance = random.Random(seed)
        self.zone = ZoneInfo(session.get_one(Office, office).timezone)
        self.calendar = calendar_of(session, office)
        self.villages = session.scalars(select(Village).where(Village.office == office).order_by(Village.code)).all()
        self.couriers = session.scalars(select(Courier.id).where(Courier.office == office).order_by(Courier.name)).all()
        self.depot = session.scalars(select(Depot.id).where(Depot.office == office)).first()
        self.events: list[dict[str, object]] = []
        self.visits: dict[tuple[date, str], list[tuple[str, datetime, datetime, bool]]] = defaultdict(list)
        self.promised: dict[date, date] = {}

    def write(self) -> None:
        """Everything, in one go."""
        people, documents = [], []
        for number in range(self.count):
            person, document = self._document(number)
            people.append(person)
            documents.append(document)
        self._insert(Recipient, people)
        self._insert(Document, documents)
        self._rides()
        self.events.sort(key=lambda event: (event["at"], event["subject_id"], event["version"]))
        head = audit.begin(self.session, self.office)
        for seq, event in enumerate(self.events, start=head.seq + 1):
            event["seq"] = seq
        head.seq += len(self.events)
        self._insert(Event, self.events)

    def _document(self, number: int) -> tuple[dict[str, object], dict[str, object]]:
        chance, document_id = self.chance, f"d{number:015}"
        first = self.until.astimezone(self.zone).date() - timedelta(days=self.days)
        printed_on = first + timedelta(days=chance.randrange(self.days))
        village = self.villages[int(len(self.villages) * chance.random() ** 1.7)]
        life = self._life(printed_on)
        version, before = 0, ""
        for at, state in life.moves:
            if at > self.until:
                break
            version += 1
            self._event("document", document_id, version, before, state, at)
            before = state
        if not version:
            self._event("document", document_id, 1, "", "ready", self.until)
            version, before = 1, "ready"
        for day, at, arrived in life.tries:
            left = self._at(day, 8)
            if left <= self.until:
                self.visits[day, village.code].append((document_id, left, at, arrived))
        if printed_on not in self.promised:
            self.promised[printed_on] = self.calendar.add_working_days(printed_on, 5)
        name = f"{chance.choice(('Siti', 'Budi', 'Agus', 'Sri'))} {chance.choice(('Aminah', 'Santoso', 'Wahyuni'))}"
        person: dict[str, object] = {
            "id": f"r{number:015}", "office": self.office, "name": f"{name} {number}",
            "nik_sealed": "k1.-", "nik_match": f"{number:064x}", "nik_last4_match": f"{number % 10_000:064x}",
        }  # fmt: skip
        document: dict[str, object] = {
            "id": document_id, "office": self.office, "source": "many", "request_number": f"M{number}",
            "code": f"M{number:07}", "kind": "ktp_el", "recipient_id": person["id"], "village_code": village.code,
            "depot_id": self.depot, "printed_on": printed_on, "promised_on": self.promised[printed_on],
            "holder_kind": "depot", "holder_id": self.depot, "fingerprint": "-", "state": before, "version": version,
            "created_at": life.moves[0][0],
        }  # fmt: skip
        return person, document

    def _life(self, printed_on: date) -> _Life:
        chance = self.chance
        day = printed_on + timedelta(days=chance.randrange(2))
        life = _Life([(self._at(day, 9), "ready")])
        fate = chance.random()
        if fate < 0.03:
            return life
        if fate < 0.06:
            life.moves.append((self._at(day, 10), "held"))
            return life
        if fate < 0.08:
            life.moves.append((self._at(day + timedelta(days=2), 11), "withdrawn"))
            return life
        for attempt in range(3):
            day = self.calendar.add_working_days(day, 1 + chance.randrange(3))
            life.moves += [(self._at(day, 7), "batched"), (self._at(day, 8), "out")]
            came, fails = self._at(day, 9 + chance.randrange(5), chance.randrange(60)), chance.random() < 0.12
            life.tries.append((day, came, not fails))
            if not fails:
                if chance.random() < 0.15:
                    life.moves.append((came, "delivered"))
                    return life
                life.moves.append((came, "at_village"))
                if chance.random() < 0.9:
                    fetched = day + timedelta(days=int(chance.expovariate(1 / 4)))
                    life.moves.append((self._at(fetched, 14, 30), "delivered"))
                return life
            life.moves += [(came, "returning"), (self._at(day, 15), "returned")]
            if attempt < 2:
                life.moves.append((self._at(day, 16), "ready"))
        life.moves.append((self._at(day, 17), "held"))
        return life

    def _rides(self) -> None:
        """Each day's villages: every fifth by post, the others on routes of ten stops."""
        tables: dict[type, list[dict[str, object]]] = defaultdict(list)
        days: dict[date, list[str]] = defaultdict(list)
        for day, village in sorted(self.visits):
            days[day].append(village)
        places, made = {village.code: village for village in self.villages}, 0
        for day, codes in days.items():
            plan_id = f"p{day:%Y%m%d}"
            tables[Plan].append({
                "id": plan_id, "office": self.office, "service_date": day, "requested_by": "-", "seconds_allowed": 1,
                "requested_at": self._at(day, 6), "depot_ids": [self.depot],
                "courier_ids": [], "state": "closed", "version": 1,
            })  # fmt: skip
            by_post = [code for number, code in enumerate(codes) if number % 5 == 4]
            riding = [code for number, code in enumerate(codes) if number % 5 != 4]
            for code in by_post:
                made += 1
                batch_id, shipment_id = f"b{made:015}", f"s{made:015}"
                tables[Batch].append({
                    "id": batch_id, "office": self.office, "code": f"M{made}", "village_code": code,
                    "depot_id": self.depot, "created_at": self._at(day, 6), "state": "closed", "version": 1,
                })  # fmt: skip
                tables[Shipment].append({
                    "id": shipment_id, "office": self.office, "plan_id": plan_id, "batch_id": batch_id,
                    "partner": "post_counter", "rupiah": 7_000 + 400 * len(self.visits[day, code]),
                    "state": "delivered", "version": 1,
                })  # fmt: skip
                tables[Attempt] += self._attempts(day, code, {"stop_id": None, "shipment_id": shipment_id})
            for number, at in enumerate(range(0, len(riding), 10), start=1):
                route_id, stops = f"{plan_id}-{number}", riding[at : at + 10]
                tables[Route].append({
                    "id": route_id, "office": self.office, "plan_id": plan_id, "number": number,
                    "courier_id": self.couriers[number % len(self.couriers)], "depot_id": self.depot,
                    "leaves_s": 28_800, "returns_s": 50_000, "metres": 40_000 + number * 917,
                    "documents": sum(len(self.visits[day, code]) for code in stops), "fare": 100_001 + number,
                    "state": "completed", "version": 1,
                })  # fmt: skip
                for position, code in enumerate(stops, start=1):
                    visit, stop_id = self.visits[day, code], f"{route_id}-{position}"
                    tables[Stop].append({
                        "id": stop_id, "office": self.office, "route_id": route_id, "position": position,
                        "village_code": code, "lat": places[code].lat, "lon": places[code].lon,
                        "arrival_s": 32_400 + 900 * position, "departure_s": 33_000 + 900 * position, "metres": 4_000,
                        "arrived_at": None, "done_at": min(one[2] for one in visit),
                        "state": "done" if any(one[3] for one in visit) else "failed", "version": 1,
                    })  # fmt: skip
                    tables[Attempt] += self._attempts(day, code, {"stop_id": stop_id, "shipment_id": None})
        for model in (Plan, Batch, Route, Stop, Shipment, Attempt):
            self._insert(model, tables[model])

    def _attempts(self, day: date, code: str, where: dict[str, str | None]) -> Iterator[dict[str, object]]:
        for number, (document_id, left, at, arrived) in enumerate(self.visits[day, code]):
            attempt_id = f"a{document_id[8:]}{day:%m%d}{number % 1000:03}"
            state = ("succeeded" if arrived else "failed") if at <= self.until else "pending"
            self._event("attempt", attempt_id, 1, "", "pending", left)
            if state != "pending":
                self._event("attempt", attempt_id, 2, "pending", state, at)
            yield {
                "id": attempt_id, "office": self.office, "document_id": document_id, **where, "state": state,
                "version": 1 if state == "pending" else 2,
                "reason": self.chance.choice(REASONS) if state == "failed" else "",
            }  # fmt: skip

    def _event(self, kind: str, subject: str, version: int, before: str, after: str, at: datetime) -> None:
        self.events.append({
            "office": self.office, "subject_kind": kind, "subject_id": subject, "version": version,
            "from_state": before, "to_state": after, "actor_kind": "system", "actor_id": "antar", "at": at,
            "prev_hash": "-", "hash": "-",
        })  # fmt: skip

    def _insert(self, model: type, rows: list[dict[str, object]]) -> None:
        for at in range(0, len(rows), CHUNK):
            self.session.execute(insert(model), rows[at : at + CHUNK])

    def _at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), self.zone)
