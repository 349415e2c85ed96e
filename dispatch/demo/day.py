"""A whole day at the Blitar office: a file of 412 rows comes in, and at the end every document is somewhere."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import dispatch.data
from dispatch.demo.people import Dispatcher, Rider, VillageDesk
from dispatch.demo.stage import OFFICE, Stage, wait_for
from dispatch.services.verify import verify
from dispatch.store.models import Batch, Document, PlanBatch
from dispatch.web.format import km, rupiah

SAMPLE = Path(dispatch.data.__file__).parent / "blitar_400.csv"
SERVICE_DATE = "2026-11-24"
PLAN_SECONDS = 10

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the office's documents are, counted from their rows and not from what the plan claimed."""

    documents: int
    on_routes: int
    by_post: int
    waiting: int
    held: int
    by_state: dict[str, int]

    @property
    def adds_up(self) -> bool:
        return self.documents == self.on_routes + self.by_post + self.waiting + self.held


@dataclass(frozen=True, slots=True)
class Day:
    """What the day left behind, for the summary and for whoever goes on looking."""

    brought: dict[str, Any]
    refused: list[dict[str, Any]]
    plan: dict[str, Any]
    whereabouts: Whereabouts
    map_file: Path
    rider_link: str
    village_link: str
    findings: list[str]

    @property
    def adds_up(self) -> bool:
        """Every row became one thing, and every document is in one place."""
        brought = self.brought
        rows = sum(int(brought[outcome]) for outcome in ("accepted", "known", "review", "refused"))
        return (
            rows == brought["total"] and brought["accepted"] == self.whereabouts.documents and self.whereabouts.adds_up
        )


def live(stage: Stage, say: Say) -> Day:
    """Live through the day; every step goes through the real pages, links and callbacks."""
    with closing(Dispatcher(stage.url)) as sari:
        sari.sign_in(stage.username, stage.password)
        brought, refused = _bring_the_file(sari, say)
        _release(sari, say)
        plan = _plan(sari, say)
        map_file = stage.runtime.settings.home / "peta-rencana.html"
        map_file.write_bytes(sari.http.get(f"/plans/{plan['id']}/map/export").raise_for_status().content)
        _print(stage, sari, plan, say)
        rider_link = _ride_the_first_route(stage, sari, plan, say)
        village_link = _count_in_a_village(stage, sari, plan, say)
        _give_to_the_post(stage, sari, plan, say)
        # a second rider's link, not yet opened: for whoever wants to try it
        spare = sari.do(f"/routes/{plan['routes'][1]['id']}/link")["url"] if len(plan["routes"]) > 1 else rider_link
    return Day(
        brought=brought,
        refused=refused,
        plan=plan,
        whereabouts=_whereabouts(stage),
        map_file=map_file,
        rider_link=spare,
        village_link=village_link,
        findings=_verify(stage),
    )


def _bring_the_file(sari: Dispatcher, say: Say) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    import_id = sari.bring(SAMPLE)

    def done() -> dict[str, Any] | None:
        brought: dict[str, Any] = sari.ask(f"/imports/{import_id}")
        return brought if brought["status"] in ("done", "unreadable") else None

    brought = wait_for(done, "the import")
    say(f"1 Impor     {brought['total']} rows read: {brought['accepted']} documents, {brought['refused']} refused, "
        f"{brought['review']} to review")  # fmt: skip
    return brought, sari.ask(f"/imports/{import_id}/rows?state=refused")["items"]


def _release(sari: Dispatcher, say: Say) -> None:
    released = sari.do("/batches/release")
    waiting = sum(village["documents"] for village in released["waiting"])
    say(f"2 Batch     {len(released['batches'])} batches sealed by fill, age or urgency; {waiting} documents wait on")


def _plan(sari: Dispatcher, say: Say) -> dict[str, Any]:
    plan_id = sari.do("/plans", {"service_date": SERVICE_DATE, "seconds": PLAN_SECONDS})["id"]
    told = 0

    def done() -> dict[str, Any] | None:
        nonlocal told
        plan: dict[str, Any] = sari.ask(f"/plans/{plan_id}")
        for point in (plan["progress"] or [])[told:]:
            told += 1
            say(f"3 Rencana   {point['seconds']:5.1f} s  {rupiah(point['cost'])}, {point['stops']} stops on routes")
        return plan if plan["state"] in ("solved", "failed") else None

    plan = wait_for(done, "the plan")
    sari.do(f"/plans/{plan_id}/approve")
    stops = sum(len(route["stops"]) for route in plan["routes"])
    say(f"4 Setujui   {len(plan['routes'])} routes with {stops} stops for {len(plan['courier_ids'])} riders, approved")
    approved: dict[str, Any] = sari.ask(f"/plans/{plan_id}")
    return approved


def _print(stage: Stage, sari: Dispatcher, plan: dict[str, Any], say: Say) -> None:
    """Manifests, BASTs and labels of the whole plan in one file beside the map."""
    sari.do(f"/plans/{plan['id']}/papers")

    def drawn() -> bytes | None:
        answer = sari.http.get(f"/api/v1/plans/{plan['id']}/papers.pdf")
        return answer.content if answer.status_code == 200 else None

    file = stage.runtime.settings.home / "cetakan-rencana.pdf"
    file.write_bytes(wait_for(drawn, "the papers"))
    numbers = [paper["label"] for paper in sari.ask(f"/plans/{plan['id']}/papers")["items"]]
    say(f"            {len(numbers)} BASTs from {numbers[0]} to {numbers[-1]}, with manifests and labels in {file}")


def _ride_the_first_route(stage: Stage, sari: Dispatcher, plan: dict[str, Any], say: Say) -> str:
    route = plan["routes"][0]
    places = {stop["id"]: stop for stop in route["stops"]}
    link: str = sari.do(f"/routes/{route['id']}/link")["url"]
    with closing(Rider(stage.url)) as rider:
        rider.open(link, "/c/start")
        batches = rider.load_everything()
        say(
            f"5 Jalan     {route['courier']} counted {batches} batches into the bag and left on route {route['number']}"
        )
        while (stop_id := rider.next_stop()) is not None:
            stop = places[stop_id]
            rider.arrive(stop_id)
            rider.hand_over(stop_id, to=f"Sekdes {stop['village']}", lat=stop["lat"], lon=stop["lon"])
    state = sari.ask(f"/routes/{route['id']}")["state"]
    say(f"            route {route['number']} is {state}: {len(places)} stops, each with a name, a photo and a place")
    return link


def _count_in_a_village(stage: Stage, sari: Dispatcher, plan: dict[str, Any], say: Say) -> str:
    stop = max(plan["routes"][0]["stops"], key=lambda stop: int(stop["documents"]))
    link: str = sari.do(f"/villages/{stop['village_code']}/link")["url"]
    with closing(VillageDesk(stage.url)) as desk:
        desk.open(link, "/v/start")
        batch = stop["batches"][0]["id"]
        counted = desk.count_everything(batch, name="Bu Endang")
        desk.hand_one_to_its_citizen()
    say(f"6 Desa      {stop['village']} counted {counted['received']} documents and gave one to its citizen")
    bast = sari.do(f"/batches/{batch}/bast")
    file = stage.runtime.settings.home / "bast.pdf"
    file.write_bytes(sari.http.get(f"/api/v1/batches/{batch}/bast.pdf").raise_for_status().content)
    say(f"            BAST {bast['label']}, revision {bast['revision']}, now says what was counted: {file}")
    return str(sari.do(f"/villages/{stop['village_code']}/link")["url"])


def _give_to_the_post(stage: Stage, sari: Dispatcher, plan: dict[str, Any], say: Say) -> None:
    shipments = sari.ask(f"/shipments?plan_id={plan['id']}")["items"]
    if not shipments:
        return
    first, others = shipments[0], shipments[1:]
    sari.http.get(f"/api/v1/plans/{plan['id']}/manifest.csv").raise_for_status()
    sari.do(f"/shipments/{first['id']}/booking", {"partner": "reference"})

    def of_the_first(**wanted: str) -> dict[str, Any] | None:
        now = next(s for s in sari.ask(f"/shipments?plan_id={plan['id']}")["items"] if s["id"] == first["id"])
        return now if all(now[name] == value for name, value in wanted.items()) else None

    booked = wait_for(lambda: of_the_first(order="accepted"), "the courier company's order")
    stage.courier_company.happen(booked["reference"], "picked_up")
    stage.courier_company.happen(booked["reference"], "delivered", received_by="Sekretaris desa")
    sent = stage.courier_company.send_callbacks()
    wait_for(lambda: of_the_first(state="delivered"), "the signed callback to be applied")
    if others:
        sari.do("/shipments/handover", {"shipments": [s["id"] for s in others], "clerk": "Petugas Pos"})
    say(f"7 Pos       {len(others)} batches counted over at the counter; one went with the courier company, "
        f"which told of it in {len(sent)} signed callbacks")  # fmt: skip


def _whereabouts(stage: Stage) -> Whereabouts:
    of_the_office = Document.office == OFFICE
    with stage.runtime.db.reading() as session:
        states = session.execute(
            select(Document.state, func.count()).where(of_the_office).group_by(Document.state)
        ).all()
        decided = session.execute(
            select(PlanBatch.outcome, Batch.state, func.count())
            .select_from(Document)
            .join(Batch, Batch.id == Document.batch_id)
            .join(PlanBatch, PlanBatch.batch_id == Batch.id)
            .where(of_the_office)
            .group_by(PlanBatch.outcome, Batch.state)
        ).all()
    by_state = {state: int(count) for state, count in states}
    taken = {o: sum(int(n) for outcome, _, n in decided if outcome == o) for o in ("route", "post")}
    left_out = sum(int(n) for outcome, state, n in decided if outcome in ("wait", "unassigned") and state == "sealed")
    return Whereabouts(
        documents=sum(by_state.values()),
        on_routes=taken["route"],
        by_post=taken["post"],
        waiting=by_state.get("ready", 0) + left_out,
        held=by_state.get("held", 0),
        by_state=by_state,
    )


def _verify(stage: Stage) -> list[str]:
    with stage.runtime.db.reading() as session:
        return [f"{finding.check}: {finding.what}" for finding in verify(session, stage.runtime.files)]


def summary(day: Day) -> str:
    """The day in numbers."""
    brought, totals, routes, where = day.brought, day.plan["totals"], day.plan["routes"], day.whereabouts
    minutes = sum(route["returns_s"] - route["leaves_s"] for route in routes) // 60
    states = ", ".join(f"{count} {state}" for state, count in sorted(where.by_state.items()))
    lines = {
        "rows of the file": f"{brought['total']} = {brought['refused']} refused + {brought['review']} to review "
        f"+ {brought['accepted']} documents",
        **{f"  row {row['row']}": f"{row['field']}: {row['reason']}" for row in day.refused},
        "documents": f"{where.documents} = {where.on_routes} on routes + {where.by_post} at Pos "
        f"+ {where.waiting} waiting + {where.held} held",
        "where they are now": states,
        "routes": f"{len(routes)}: {km(sum(r['metres'] for r in routes))}, {minutes} minutes, {rupiah(totals['ojek'])}",
        "cost": f"{rupiah(totals['cost'])} = ojek {rupiah(totals['ojek'])} + Pos {rupiah(totals['post'])} "
        f"+ waiting {rupiah(totals['waiting'])} (everything by Pos: {rupiah(totals['all_post'])})",
        "map": f"{day.map_file}",
        "custody": "; ".join(day.findings) or "every invariant holds",
    }
    return "\n".join(f"{name:20} {value}" for name, value in lines.items())
