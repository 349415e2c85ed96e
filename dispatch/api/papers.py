"""Papers: the register of numbered ones, PDF files to print, and proofs to download and check later."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from flask import Response
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Shape
from dispatch.auth import current_actor, current_office, visitor
from dispatch.papers.labels import SingleLabel, label_sheets
from dispatch.papers.receipts import receipt_pages
from dispatch.papers.sheet import Paper as Drawable
from dispatch.papers.sheet import pdf
from dispatch.runtime import runtime
from dispatch.services import custody_proof, paper_contents, papers, plan_papers, planning
from dispatch.services.assignment import batches_of_route, route_of
from dispatch.services.documents import find_document
from dispatch.services.paper_numbers import BAST, CARDS
from dispatch.store.db import now
from dispatch.store.models import Paper, PaperBundle, PaperRevision, Plan
from dispatch.store.models.common import Json

# a browser shows a PDF with a viewer of its own; the page's policy would leave that viewer nothing to work with
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


class PaperOut(Shape):
    """A numbered paper in its newest revision. `verify_url` is public and says nothing about any person."""

    id: str
    kind: str
    label: str
    year: int
    number: int
    subject_kind: str
    subject_id: str
    revision: int
    day: date
    items: int
    after_handover: bool
    made_at: datetime
    sha256: str
    verify_url: str


class BundleOut(Shape):
    """The file with all papers of a plan. It is there when `done_at` is set and `failure` is empty."""

    id: str
    papers: int
    drawn: int
    requested_at: datetime
    done_at: datetime | None
    failure: str
    sha256: str


class PlanPapersOut(Shape):
    """The plan's numbered papers by number, and its file; null before it was asked for."""

    items: list[PaperOut]
    bundle: BundleOut | None


@api.post("/plans/<plan_id>/papers")
@api.output(PlanPapersOut, status_code=202)
@changes
def print_plan(session: Session, plan_id: str) -> Answer:
    """Number the plan's BASTs and ask for one file of all its papers. Many papers are drawn by a worker."""
    plan = planning.plan_of(session, current_office(), plan_id)
    plan_papers.request(session, plan_papers.ground_of(runtime()), plan, by=current_actor())
    return Answer(_of_plan(session, plan), 202, {"Location": f"/api/v1/plans/{plan.id}/papers"})


@api.get("/plans/<plan_id>/papers")
@api.output(PlanPapersOut)
@reads
def get_plan_papers(session: Session, plan_id: str) -> PlanPapersOut:
    """The plan's numbered papers, and how far the file of all of them is."""
    return _of_plan(session, planning.plan_of(session, current_office(), plan_id))


@api.get("/plans/<plan_id>/papers.pdf")
def plan_papers_file(plan_id: str) -> Response:
    """All papers of the plan: manifests, BASTs, labels. 409 while a worker draws them."""
    rt = runtime()
    with rt.db.reading() as session:
        plan = planning.plan_of(session, current_office(), plan_id)
    return file(plan_papers.file_of(rt, plan), f"cetakan-{plan.service_date}")


@api.post("/batches/<batch_id>/bast")
@api.output(PaperOut, status_code=201)
@changes
def print_bast(session: Session, batch_id: str) -> Answer:
    """Give the batch's BAST its number, or a new revision when it would say something else than before."""
    ground = plan_papers.ground_of(runtime())
    made = papers.print_bast(session, ground, current_office(), batch_id, by=current_actor())
    return Answer(shape(made.paper, made.revision), 201, {"Location": f"/api/v1/batches/{batch_id}/bast"})


@api.get("/batches/<batch_id>/bast")
@api.output(PaperOut)
@reads
def get_bast(session: Session, batch_id: str) -> PaperOut:
    """The batch's BAST as it was printed last."""
    return shape(*papers.newest(session, current_office(), BAST, batch_id))


@api.get("/batches/<batch_id>/bast.pdf")
def bast_file(batch_id: str) -> Response:
    """The batch's BAST as a file. 404 before it was printed, 409 when it would say something else now."""
    return numbered_file(BAST, batch_id, papers.bast_of)


@api.get("/batches/<batch_id>/label.pdf")
def batch_label_file(batch_id: str) -> Response:
    """One label of 100 × 60 mm, its QR code saying exactly the batch's code."""
    with runtime().db.reading() as session:
        batch = paper_contents.batches_named(session, current_office(), [batch_id])
        label = paper_contents.labels(session, current_office(), batch)[0]
        return _drawn(session, [SingleLabel(label=label)], f"label-{label.code}")


@api.get("/batches/<batch_id>/receipts.pdf")
def batch_receipts_file(batch_id: str) -> Response:
    """A receipt for each citizen of the batch, four to a page."""
    with runtime().db.reading() as session:
        batch = paper_contents.batches_named(session, current_office(), [batch_id])
        made = receipt_pages(paper_contents.receipts(session, current_office(), batch))
        return _drawn(session, made, f"tanda-terima-{batch[0].code}")


@api.get("/routes/<route_id>/manifest.pdf")
def route_manifest_file(route_id: str) -> Response:
    """The list the courier leaves with: stops in order, batches, boxes to tick."""
    with runtime().db.reading() as session:
        made = paper_contents.manifest(session, current_office(), route_id)
        return _drawn(session, [made], f"manifes-rute-{made.route}")


@api.get("/routes/<route_id>/labels.pdf")
def route_labels_file(route_id: str) -> Response:
    """The labels of a route's batches, 24 to an A4 sheet, in the order of its stops."""
    with runtime().db.reading() as session:
        route = route_of(session, current_office(), route_id)
        made = label_sheets(paper_contents.labels(session, route.office, batches_of_route(session, route)))
        return _drawn(session, made, f"label-rute-{route.number}")


@api.post("/old-card-counts/<count_id>/record")
@api.output(PaperOut, status_code=201)
@changes
def print_card_record(session: Session, count_id: str) -> Answer:
    """Give the record of a count of old cards its number, or a new revision."""
    ground = plan_papers.ground_of(runtime())
    made = papers.print_card_record(session, ground, current_office(), count_id, by=current_actor())
    return Answer(shape(made.paper, made.revision), 201, {"Location": f"/api/v1/old-card-counts/{count_id}/record.pdf"})


@api.get("/old-card-counts/<count_id>/record.pdf")
def card_record_file(count_id: str) -> Response:
    """The record of a count of old cards as a file."""
    return numbered_file(CARDS, count_id, papers.card_record_of)


@api.get("/documents/<ref>/proof")
def document_proof(ref: str) -> Json:
    """The document's story with its events as the trail holds them; `antar proof-check` checks it later."""
    with runtime().db.reading() as session:
        document = find_document(session, current_office(), ref, by=current_actor())
        return custody_proof.as_json(custody_proof.tell(session, document))


@api.get("/documents/<ref>/proof.pdf")
def document_proof_file(ref: str) -> Response:
    """The same proof to print; with the photos of hand-overs for those who may see them."""
    rt = runtime()
    with rt.db.reading() as session:
        document = find_document(session, current_office(), ref, by=current_actor())
        told = custody_proof.tell(session, document)
        # a program of the office never sees photos; its visitor has no role
        body = custody_proof.as_pdf(session, told, rt.files, with_photos=bool(visitor().role))
    return file(body, f"bukti-{document.code}")


def file(body: bytes, name: str) -> Response:
    """A PDF that a browser shows at once."""
    answer = Response(body, mimetype=papers.PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Content-Security-Policy"] = _PDF_POLICY
    return answer


def shape(paper: Paper, revision: PaperRevision) -> PaperOut:
    """A paper in one revision, as programs see it."""
    return PaperOut(
        id=paper.id,
        kind=paper.kind,
        label=paper.label,
        year=paper.year,
        number=paper.number,
        subject_kind=paper.subject_kind,
        subject_id=paper.subject_id,
        revision=revision.revision,
        day=revision.day,
        items=revision.items,
        after_handover=revision.after_handover,
        made_at=revision.made_at,
        sha256=revision.sha256,
        verify_url=f"{runtime().settings.public_url}/bast/{paper.code}",
    )


def _of_plan(session: Session, plan: Plan) -> PlanPapersOut:
    ids = [batch.id for batch in paper_contents.plan_batches(session, plan)]
    found = sorted(
        papers.papers_about(session, plan.office, ids).values(), key=lambda one: (one[0].year, one[0].number)
    )
    bundle: PaperBundle | None = plan_papers.latest(session, plan)
    return PlanPapersOut(
        items=[shape(paper, revision) for paper, revision in found],
        bundle=None if bundle is None else BundleOut.model_validate(bundle),
    )


def _drawn(session: Session, made: Sequence[Drawable], name: str) -> Response:
    return file(pdf(made, title=name, made_at=now(session)), name)


def numbered_file(
    kind: str, subject_id: str, of: Callable[[Session, papers.Ground, str, str], papers.Printed]
) -> Response:
    """The kept file, or the paper drawn now and kept from then on."""
    rt, office = runtime(), current_office()
    with rt.db.reading() as session:
        kept = papers.kept_file(session, office, kind, subject_id)
        printed = None if kept else of(session, plan_papers.ground_of(rt), office, subject_id)
    if kept is not None:
        return file(rt.files.get(office, kept.sha256), f"{kind}-{subject_id}")
    assert printed is not None
    body = pdf([printed.words], title=printed.paper.label, made_at=printed.revision.made_at)
    sha = rt.files.put(office, body)
    with rt.db.transaction() as session:
        papers.keep_file(session, printed.revision.id, sha, len(body))
    return file(body, f"{kind}-{subject_id}")
