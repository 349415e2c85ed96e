"""Release policies: what holds on a day, what held before, the shipped practices, and deciding a new one."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Shape
from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid
from dispatch.services import calendar, policy_changes
from dispatch.services.policies import Need, ReleasePolicy, Terms, in_force, policy_of
from dispatch.services.practices import practice_named, practices
from dispatch.store.models import ReleasePolicy as Row

Word = Annotated[str, Field(max_length=20)]


class PoliciesQuery(BaseModel):
    """Which day's rules (2026-11-24), by default today's."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = Field(None, alias="date")


class Proofs(Form):
    """What has to be shown: "required", "optional" or "off"."""

    photo: Need = "optional"
    signature: Need = "optional"
    code: Need = "optional"
    scan: Need = "optional"


class TermsForm(Form):
    """A rule in the office's own words. Days are working days after the last attempt; 0: back to the office at once.

    `receivers`: holder, family, proxy, rt_head, village_officer, district_officer, neighbour, other. `waiting_place`:
    office, post_office, district_office, village_office. `payer`: office or citizen.
    """

    receivers: Annotated[list[Word], Field(max_length=20)]
    attempts: Int
    waiting_place: Word
    waiting_days: Int
    swap_old_card: bool = False
    fee_rupiah: Int = 0
    payer: Word = "office"
    proofs: Proofs = Field(default_factory=Proofs)

    def terms(self) -> Terms:
        return Terms(
            receivers=frozenset(self.receivers),
            attempts=self.attempts,
            waiting_place=self.waiting_place,
            waiting_days=self.waiting_days,
            swap_old_card=self.swap_old_card,
            fee_rupiah=self.fee_rupiah,
            payer=self.payer,
            proofs=self.proofs.model_dump(),
        )


class NewPolicy(Form):
    """A new rule from a day on: either a shipped `practice` by its name, or `terms`. `kind` empty: for all kinds."""

    practice: Annotated[str, Field(max_length=40)] = ""
    terms: TermsForm | None = None
    kind: Word = ""
    valid_from: Annotated[date, Field(strict=False)] | None = None


class TermsOut(Shape):
    """What a policy says. Working days, whole rupiah."""

    receivers: list[str]
    attempts: int
    waiting_place: str
    waiting_days: int
    swap_old_card: bool
    fee_rupiah: int
    payer: str
    proofs: dict[str, Literal["required", "optional", "off"]]


class PolicyOut(TermsOut):
    """One rule. `kind` empty: for all kinds without one of their own; `practice` empty: the office's own words."""

    id: str
    kind: str
    valid_from: date
    practice: str


class DecidedOut(PolicyOut):
    """A rule with who decided it and when. Of one kind and first day the last word counts."""

    decided_by: str
    decided_at: datetime


class PracticeOut(Shape):
    """How a real office does it: the terms for most kinds, and for those that differ."""

    name: str
    title: str
    about: str
    terms: TermsOut
    kinds: dict[str, TermsOut]


class Policies(Shape):
    """The rules in force on the day, every rule ever decided (the latest first), and the shipped practices."""

    date: date
    in_force: list[PolicyOut]
    history: list[DecidedOut]
    practices: list[PracticeOut]


class Decided(Shape):
    """The rules that were written."""

    items: list[PolicyOut]


@api.get("/policies")
@api.input(PoliciesQuery, location="query")
@api.output(Policies)
@reads
def list_policies(session: Session, query_data: PoliciesQuery) -> Policies:
    """Release policies: who may receive, attempts, where a document waits, old cards, fee and proofs."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    found = in_force(session, office, day)
    return Policies(
        date=day,
        in_force=[_out(found[kind]) for kind in sorted(found)],
        history=[_decided(row) for row in policy_changes.history(session, office)],
        practices=[
            PracticeOut(
                name=one.name,
                title=one.title,
                about=one.about,
                terms=_terms(one.terms),
                kinds={kind: _terms(terms) for kind, terms in one.kinds.items()},
            )
            for one in practices().values()
        ],
    )


@api.post("/policies")
@api.input(NewPolicy)
@api.output(Decided, status_code=201)
@changes
def decide_policy(session: Session, json_data: NewPolicy) -> Answer:
    """Decide a rule from a day on (today at the earliest, and by default). What was decided before stays as it is."""
    office, by = current_office(), current_actor()
    if bool(json_data.practice) == (json_data.terms is not None):
        raise Invalid(fields=[FieldError("practice", "isi salah satu: practice atau terms")])
    valid_from = json_data.valid_from or calendar.today(session, calendar.calendar_of(session, office))
    if json_data.terms is not None:
        row = policy_changes.decide(
            session, office, json_data.terms.terms(), valid_from=valid_from, by=by, kind=json_data.kind
        )
        rows = [row]
    else:
        if json_data.practice not in practices():
            raise Invalid(fields=[FieldError("practice", f"pilih dari {', '.join(practices())}")])
        practice = practice_named(json_data.practice)
        rows = list(policy_changes.apply(session, office, practice, valid_from=valid_from, by=by, kind=json_data.kind))
    return Answer(Decided(items=[_out(policy_of(row)) for row in rows]), status=201)


def _said(terms: Terms) -> dict[str, object]:
    return {
        **{name: getattr(terms, name) for name in TermsOut.model_fields},
        "receivers": sorted(terms.receivers),
        "proofs": dict(terms.proofs),
    }


def _terms(terms: Terms) -> TermsOut:
    return TermsOut.model_validate(_said(terms))


def _named(policy: ReleasePolicy) -> dict[str, object]:
    own = {"id": policy.id, "kind": policy.kind, "valid_from": policy.valid_from, "practice": policy.practice}
    return {**_said(policy), **own}


def _out(policy: ReleasePolicy) -> PolicyOut:
    return PolicyOut.model_validate(_named(policy))


def _decided(row: Row) -> DecidedOut:
    return DecidedOut.model_validate(
        {**_named(policy_of(row)), "decided_by": row.decided_by, "decided_at": row.decided_at}
    )
