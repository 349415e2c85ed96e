"""Back at the counter: what each carrier or desk brings is ticked, old cards are counted, differences become cases."""

from dataclasses import dataclass

from flask import Response, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.errors import FieldError, Invalid, NotFound
from dispatch.services import old_cards, returns
from dispatch.services.assignment import POST_COUNTER
from dispatch.services.desks import desk_name
from dispatch.services.partner_accounts import PARTNERS
from dispatch.services.partner_setups import carrier_name
from dispatch.services.reasons import REASONS
from dispatch.store.models import Courier, Document, Event, Village
from dispatch.store.states import DESKS, Holder
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.words import _, say

HOLDERS = ("courier", "partner", *sorted(DESKS))
_ORDER = {"courier": 0, "partner": 1}
WHYS = {"damaged": say("Rusak saat dihitung desa")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brings:
    """Somebody outside the office with what they have of ours."""

    holder: Holder
    name: str
    documents: int
    unvisited: int
    cards: int


@web.get("/returns")
@shows
def returned(session: Session) -> Response:
    """Who has what that comes back."""
    return page(session, "returns.html", place="returns", brings=_brings(session, current_office()))


@web.get("/returns/<kind>/<holder_id>")
@shows
def count_returned(session: Session, kind: str, holder_id: str) -> Response:
    """What one courier, partner or desk should put on the counter, to tick off."""
    office = current_office()
    holder = _holder(session, office, kind, holder_id)
    documents = returns.carried_by(session, office, holder)
    whys = dict(
        session.execute(
            select(Event.subject_id, Event.why)
            .where(Event.office == office, Event.subject_kind == "document", Event.to_state == "returning")
            .where(Event.subject_id.in_([document.id for document in documents]), Event.why != "")
            .order_by(Event.seq)
        ).all()
    )
    codes = {document.village_code for document in documents}
    places = session.scalars(select(Village).where(Village.office == office, Village.code.in_(codes)))
    return page(
        session,
        "return_count.html",
        place="returns",
        holder=holder,
        name=_name(session, office, holder),
        documents=documents,
        whys={
            document_id: REASONS[why].words if why in REASONS else WHYS.get(why, why)
            for document_id, why in whys.items()
        },
        villages={village.code: village.name for village in places},
        cards=sum(one.cards for one in old_cards.outside(session, office) if one.holder == holder),
    )


@web.post("/returns/<kind>/<holder_id>")
@acts(back="web.count_returned")
def take_in_returned(session: Session, kind: str, holder_id: str) -> Done:
    """What was ticked is the office's again; what was not stays where it was, and a case says so."""
    office, by = current_office(), current_actor()
    holder = _holder(session, office, kind, holder_id)
    said = []
    if returns.carried_by(session, office, holder):
        codes = request.form.getlist("code")
        is_all = request.form.get("is_all") == "yes"
        counted = returns.count_in_from(session, office, holder, codes, is_all=is_all, by=by)
        said.append(_("%(n)s dokumen diterima kembali", n=len(counted.ready) + len(counted.held)))
        said += [_("%(n)s ditahan untuk diputuskan", n=len(counted.held))] if counted.held else []
        said += [_("%(n)s belum ada", n=len(counted.still_out))] if counted.still_out else []
    cards = request.form.get("old_cards", "")
    if cards:
        if not (cards.isascii() and cards.isdigit() and len(cards) < 4):
            raise Invalid(fields=[FieldError("old_cards", _("isi jumlah KTP lama"))])
        count = old_cards.count_in(session, office, holder, int(cards), by=by)
        differs = "" if count.found == count.expected else _(", tercatat %(expected)s", expected=count.expected)
        said.append(_("%(found)s KTP lama dihitung%(differs)s", found=count.found, differs=differs))
    return Done(url_for("web.returned"), f"{', '.join(said)}." if said else _("Tidak ada yang dihitung."))


def _brings(session: Session, office: str) -> list[Brings]:
    """Couriers first, then partners, then desks; only those who have something."""
    rows = session.execute(
        select(Document.holder_kind, Document.holder_id, Document.state, func.count())
        .where(Document.office == office, Document.state.in_(("out", "returning")))
        .where(Document.holder_kind.in_(HOLDERS))
        .group_by(Document.holder_kind, Document.holder_id, Document.state)
    ).all()
    documents: dict[Holder, dict[str, int]] = {}
    for kind, who, state, count in rows:
        documents.setdefault(Holder(kind, who), {})[state] = count
    cards = {one.holder: one.cards for one in old_cards.outside(session, office)}
    found = [
        Brings(
            holder=holder,
            name=_name(session, office, holder),
            documents=sum(documents.get(holder, {}).values()),
            unvisited=documents.get(holder, {}).get("out", 0),
            cards=cards.get(holder, 0),
        )
        for holder in documents.keys() | cards.keys()
    ]
    return sorted(found, key=lambda one: (_ORDER.get(one.holder.kind, len(_ORDER)), one.name))


def _holder(session: Session, office: str, kind: str, holder_id: str) -> Holder:
    """Somebody of this office; NotFound for anything else."""
    if kind not in HOLDERS:
        raise NotFound()
    if kind == "partner":
        if holder_id not in (*PARTNERS, POST_COUNTER):
            raise NotFound()
        return Holder(kind, holder_id)
    model = Courier.id if kind == "courier" else Village.code
    owner = Courier.office if kind == "courier" else Village.office
    if session.scalar(select(model).where(owner == office, model == holder_id)) is None:
        raise NotFound()
    return Holder(kind, holder_id)


def _why(why: str) -> str:
    return REASONS[why].words if why in REASONS else WHYS.get(why, why)


def _name(session: Session, office: str, holder: Holder) -> str:
    if holder.kind == "courier":
        return session.get_one(Courier, holder.id).name
    if holder.kind == "partner":
        return _(carrier_name(holder.id))
    return desk_name(session.get_one(Village, (office, holder.id)))
