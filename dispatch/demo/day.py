"""A whole day at the Blitar office: a file of 412 rows comes in, and at the end every document is somewhere."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dispatch.data
from dispatch.demo import legs, sums
from dispatch.demo.legs import Told
from dispatch.demo.people import Dispatcher
from dispatch.demo.stage import Stage, wait_for
from dispatch.demo.sums import Whereabouts
from dispatch.services.verify import verify
from dispatch.web.format import km, rupiah

SAMPLE = Path(dispatch.data.__file__).parent / "blitar_400.csv"
SERVICE_DATE = "2026-11-24"
PLAN_SECONDS = 10
# whoever gets a new KTP-el gives up the old one; everything else as the office does it anyway
SWAP = {
    "receivers": ["holder", "family", "proxy", "rt_head", "village_officer"],
    "attempts": 2,
    "waiting_place": "village_office",
    "waiting_days": 20,
    "swap_old_card": True,
    "proofs": {"photo": "optional", "signature": "optional", "code": "off", "scan": "off"},
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Day:
    """What the day left behind, for the summary and for whoever goes on looking."""

    brought: dict[str, Any]
    refused: list[dict[str, Any]]
    plan: dict[str, Any]
    told: Told
    whereabouts: Whereabouts
    differences: Sequence[str]
    basts: Sequence[Path]
    map_file: Path
    village_link: str
    courier_link: str | None
    findings: list[str]

    @property
    def adds_up(self) -> bool:
        """Every row became one thing, every document is in one place, and people were told the same."""
        brought = self.brought
        rows = sum(int(brought[outcome]) for outcome in ("accepted", "known", "review", "refused"))
        return rows == brought["total"] and not self.differences


def live(stage: Stage, say: Say, *, leave_one: bool = False) -> Day:
    """Live through the day; every step goes through the real pages, links and callbacks.

    With `leave_one` the last of several routes is left to whoever wants to ride it.
    """
    with closing(Dispatcher(stage.url)) as sari, legs.desks_open() as told:
        sari.sign_in(stage.username, stage.password)
        sari.do("/policies", {"kind": "ktp_el", "terms": SWAP})
        brought, refused = _bring_the_file(sari, say)
        _release(sari, say)
        plan = _plan(sari, say)
        map_file = stage.runtime.settings.home / "peta-rencana.html"
        map_file.write_bytes(sari.http.get(f"/plans/{plan['id']}/map/export").raise_for_status().content)
        numbered, _ = _print(stage, sari, plan)
        say(f"            {len(numbered)} BASTs numbered from {numbered[0]['label']} to {numbered[-1]['label']}")
        routes = plan["routes"]
        left = routes[1:][-1:] if leave_one else []
        legs.ride(stage, sari, plan, [route for route in routes if route not in left], told, say)
        _tell_of_the_desks(told, say)
        legs.post(stage, sari, plan, told, say)
        basts = _print_again(stage, sari, plan, say)
        where = sums.whereabouts(stage)
        differences = sums.differences(where, told, brought["accepted"])
        busiest = max(told.desks, key=lambda code: len(told.desks[code].waiting()))
        village_link = sari.do(f"/villages/{busiest}/link")["url"]
        courier_link = sari.do(f"/routes/{left[0]['id']}/link")["url"] if left else None
    return Day(
        brought=brought,
        refused=refused,
        plan=plan,
        told=told,
        whereabouts=where,
        differences=differences,
        basts=basts,
        map_file=map_file,
        village_link=village_link,
        courier_link=courier_link,
        findings=_verify(stage),
    )


def _tell_of_the_desks(told: Told, say: Say) -> None:
    say(f"6 Desa      {len(told.desks)} desks counted {told.counted} documents and {told.damaged} damaged; "
        f"{told.handed_on} handed on to citizens, {told.given_back} given back")  # fmt: skip
    say(f"            {told.at_doors} documents handed over at doors; {told.cards_given_up} old cards given up")


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


def _print(stage: Stage, sari: Dispatcher, plan: dict[str, Any]) -> tuple[list[dict[str, Any]], Path]:
    """Manifests, BASTs and labels of the whole plan in one file beside the map, drawn by the job."""
    asked = sari.do(f"/plans/{plan['id']}/papers")["bundle"]["id"]

    def drawn() -> dict[str, Any] | None:
        papers: dict[str, Any] = sari.ask(f"/plans/{plan['id']}/papers")
        answer = sari.http.get(f"/api/v1/plans/{plan['id']}/papers.pdf")
        if papers["bundle"]["id"] != asked or answer.status_code != 200:
            return None
        file.write_bytes(answer.content)
        return papers

    file = stage.runtime.settings.home / "cetakan-rencana.pdf"
    papers = wait_for(drawn, "the papers")
    return papers["items"], file


def _print_again(stage: Stage, sari: Dispatcher, plan: dict[str, Any], say: Say) -> list[Path]:
    """What was counted is in the papers now: each BAST by itself, and the record of the old cards."""
    numbered, file = _print(stage, sari, plan)
    folder = stage.runtime.settings.home / "bast"
    folder.mkdir(exist_ok=True)
    files = []
    for paper in numbered:
        path = folder / f"{paper['label'].replace('/', '-')}.pdf"
        path.write_bytes(sari.file(f"/batches/{paper['subject_id']}/bast.pdf"))
        files.append(path)
    for number, record in enumerate(sari.print_card_records(), 1):
        (folder / f"ktp-lama-{number}.pdf").write_bytes(record)
    told = sum(paper["after_handover"] for paper in numbered)
    say(f"8 Cetak     {len(files)} BASTs in {folder}, {told} of them saying what the desk counted; all in {file}")
    return files


def _verify(stage: Stage) -> list[str]:
    with stage.runtime.db.reading() as session:
        return [f"{finding.check}: {finding.what}" for finding in verify(session, stage.runtime.files)]


def summary(day: Day) -> str:
    """The day in numbers."""
    brought, totals, routes = day.brought, day.plan["totals"], day.plan["routes"]
    where, told = day.whereabouts, day.told
    minutes = sum(route["returns_s"] - route["leaves_s"] for route in routes) // 60
    states = ", ".join(f"{count} {state}" for state, count in sorted(where.by_state.items()))
    lines = {
        "rows of the file": f"{brought['total']} = {brought['refused']} refused + {brought['review']} to review "
        f"+ {brought['accepted']} documents",
        **{f"  row {row['row']}": f"{row['field']}: {row['reason']}" for row in day.refused},
        "documents": f"{where.documents} = {where.with_citizens} with citizens + {where.at_desks} at desks "
        f"+ {where.with_couriers} with couriers + {where.at_post} at Pos + {where.in_office} in the office",
        "where they are now": states,
        "old cards": f"{told.cards_given_up} given up, {told.cards_counted_in} counted in at the office",
        "routes": f"{len(routes)}: {km(sum(r['metres'] for r in routes))}, {minutes} minutes, {rupiah(totals['ojek'])}",
        "cost": f"{rupiah(totals['cost'])} = ojek {rupiah(totals['ojek'])} + Pos {rupiah(totals['post'])} "
        f"+ waiting {rupiah(totals['waiting'])} (everything by Pos: {rupiah(totals['all_post'])})",
        "map": f"{day.map_file}",
        "papers": f"{len(day.basts)} BASTs in {day.basts[0].parent}",
        **({"what does not add up": "; ".join(day.differences)} if day.differences else {}),
        "custody": "; ".join(day.findings) or "every invariant holds",
    }
    return "\n".join(f"{name:20} {value}" for name, value in lines.items())
