"""The rules by which documents are released, on one page: what holds, what is to come, what held, and a new rule."""

from collections.abc import Sequence
from datetime import date

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from dispatch.access import ADMIN, SUPERVISOR
from dispatch.auth import current_actor, current_office, visitor
from dispatch.errors import FieldError, Invalid
from dispatch.services import calendar, policy_changes
from dispatch.services.kinds import KINDS
from dispatch.services.policies import NEEDS, PAYERS, PLACES, PROOFS, Need, Terms, in_force, policy_of
from dispatch.services.practices import practice_named, practices
from dispatch.services.receivers import RECEIVERS
from dispatch.web.blueprint import web
from dispatch.web.format import day
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _

_HISTORY_SHOWN = 60


@web.get("/policies")
@shows
def policies(session: Session) -> Response:
    """What holds today by kind, what begins later, what held before."""
    office = current_office()
    today = calendar.today(session, calendar.calendar_of(session, office))
    found = in_force(session, office, today)
    holding = {policy.id for policy in found.values()}
    decided = policy_changes.history(session, office)
    others = [(row, policy_of(row)) for row in decided if row.id not in holding]
    return page(
        session,
        "policies.html",
        place="policies",
        in_force=[found[kind] for kind in sorted(found)],
        coming=[policy for row, policy in others if row.valid_from > today],
        past=[(row, policy) for row, policy in others if row.valid_from <= today][:_HISTORY_SHOWN],
        may_decide=visitor().role in (ADMIN, SUPERVISOR),
        practices=practices(),
        kinds=[kind for kind in KINDS if kind.deliverable],
        usual=found[""],
        receivers=RECEIVERS,
        places=PLACES,
        payers=PAYERS,
        proofs=PROOFS,
        needs=NEEDS,
    )


@web.post("/policies")
@acts(back="web.policies")
def decide_policy(session: Session) -> Done:
    """Write a rule from a day on: a shipped practice, or the values of the form."""
    office, by, kind = current_office(), current_actor(), request.form.get("kind", "")[:20]
    valid_from, name = _day(), request.form.get("practice", "")
    if name:
        if name not in practices():
            raise Invalid(fields=[FieldError("practice", _("pilih salah satu praktik"))])
        policy_changes.apply(session, office, practice_named(name), valid_from=valid_from, by=by, kind=kind)
    else:
        policy_changes.decide(session, office, _terms(), valid_from=valid_from, by=by, kind=kind)
    return Done(
        url_for("web.policies"),
        _("Aturan dicatat, berlaku mulai %(day)s.", day=day(valid_from)),
    )


def _terms() -> Terms:
    proofs: dict[str, Need] = {}
    for kind in PROOFS:
        proofs[kind] = _one_of(kind, ("required", "optional", "off"))
    return Terms(
        receivers=frozenset(request.form.getlist("receivers")),
        attempts=_number("attempts", _("jumlah percobaan")),
        waiting_place=request.form.get("waiting_place", ""),
        waiting_days=_number("waiting_days", _("lama menunggu")),
        swap_old_card=request.form.get("swap_old_card") == "1",
        fee_rupiah=_number("fee_rupiah", _("biaya")),
        payer=request.form.get("payer", ""),
        proofs=proofs,
    )


def _one_of(field: str, needs: Sequence[Need]) -> Need:
    given = request.form.get(field, "")
    for need in needs:
        if given == need:
            return need
    raise Invalid(fields=[FieldError(f"proofs.{field}", _("pilih aturan untuk %(field)s", field=PROOFS[field]))])


def _number(field: str, words: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(fields=[FieldError(field, _("isi %(words)s dengan angka", words=words))])
    return int(text)


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError as error:
        raise Invalid(fields=[FieldError("valid_from", _("isi tanggal mulai"))]) from error
