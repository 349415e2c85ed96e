"""What waits in each village and why, what is sealed, and the one button that seals all that is ready."""

from dataclasses import dataclass

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import batching, calendar, links
from dispatch.services.desks import desk_name
from dispatch.services.papers import papers_about
from dispatch.services.partner_setups import carrier_name
from dispatch.store.models import Batch, BatchItem, Document, Recipient, Village
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.web.partner_orders import open_partners, ordered, shipment_of_batch
from dispatch.web.waiting import villages_waiting
from dispatch.words import _, say

WHY = {
    "fill": say("cukup"),
    "age": say("lama menunggu"),
    "urgent": say("mendesak"),
    "hand": say("dipilih petugas"),
    "outreach": say("jemput bola"),
    "outside": say("luar daerah"),
}
_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch and where it goes."""

    batch: Batch
    village: Village


@web.get("/batches")
@shows
def batches(session: Session) -> Response:
    """Villages that wait, and the batches that are on their way to being delivered."""
    office = current_office()
    day = calendar.today(session, calendar.calendar_of(session, office))
    villages = villages_waiting(session, office, day)
    going = [row for row in villages if row.is_due]
    return page(
        session,
        "batches.html",
        place="batches",
        villages=villages,
        due_villages=len(going),
        due_documents=sum(row.documents for row in going),
        batches=_open_batches(session, office),
        why=WHY,
    )


@web.post("/batches/seal")
@acts(back="web.batches")
def seal(session: Session) -> Done:
    """Seal what is full, old or urgent; with village codes, those villages too."""
    made = batching.release(session, current_office(), by=current_actor(), villages=request.form.getlist("village"))
    if not made.batches:
        return Done(url_for("web.batches"), _("Belum ada desa yang waktunya berangkat."))
    return Done(
        url_for("web.batches"),
        _("%(n)s batch disegel, %(documents)s dokumen.", n=len(made.batches), documents=made.documents),
    )


@web.get("/batches/<batch_id>")
@shows
def batch(session: Session, batch_id: str) -> Response:
    """The manifest of one batch."""
    office = current_office()
    found = batching.batch_of(session, office, batch_id)
    village = session.get_one(Village, (office, found.village_code))
    lines = session.execute(
        select(BatchItem.line_no, Document, Recipient.name)
        .join(Document, (Document.office == BatchItem.office) & (Document.id == BatchItem.document_id))
        .join(Recipient, (Recipient.office == Document.office) & (Recipient.id == Document.recipient_id))
        .where(BatchItem.office == office, BatchItem.batch_id == batch_id)
        .order_by(BatchItem.line_no)
    ).all()
    paper = papers_about(session, office, [found.id]).get(found.id)
    shipment = shipment_of_batch(session, found)
    return page(
        session,
        "batch.html",
        place="batches",
        batch=found,
        village=village,
        lines=lines,
        why=WHY,
        paper=paper,
        shipment=shipment,
        carrier=_(carrier_name(shipment.partner)) if shipment else "",
        order=ordered(session, shipment) if shipment else None,
        choices=open_partners(session, shipment),
    )


@web.post("/batches/<batch_id>/dissolve")
@acts(back="web.batch")
def dissolve(session: Session, batch_id: str) -> Done:
    """Take a sealed batch apart; its documents are ready again."""
    found = batching.batch_of(session, current_office(), batch_id)
    batching.dissolve(session, found, by=current_actor())
    return Done(url_for("web.batches"), _("Batch %(code)s dibubarkan, dokumennya siap lagi.", code=found.code))


@web.post("/batches/<batch_id>/village-link")
@acts(back="web.batch")
def share_village(session: Session, batch_id: str) -> Response:
    """A new link for the village's desk, shown this once; an older one is dead from now on."""
    found = batching.batch_of(session, current_office(), batch_id)
    village = session.get_one(Village, (found.office, found.village_code))
    token = links.issue_village_link(session, found.office, village.code, by=current_actor())
    return page(
        session,
        "share_village.html",
        place="batches",
        village=village,
        name=desk_name(village),
        back=url_for("web.batch", batch_id=found.id),
        link=f"{runtime().settings.public_url}/v/{token}",
        days=links.VILLAGE_DAYS,
    )


def _open_batches(session: Session, office: str) -> list[BatchRow]:
    rows = session.execute(
        select(Batch, Village)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .where(Batch.office == office, Batch.state.in_(("sealed", "planned", "out", "handed_over")))
        .order_by(Batch.sealed_at.desc(), Batch.code)
        .limit(_AT_ONCE)
    )
    return [BatchRow(batch, village) for batch, village in rows]
