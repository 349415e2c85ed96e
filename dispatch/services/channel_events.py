"""Job "channel_event": let what a channel told us count, once, in whatever order it came.

A message's fate only ever goes forward. A person's word is STOP or BERHENTI, MULAI, or a question about a document,
which is answered by the rules of `public_status` and with the same words for every number that does not fit. What a
person wrote is kept sealed until it is applied, and not at all afterwards.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Invalid, TooMany
from dispatch.runtime import Runtime
from dispatch.services import outbox, public_status
from dispatch.services.accounts import throttle
from dispatch.services.channel_accounts import WHATSAPP, whatsapp_of
from dispatch.services.relaying import next_channel
from dispatch.store import work
from dispatch.store.db import insert_if_absent, new_id, now
from dispatch.store.models import ChannelEvent, Message, Office
from dispatch.store.work import Claim
from partners.messages import Asked, Fate, Outgoing, Refused, StatusTold, further

STOP, START = frozenset({"stop", "berhenti", "unsubscribe"}), frozenset({"mulai", "start"})
ANSWERS_PER_PERSON = 20  # in a quarter of an hour; whoever writes more is not answered

HELP = (
    "Untuk menanyakan dokumen, tulis: STATUS <nomor permohonan> <4 angka terakhir nomor HP yang didaftarkan>, "
    "misalnya STATUS {example} 7891. Boleh juga tanggal lahir, misalnya 01-07-1990. "
    "Tulis BERHENTI bila tidak mau menerima pesan. — Dukcapil {office}"
)
NOTHING = (
    "Nomor permohonan dan angka pengenalnya tidak cocok, atau belum terdaftar. Periksa lagi, atau hubungi kantor. "
    "— Dukcapil {office}"
)
SLOWER = "Terlalu banyak pertanyaan. Silakan coba lagi nanti. — Dukcapil {office}"
STOPPED = "Anda tidak akan menerima pesan lagi. Tulis MULAI bila ingin menerimanya lagi. — Dukcapil {office}"
STARTED = "Anda akan menerima pesan lagi tentang dokumen Anda. — Dukcapil {office}"


@dataclass(frozen=True, slots=True)
class _Reply:
    """What is answered; `to` empty: nothing."""

    outcome: str
    to: str = ""
    text: str = ""


def receive(
    session: Session, runtime: Runtime, office: str, statuses: Sequence[StatusTold], asked: Sequence[Asked]
) -> int:
    """Put what a genuine webhook tells into the inbox; the number that were not there yet."""
    fates = [(f"{one.reference}:{one.fate}", "fate", {**asdict(one), "at": one.at.isoformat()}) for one in statuses]
    words = [(one.id, "asked", {"sender": one.sender, "text": one.text}) for one in asked]
    return sum(_keep(session, runtime, office, event_id, kind, content) for event_id, kind, content in (*fates, *words))


def handle(runtime: Runtime, claim: Claim) -> None:
    """Apply one event, and answer whoever asked."""

    def load(session: Session, event_id: str) -> _Reply | None:
        event = session.get_one(ChannelEvent, event_id)
        if event.outcome != "waiting":
            return None
        content = json.loads(runtime.keys.open(event.content_sealed, _place(event.office)))
        if event.kind == "fate":
            return _Reply(_fate(session, event.office, content))
        return _asked(session, runtime, event.office, content["sender"], content["text"])

    def act(reply: _Reply, claim: Claim) -> _Reply:
        if not reply.to:
            return reply
        with runtime.db.reading() as session:
            office = session.get_one(ChannelEvent, claim.ref).office
            channel = whatsapp_of(session, runtime.keys, office)
        try:
            channel.send(Outgoing(id=claim.ref, to=reply.to, text=reply.text))
        except Refused as refusal:
            return _Reply(f"refused {refusal.code}"[:10])
        return reply

    def save(session: Session, event_id: str, _loaded: _Reply, reply: _Reply) -> None:
        event = session.get_one(ChannelEvent, event_id)
        event.outcome, event.applied_at, event.content_sealed = reply.outcome, now(session), ""

    work.run(claim, load=load, act=act, save=save, give_up=_give_up)


def _keep(session: Session, runtime: Runtime, office: str, event_id: str, kind: str, content: dict[str, str]) -> bool:
    row: dict[str, object] = {
        "id": (row_id := new_id()),
        "office": office,
        "channel": WHATSAPP,
        "event_id": hashlib.sha256(event_id.encode()).hexdigest(),
        "kind": kind,
        "content_sealed": runtime.keys.seal(json.dumps(content), _place(office)),
        "received_at": now(session),
        "outcome": "waiting",
    }
    if not insert_if_absent(session, ChannelEvent, row, unique=["office", "channel", "event_id"]):
        return False
    work.want(session, "channel_event", row_id, office=office)
    return True


def _fate(session: Session, office: str, told: dict[str, str]) -> str:
    message = session.scalar(
        select(Message).where(
            Message.office == office,
            Message.channel == WHATSAPP,
            (Message.id == told["our_id"]) if told["our_id"] else (Message.partner_reference == told["reference"]),
        )
    )
    if message is None or message.status not in ("waiting", "sent", "delivered", "read", "failed"):
        return "unknown"
    fate: Fate = told["fate"]  # type: ignore[assignment]
    if not further(message.status, fate):
        return "stored"
    if fate == "failed":
        if message.status != "sent" or message.partner_reference != told["reference"]:
            return "stored"  # the fate of an earlier try
        next_channel(session, message, f"whatsapp {told['code']}")
        return "applied"
    if message.status == "waiting":
        # its answer was lost, and here is the word that it went out: it need not go out again
        message.round += 1
        message.partner_reference, message.sent_at, message.next_at = told["reference"], now(session), None
    message.status, message.error = fate, ""
    return "applied"


def _asked(session: Session, runtime: Runtime, office: str, sender: str, text: str) -> _Reply:
    who = runtime.keys.match(sender, f"{office}:contact")[:32]
    name = session.get_one(Office, office).name
    try:
        throttle(session, f"answers:{who}", ANSWERS_PER_PERSON)
    except TooMany:
        return _Reply("stored")
    word = re.sub(r"[^a-z]", "", text.lower())
    try:
        if word in STOP:
            outbox.opt_out(session, runtime.keys, office, sender, source="message")
            return _Reply("applied", sender, STOPPED.format(office=name))
        if word in START:
            outbox.opt_in(session, runtime.keys, office, sender)
            return _Reply("applied", sender, STARTED.format(office=name))
    except Invalid:
        return _Reply("stored")  # no Indonesian mobile number: we never write there first
    question = public_status.read_question(text)
    if question is None:
        return _Reply("applied", sender, HELP.format(office=name, example="35052026-0123"))
    try:
        found = public_status.ask(session, runtime.keys, question, place=f"whatsapp:{who}", office=office)
    except TooMany:
        return _Reply("applied", sender, SLOWER.format(office=name))
    said = "\n".join(
        " ".join([one.sentence, f"Biaya: {one.fee}.", *([f"Resi: {one.resi}."] if one.resi else [])]) for one in found
    )
    return _Reply("applied", sender, f"{said}\n— Dukcapil {name}" if found else NOTHING.format(office=name))


def _give_up(session: Session, event_id: str, error: str) -> None:
    event = session.get_one(ChannelEvent, event_id)
    event.outcome, event.content_sealed = "unknown", ""


def _place(office: str) -> str:
    return f"{office}:channel-event"
