"""Release policies: who may receive, how often one tries, where a document waits then, what has to be shown for it.

A policy is data of the office, per kind of document and dated. A kind's own rule comes before the rule for all kinds;
within each the newest that has begun counts. What a failed attempt leads to is one pure function of the policy, the
reason and the number of attempts (`next_step`), so it can be read as a table and tested as one.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.said import say
from dispatch.services.reasons import REASONS
from dispatch.services.receivers import AT_DESK, RECEIVERS, receiver_of
from dispatch.store.models import Batch, BatchItem, Document
from dispatch.store.models import ReleasePolicy as PolicyRow

if TYPE_CHECKING:
    from dispatch.services.calendar import Calendar

Need = Literal["required", "optional", "off"]
Action = Literal["retry", "wait", "return", "hold", "reprint"]

NEEDS: Mapping[str, str] = {"required": say("wajib"), "optional": say("boleh"), "off": say("tidak dipakai")}
"""How strict a proof is asked for, the strictest first."""
PROOFS: Mapping[str, str] = {
    "photo": say("foto"), "signature": say("tanda tangan"), "code": say("kode penerima"), "scan": say("pindai label"),
}  # fmt: skip
PAYERS: Mapping[str, str] = {"office": say("kantor"), "citizen": say("warga")}
PLACES: Mapping[str, str] = {
    "office": say("kantor Dukcapil"),
    "post_office": say("kantor pos kecamatan"),
    "district_office": say("kantor kecamatan"),
    "village_office": say("kantor desa"),
}
"""Where a document may wait after the last attempt; the first are the stricter ones."""
MOST_ATTEMPTS, MOST_DAYS, MOST_FEE = 9, 250, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a policy says. Working days and whole rupiah; `waiting_days` 0: back to the office at once.

    Invalid, naming the field and its rule, when it makes no sense.
    """

    receivers: frozenset[str]
    attempts: int
    waiting_place: str
    waiting_days: int
    swap_old_card: bool
    fee_rupiah: int
    payer: str
    proofs: Mapping[str, Need] = field(hash=False)

    def __post_init__(self) -> None:
        wrong = [
            *_unless(bool(self.receivers), "receivers", "pilih paling sedikit satu penerima"),
            *_known(self.receivers, RECEIVERS, "receivers"),
            *_within(self.attempts, 1, MOST_ATTEMPTS, "attempts"),
            *_known([self.waiting_place], PLACES, "waiting_place"),
            *_within(self.waiting_days, 0, MOST_DAYS, "waiting_days"),
            *_within(self.fee_rupiah, 0, MOST_FEE, "fee_rupiah"),
            *_known([self.payer], PAYERS, "payer"),
            *_unless(set(self.proofs) == set(PROOFS), "proofs", f"isi {', '.join(PROOFS)}"),
            *(error for kind, need in self.proofs.items() for error in _known([need], NEEDS, f"proofs.{kind}")),
        ]
        if wrong:
            raise Invalid(fields=wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy(Terms):
    """The terms in force for a kind (empty: for all kinds), and the row they come from (empty: put together)."""

    id: str = ""
    kind: str = ""
    valid_from: date = date.min
    practice: str = ""

    def fingerprint(self) -> str:
        """The same for the same rule; 40 hex characters, as an event can carry them."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "id"}
        said |= {"receivers": sorted(self.receivers), "proofs": dict(self.proofs), "valid_from": str(self.valid_from)}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What a failed attempt leads to: a later route, waiting somewhere for so many working days, the office, a person
    who looks first, or a new print."""

    action: Action
    place: str = ""
    working_days: int | None = None

    def until(self, calendar: "Calendar", day: date) -> date | None:
        """The last day of waiting when it begins on this day; None where nothing waits."""
        return None if self.working_days is None else calendar.add_working_days(day, self.working_days)


def policy_for(session: Session, office: str, kind: str, on: date) -> ReleasePolicy:
    """The policy for a kind of document on a day."""
    found = in_force(session, office, on)
    if kind not in found and "" not in found:
        raise NotFound(f"the office {office} has no release policy for {on}")
    return found.get(kind) or found[""]


def in_force(session: Session, office: str, on: date) -> Mapping[str, ReleasePolicy]:
    """Every rule that counts on a day, by kind; "" is the one for all other kinds."""
    rows = session.scalars(
        select(PolicyRow)
        .where(PolicyRow.office == office, PolicyRow.valid_from <= on)
        .order_by(PolicyRow.valid_from, PolicyRow.revision)
    )
    return {row.kind: policy_of(row) for row in rows}  # the newest of each kind comes last


def for_batch(session: Session, batch: Batch, on: date) -> ReleasePolicy:
    """What holds for handing a batch over at its destination: the strictest of its kinds.

    At an office those who work there receive, whoever may receive at home; no old card is swapped there, because the
    citizen brings it when fetching the new one.
    """
    return for_batches(session, [batch], on)


def for_batches(session: Session, batches: Sequence[Batch], on: date) -> ReleasePolicy:
    """The same for all batches of one stop (at least one); they have one destination."""
    kinds = session.scalars(
        select(Document.kind)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .where(Document.office == batches[0].office, BatchItem.batch_id.in_([batch.id for batch in batches]))
        .distinct()
        .order_by(Document.kind)
    ).all()
    found = in_force(session, batches[0].office, on)
    chosen = [found.get(kind) or found[""] for kind in kinds] or [found[""]]
    return at_destination(strictest(chosen), batches[0].destination)


def cards_due(session: Session, batches: Sequence[Batch], on: date) -> int:
    """How many old cards the policy wants in exchange for what these batches carry to a home; none at an office."""
    if not batches or batches[0].destination != "home":
        return 0
    found = in_force(session, batches[0].office, on)
    kinds = session.scalars(
        select(Document.kind)
        .join(BatchItem, BatchItem.document_id == Document.id)
        .where(Document.office == batches[0].office, BatchItem.batch_id.in_([batch.id for batch in batches]))
    )
    return sum((found.get(kind) or found[""]).swap_old_card for kind in kinds)


def at_destination(policy: ReleasePolicy, destination: str) -> ReleasePolicy:
    """A policy as it holds at this kind of destination: "home" as it stands, at an office for the desk."""
    if destination == "home":
        return policy
    return replace(policy, receivers=AT_DESK, swap_old_card=False)


def strictest(policies: Sequence[ReleasePolicy]) -> ReleasePolicy:
    """One policy that breaks none of these: what all allow, the fewest attempts, every proof that one of them wants.

    In one envelope for a household the holder of one document is family to the other: where a kind does not go to its
    holder but to the family (a child's card), the holder of another kind may take it too.
    """
    if len(policies) == 1:
        return policies[0]
    dearest = max(policies, key=lambda policy: policy.fee_rupiah)
    allowed = [p.receivers | {"holder"} if "family" in p.receivers else p.receivers for p in policies]
    receivers = frozenset.intersection(*allowed)
    if not any("holder" in policy.receivers for policy in policies):
        receivers -= {"holder"}
    needs = list(NEEDS)
    return ReleasePolicy(
        receivers=receivers or min((policy.receivers for policy in policies), key=len),
        attempts=min(policy.attempts for policy in policies),
        waiting_place=min((policy.waiting_place for policy in policies), key=list(PLACES).index),
        waiting_days=min(policy.waiting_days for policy in policies),
        swap_old_card=any(policy.swap_old_card for policy in policies),
        fee_rupiah=dearest.fee_rupiah,
        payer=dearest.payer,
        proofs={kind: min((p.proofs[kind] for p in policies), key=needs.index) for kind in PROOFS},
        valid_from=max(policy.valid_from for policy in policies),
    )


def may_receive(policy: Terms, relation: str) -> bool:
    """Whether this person may take the document; `relation` as a page says it or as the receiver's code."""
    return receiver_of(relation) in policy.receivers


def receivers_of(policy: Terms) -> tuple[tuple[str, str], ...]:
    """Code and words of everybody who may receive, from the person outwards, as pages offer them."""
    return tuple((code, RECEIVERS[code].words) for code in RECEIVERS if code in policy.receivers)


def next_step(policy: Terms, reason: str, attempts_so_far: int, destination: str = "home") -> NextStep:
    """What follows a failed attempt. `attempts_so_far` counts this one too, where its reason counts.

    An office that stays closed is no citizen who stays away: after the last attempt a person rings it up.
    """
    known = REASONS[reason]
    if known.leads in ("hold", "return", "reprint"):
        return NextStep(action="hold" if known.leads == "hold" else known.leads)
    is_home = destination == "home"
    if known.leads == "card" and policy.swap_old_card and is_home:
        return _waits(policy)  # trying again brings no old card; it waits until the citizen comes with it
    if not known.is_attempt or attempts_so_far < policy.attempts:
        return NextStep(action="retry")
    return _waits(policy) if is_home else NextStep(action="hold")


def _waits(policy: Terms) -> NextStep:
    if policy.waiting_days == 0:
        return NextStep(action="return")
    return NextStep(action="wait", place=policy.waiting_place, working_days=policy.waiting_days)


def policy_of(row: PolicyRow) -> ReleasePolicy:
    """A stored rule as a value."""
    proofs: dict[str, Need] = {}
    for kind in PROOFS:
        proofs[kind] = getattr(row, kind)
    return ReleasePolicy(
        id=row.id,
        kind=row.kind,
        valid_from=row.valid_from,
        practice=row.practice,
        receivers=frozenset(row.receivers),
        attempts=row.attempts,
        waiting_place=row.waiting_place,
        waiting_days=row.waiting_days,
        swap_old_card=row.swap_old_card,
        fee_rupiah=row.fee_rupiah,
        payer=row.payer,
        proofs=proofs,
    )


def _unless(is_right: bool, name: str, rule: str) -> list[FieldError]:
    return [] if is_right else [FieldError(name, rule)]


def _within(number: int, least: int, most: int, name: str) -> list[FieldError]:
    return _unless(least <= number <= most, name, f"isi {least} sampai {most:,}".replace(",", "."))


def _known(given: Collection[str], known: Collection[str], name: str) -> list[FieldError]:
    strange = sorted(set(given) - set(known))
    return _unless(not strange, name, f"{', '.join(strange)} tidak dikenal; pilih dari {', '.join(known)}")
