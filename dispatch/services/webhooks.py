"""The office's own programs are told of every change of a document, at least once, signed, in their own time.

A delivery is a row of the transaction that made the change; job "webhook" brings it to its endpoint, again and again
for about three days. Then the endpoint is switched off and a person told. What was missed meanwhile can be replayed by
its sequence numbers. A message holds our ids, the upstream request number and states; never a person.
"""

import base64
import json
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.runtime import Runtime
from dispatch.said import say
from dispatch.services.cases import open_case
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import Document, Event, WebhookDelivery, WebhookEndpoint
from dispatch.store.privacy import KeyRing
from dispatch.store.states import MACHINES
from dispatch.store.work import Claim
from partners.outgoing import Told, refuse, tell
from partners.strict_json import Json

STATES = tuple(dict.fromkeys(end for _, end in MACHINES["document"]))
PAUSES = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""How long a receiver is left alone, try by try; after the last its endpoint is switched off."""
BOTH_SECRETS = timedelta(hours=24)
MOST_REPLAYED, SHOWN = 10_000, 50
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    url: str
    secrets: tuple[str, ...]
    message_id: str
    body: Json
    at: datetime


def add_endpoint(
    session: Session,
    keys: KeyRing,
    office: str,
    url: str,
    states: Sequence[str] = (),
    *,
    on_loopback: bool = False,
    by: Actor,
) -> tuple[WebhookEndpoint, str]:
    """Tell this address from the next change on. The secret is shown this once."""
    try:
        refuse(url, on_loopback=on_loopback)
    except ValueError as error:
        raise Invalid(fields=[FieldError("url", str(error))]) from None
    if set(states) - set(STATES):
        raise Invalid(fields=[FieldError("states", say("pilih dari %(states)s", states=", ".join(STATES)))])
    if session.scalar(select(WebhookEndpoint.id).where(WebhookEndpoint.office == office, WebhookEndpoint.url == url)):
        raise Conflict("this address is told already")
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        office=office, url=url, states=list(states), secrets_sealed="", is_active=True, created_by=str(by),
        created_at=now(session),
    )  # fmt: skip
    _seal(keys, endpoint, [{"secret": secret, "until": ""}])
    session.add(endpoint)
    session.flush()
    return endpoint, secret


def endpoints(session: Session, office: str) -> Sequence[WebhookEndpoint]:
    """The office's endpoints, the oldest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.office == office).order_by(WebhookEndpoint.created_at)
    return session.scalars(query).all()


def deliveries(session: Session, office: str, endpoint_id: str) -> Sequence[WebhookDelivery]:
    """The newest deliveries to an endpoint."""
    return session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.office == office, WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.event_seq.desc())
        .limit(SHOWN)
    ).all()


def rotate(session: Session, keys: KeyRing, office: str, endpoint_id: str) -> str:
    """A new secret, shown this once; the one before it signs along for another day."""
    endpoint = _endpoint(session, office, endpoint_id)
    secret, until = _new_secret(), (now(session) + BOTH_SECRETS).isoformat()
    before = _opened(keys, endpoint)[0]
    _seal(keys, endpoint, [{"secret": secret, "until": ""}, {"secret": before["secret"], "until": until}])
    session.flush()
    return secret


def switch(session: Session, office: str, endpoint_id: str, *, is_active: bool) -> None:
    """Stop telling an address, or begin again; what was missed is replayed by hand."""
    endpoint = _endpoint(session, office, endpoint_id)
    endpoint.is_active = is_active
    endpoint.disabled_at = None if is_active else now(session)
    session.flush()


def replay(session: Session, office: str, endpoint_id: str, first: int, last: int) -> int:
    """Tell again what happened from one sequence number to another, under the same ids; how many messages that is."""
    endpoint = _endpoint(session, office, endpoint_id)
    if not endpoint.is_active:
        raise Conflict("the endpoint is switched off")
    if not 1 <= first <= last or last - first >= MOST_REPLAYED:
        raise Invalid(fields=[FieldError("first", say("isi rentang paling panjang %(most)s", most=MOST_REPLAYED))])
    seqs = session.execute(
        select(Event.seq, Event.to_state)
        .where(Event.office == office, Event.subject_kind == "document", Event.seq.between(first, last))
        .order_by(Event.seq)
    ).all()
    wanted = [seq for seq, state in seqs if not endpoint.states or state in endpoint.states]
    for seq in wanted:
        if not _queue(session, endpoint, seq):
            delivery = session.scalars(
                select(WebhookDelivery).where(
                    WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.event_seq == seq
                )
            ).one()
            if delivery.status != "waiting":
                delivery.status, delivery.tries = "waiting", 0
                _again(session, delivery, timedelta())
    return len(wanted)


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "webhook": one try of one delivery."""

    def load(session: Session, ref: str) -> _Sending | None:
        delivery = _waiting(session, ref)
        if delivery is None:
            return None
        endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
        if not endpoint.is_active:
            delivery.status = "stopped"
            return None
        at = now(session)
        active = [one["secret"] for one in _opened(runtime.keys, endpoint) if _counts(one["until"], at)]
        return _Sending(
            url=endpoint.url,
            secrets=tuple(active),
            message_id=f"msg_{delivery.id}",
            body=message_of(session, delivery),
            at=at,
        )

    def act(sending: _Sending, _claim: Claim) -> Told:
        return tell(
            sending.url,
            message_id=sending.message_id,
            body=sending.body,
            secrets=sending.secrets,
            at=sending.at,
            on_loopback=runtime.settings.webhooks_on_loopback,
        )

    def save(session: Session, ref: str, _sending: _Sending, told: Told) -> None:
        delivery = _waiting(session, ref)
        if delivery is not None:
            _answered(session, delivery, told)

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def message_of(session: Session, delivery: WebhookDelivery) -> dict[str, Json]:
    """What is told: ids, the upstream number, states, when."""
    event = session.get_one(Event, (delivery.office, delivery.event_seq))
    document = session.get_one(Document, event.subject_id)
    number = document.request_number
    return {
        "type": f"document.{event.to_state}",
        "timestamp": event.at.astimezone(UTC).isoformat(),
        "data": {
            "office": event.office,
            "document_id": document.id,
            "request_number": None if number.startswith("auto-") else number,
            "state": event.to_state,
            "previous_state": event.from_state or None,
            "version": event.version,
            "sequence": event.seq,
        },
    }


def _queue(session: Session, endpoint: WebhookEndpoint, seq: int) -> bool:
    row: dict[str, object] = {
        "id": (delivery_id := new_id()),
        "office": endpoint.office,
        "endpoint_id": endpoint.id,
        "event_seq": seq,
        "status": "waiting",
        "tries": 0,
        "round": 0,
        "answer": 0,
        "error": "",
        "created_at": now(session),
    }
    if not insert_if_absent(session, WebhookDelivery, row, unique=["endpoint_id", "event_seq"]):
        return False
    work.want(session, "webhook", f"{delivery_id}:0", office=endpoint.office)
    return True


def _answered(session: Session, delivery: WebhookDelivery, told: Told) -> None:
    delivery.tries += 1
    delivery.answer, delivery.error = told.status, told.problem
    if told.is_taken:
        delivery.status, delivery.sent_at, delivery.next_at = "sent", now(session), None
    elif told.status == GONE or delivery.tries > len(PAUSES):
        delivery.status = "failed"
        _disable(session, delivery)
    else:
        _again(session, delivery, PAUSES[delivery.tries - 1])


def _disable(session: Session, delivery: WebhookDelivery) -> None:
    changed = session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == delivery.endpoint_id, WebhookEndpoint.is_active)
        .values(is_active=False, disabled_at=now(session))
        .returning(WebhookEndpoint.id)
    ).first()
    if changed is None:
        return
    why = (
        "tidak lagi menerima (410)" if delivery.answer == GONE else f"tidak menerima sesudah {delivery.tries} percobaan"
    )
    detail = (
        f"Webhook ke sistem kantor {why} dan dimatikan, mulai dari urutan {delivery.event_seq}. "
        "Perbaiki penerimanya, nyalakan lagi, lalu kirim ulang rentang yang terlewat."
    )
    open_case(
        session, delivery.office, "webhook_disabled", subject_kind="webhook", subject_id=delivery.endpoint_id,
        detail=detail,
    )  # fmt: skip


def _again(session: Session, delivery: WebhookDelivery, pause: timedelta) -> None:
    delivery.round += 1
    delivery.next_at = now(session) + pause
    session.flush()
    work.want(session, "webhook", f"{delivery.id}:{delivery.round}", office=delivery.office, after=pause)


def _waiting(session: Session, ref: str) -> WebhookDelivery | None:
    delivery_id, _, round_ = ref.partition(":")
    found = session.get(WebhookDelivery, delivery_id)
    return found if found is not None and found.status == "waiting" and str(found.round) == round_ else None


def _give_up(session: Session, ref: str, error: str) -> None:
    delivery = _waiting(session, ref)
    if delivery is not None:
        delivery.status, delivery.error = "failed", error[:40]
        _disable(session, delivery)


def _endpoint(session: Session, office: str, endpoint_id: str) -> WebhookEndpoint:
    found = session.scalar(
        select(WebhookEndpoint).where(WebhookEndpoint.office == office, WebhookEndpoint.id == endpoint_id)
    )
    if found is None:
        raise NotFound(f"there is no endpoint {endpoint_id}")
    return found


def _counts(until: str, at: datetime) -> bool:
    return not until or datetime.fromisoformat(until) > at


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()


def _seal(keys: KeyRing, endpoint: WebhookEndpoint, held: Sequence[Mapping[str, str]]) -> None:
    endpoint.secrets_sealed = keys.seal(json.dumps(list(held)), _place(endpoint.office))


def _opened(keys: KeyRing, endpoint: WebhookEndpoint) -> list[dict[str, str]]:
    held: list[dict[str, str]] = json.loads(keys.open(endpoint.secrets_sealed, _place(endpoint.office)))
    return held


def _place(office: str) -> str:
    return f"{office}:webhook"
