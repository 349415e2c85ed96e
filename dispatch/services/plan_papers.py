"""Everything to print for a plan in one file: each route's manifest, its BASTs (receipts for homes), then all labels.

Asking numbers the BASTs. A few papers are drawn while somebody waits; many are drawn by a worker, which writes down
how far it is. What was drawn once is kept and given again as long as it says the same.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.errors import Conflict, NotFound
from dispatch.papers.labels import label_sheets
from dispatch.papers.receipts import receipt_pages
from dispatch.papers.sheet import Paper as Drawable
from dispatch.papers.sheet import pdf
from dispatch.papers.words import day_written
from dispatch.runtime import Runtime
from dispatch.services import paper_contents
from dispatch.services.desks import HOME
from dispatch.services.papers import PDF, PURPOSE, Ground, print_basts, seal_of
from dispatch.store import work
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.files import record
from dispatch.store.models import Batch, PaperBundle, Plan, Route, Stop, StopBatch
from dispatch.store.work import Claim

AT_ONCE = 40  # papers that are drawn while somebody waits: about a second
_TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A plan's papers, ready to be drawn, and the seal of all they say."""

    title: str
    papers: Sequence[Drawable]
    seal: str
    made_at: datetime


def request(session: Session, ground: Ground, plan: Plan, *, by: Actor) -> PaperBundle:
    """Number what has to be numbered and ask for the file. The same papers again are the file that is there already."""
    stack = _stack(session, ground, plan, by=by)
    found = latest(session, plan)
    if found is not None and found.seal == stack.seal and not found.failure:
        return found
    bundle = PaperBundle(
        office=plan.office,
        plan_id=plan.id,
        seal=stack.seal,
        papers=len(stack.papers),
        requested_by=str(by),
        requested_at=now(session),
    )
    session.add(bundle)
    session.flush()
    if bundle.papers > AT_ONCE:
        work.want(session, "papers", bundle.id, office=plan.office)
    return bundle


def latest(session: Session, plan: Plan) -> PaperBundle | None:
    """The newest file of the plan's papers, made or being made."""
    return session.scalars(
        select(PaperBundle)
        .where(PaperBundle.office == plan.office, PaperBundle.plan_id == plan.id)
        .order_by(PaperBundle.requested_at.desc(), PaperBundle.id.desc())
    ).first()


def file_of(runtime: Runtime, plan: Plan) -> bytes:
    """The plan's papers. NotFound before they were asked for; Conflict while a worker draws, or when they failed."""
    with runtime.db.reading() as session:
        bundle = latest(session, plan)
    if bundle is None:
        raise NotFound("nothing was printed for this plan yet")
    if bundle.sha256:
        return runtime.files.get(plan.office, bundle.sha256)
    if bundle.failure:
        raise Conflict("the papers could not be drawn; ask for them again")
    if bundle.papers > AT_ONCE:
        raise Conflict(f"{bundle.drawn} of {bundle.papers} papers are drawn")
    with runtime.db.transaction() as session:
        bundle = session.get_one(PaperBundle, bundle.id)
        stack = _restacked(session, ground_of(runtime), bundle)
    body = _drawn(stack)
    sha = runtime.files.put(plan.office, body)
    with runtime.db.transaction() as session:
        _keep(session, bundle.id, sha, len(body))
    return body


def handle(runtime: Runtime, claim: Claim) -> None:
    """Job "papers": draw a plan's papers into one file."""

    def load(session: Session, bundle_id: str) -> tuple[str, Stack] | None:
        bundle = session.get_one(PaperBundle, bundle_id)
        if bundle.done_at is not None:
            return None
        return bundle.office, _restacked(session, ground_of(runtime), bundle)

    def act(found: tuple[str, Stack], claim: Claim) -> tuple[str, int]:
        office, stack = found
        body = _drawn(stack, on_drawn=_teller(claim))
        return runtime.files.put(office, body), len(body)

    def save(session: Session, bundle_id: str, found: tuple[str, Stack], made: tuple[str, int]) -> None:
        _keep(session, bundle_id, *made)

    def give_up(session: Session, bundle_id: str, error: str) -> None:
        bundle = session.get_one(PaperBundle, bundle_id)
        bundle.failure, bundle.done_at = error[:200], now(session)

    work.run(claim, load=load, act=act, save=save, give_up=give_up)


def ground_of(runtime: Runtime) -> Ground:
    """What printing needs of the running application."""
    return Ground(keys=runtime.keys, public_url=runtime.settings.public_url)


def _teller(claim: Claim) -> Callable[[int], None]:
    """Writes down how many papers are drawn, at most once a second."""
    told = time.monotonic()

    def tell(drawn: int) -> None:
        nonlocal told
        if time.monotonic() - told < _TELL_EVERY_S:
            return
        told = time.monotonic()
        with claim.transaction() as session:
            session.execute(update(PaperBundle).where(PaperBundle.id == claim.ref).values(drawn=drawn))

    return tell


def _drawn(stack: Stack, on_drawn: Callable[[int], None] = lambda _count: None) -> bytes:
    return pdf(stack.papers, title=stack.title, made_at=stack.made_at, on_drawn=on_drawn)


def _keep(session: Session, bundle_id: str, sha: str, size: int) -> None:
    bundle = session.get_one(PaperBundle, bundle_id)
    record(session, bundle.office, sha, size=size, media_type=PDF, purpose=PURPOSE)
    bundle.sha256, bundle.done_at, bundle.drawn = sha, now(session), bundle.papers


def _restacked(session: Session, ground: Ground, bundle: PaperBundle) -> Stack:
    """The stack as it is now; what changed since it was asked for gets its revision here."""
    kind, _, who = bundle.requested_by.partition(":")
    plan = session.get_one(Plan, bundle.plan_id)
    stack = _stack(session, ground, plan, by=Actor(kind=kind, id=who))
    bundle.seal, bundle.papers = stack.seal, len(stack.papers)
    return stack


def _stack(session: Session, ground: Ground, plan: Plan, *, by: Actor) -> Stack:
    if plan.state not in ("approved", "closed"):
        raise Conflict(f"plan {plan.id} is {plan.state}; papers are printed once it is approved")
    batches = paper_contents.plan_batches(session, plan)
    if not batches:
        raise Conflict(f"plan {plan.id} takes nothing away")
    printed = print_basts(session, ground, plan.office, [batch.id for batch in batches], by=by)
    of_batch: dict[str, Sequence[Drawable]] = {one.paper.subject_id: [one.words] for one in printed}
    for batch in batches:
        if batch.destination == HOME:
            of_batch[batch.id] = receipt_pages(paper_contents.receipts(session, plan.office, [batch]))
    papers: list[Drawable] = []
    on_routes: set[str] = set()
    for route_id, ids in _batches_by_route(session, plan).items():
        papers.append(paper_contents.manifest(session, plan.office, route_id))
        papers += [paper for batch_id in ids for paper in of_batch[batch_id]]
        on_routes.update(ids)
    papers += [paper for batch in batches if batch.id not in on_routes for paper in of_batch[batch.id]]
    papers += label_sheets(paper_contents.labels(session, plan.office, batches))
    return Stack(
        title=f"Cetakan rencana {day_written(plan.service_date)}",
        papers=papers,
        seal=seal_of(ground.keys, f"{plan.office}:bundle:{plan.id}", papers),
        made_at=plan.requested_at,
    )


def _batches_by_route(session: Session, plan: Plan) -> dict[str, list[str]]:
    rows = session.execute(
        select(Route.id, StopBatch.batch_id)
        .join(Stop, Stop.route_id == Route.id)
        .join(StopBatch, StopBatch.stop_id == Stop.id)
        .join(Batch, Batch.id == StopBatch.batch_id)
        .where(Route.office == plan.office, Route.plan_id == plan.id, Route.state != "cancelled")
        .order_by(Route.number, Stop.position, Batch.code)
    )
    found: dict[str, list[str]] = {}
    for route_id, batch_id in rows:
        found.setdefault(route_id, []).append(batch_id)
    return found
