"""The two legs of a document's life: riders bring batches to desks and homes, desks hand them on or give them back.

Everything goes through the links and pages that people have. What each page answers is noted in `Told`, so that the
day can compare what people were told with what the rows say.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from dispatch.demo.people import Desk, Dispatcher, Rider
from dispatch.demo.phone import Phone
from dispatch.demo.stage import Stage, wait_for

Say = Callable[[str], None]
Stop = dict[str, Any]

CLOSED = 2  # the second stop of the first such route finds nobody
NO_SIGNAL = 4  # the last so many stops of a route lie where phones find no network
COMPANY = "reference"


@dataclass
class Told:
    """What people were told along the way, added up from their own pages and receipts."""

    at_doors: int = 0
    counted: int = 0
    handed_on: int = 0
    given_back: int = 0
    damaged: int = 0
    back_in_the_office: int = 0
    found_closed: int = 0
    sent_late: int = 0
    cards_given_up: int = 0
    cards_counted_in: int = 0
    desks: dict[str, Desk] = field(default_factory=dict)

    @property
    def with_citizens(self) -> int:
        return self.at_doors + self.handed_on

    def waiting_at_desks(self) -> int:
        """The length of every desk's own list, read once more."""
        return sum(len(desk.waiting()) for desk in self.desks.values())


@contextmanager
def desks_open() -> Iterator[Told]:
    """The desks of the day; each keeps its browser open until the end."""
    told = Told()
    try:
        yield told
    finally:
        for desk in told.desks.values():
            desk.close()


def ride(
    stage: Stage, sari: Dispatcher, plan: dict[str, Any], routes: list[dict[str, Any]], told: Told, say: Say
) -> None:
    """The riders of these routes load, deliver and come back; the desks work on as soon as something arrived."""
    plain = _route_for_an_old_phone(sari, plan)
    for route in routes:
        link: str = sari.do(f"/routes/{route['id']}/link")["url"]
        drive = _with_plain_pages if route["id"] == plain else _with_the_app
        drive(stage, sari, route, link, told, say)
    for route in routes:
        documents, cards = sari.count_in(sari.ask(f"/routes/{route['id']}")["courier_id"])
        told.back_in_the_office += documents
        told.cards_counted_in += cards
    say(f"            back at the counter: {told.back_in_the_office} documents and {told.cards_counted_in} old cards "
        "counted in")  # fmt: skip


def _with_the_app(stage: Stage, sari: Dispatcher, route: dict[str, Any], link: str, told: Told, say: Say) -> None:
    planned = {stop["id"]: stop for stop in route["stops"]}
    with closing(Phone(stage.url, stage.runtime.clock.now)) as phone:
        phone.open(link)
        stops = phone.load_everything()
        say(f"5 Jalan     {route['courier']} left on route {route['number']} with {len(stops)} stops, on an "
            "installed page that needs no network")  # fmt: skip
        for stop in stops:
            here = planned[stop["id"]]
            phone.has_signal = stop["position"] <= len(stops) - NO_SIGNAL
            if not told.found_closed and stop["position"] >= CLOSED and stop["destination"] != "home":
                phone.give_up(stop, "KANTOR_DESA_TUTUP")
                told.found_closed = here["documents"]
                say(f"            {here['village']}: the office is closed, {here['documents']} documents go back")
            elif stop["destination"] == "home":
                _at_the_door(phone, stop, here, told)
            else:
                # the desk counts at once; the rider's word may come later, when the phone finds a network
                if phone.has_signal:
                    phone.hand_over(stop, to=f"Sekdes {here['village']}", relation="Sekretaris desa")
                _at_the_desk(stage, sari, here, route, told)
                if not phone.has_signal:
                    phone.hand_over(stop, to=f"Sekdes {here['village']}", relation="Sekretaris desa")
        late = phone.find_signal()
        told.sent_late += late
    state = sari.ask(f"/routes/{route['id']}")["state"]
    say(f"            route {route['number']} is {state}; {late} confirmations were sent late, "
        "when the phone found a network")  # fmt: skip


def _with_plain_pages(stage: Stage, sari: Dispatcher, route: dict[str, Any], link: str, told: Told, say: Say) -> None:
    planned = {stop["id"]: stop for stop in route["stops"]}
    with closing(Rider(stage.url)) as rider:
        rider.open(link, "/c/start")
        batches = rider.load_everything()
        say(f"5 Jalan     {route['courier']} counted {batches} batches into the bag for route {route['number']}, on an "
            "old phone")  # fmt: skip
        last = route["stops"][-1]["id"]
        while (stop_id := rider.next_stop()) is not None:
            here = planned[stop_id]
            rider.arrive(stop_id)
            if stop_id == last:  # afterwards the route is over, and nothing can be taken along
                _at_the_desk(stage, sari, here, route, told)
            rider.hand_over(
                stop_id, to=f"Sekdes {here['village']}", relation="Sekretaris desa", lat=here["lat"], lon=here["lon"]
            )
            if stop_id != last:
                _at_the_desk(stage, sari, here, route, told)
    state = sari.ask(f"/routes/{route['id']}")["state"]
    say(f"            route {route['number']} is {state}: {len(planned)} stops, each with a name, a photo and a place")


def _route_for_an_old_phone(sari: Dispatcher, plan: dict[str, Any]) -> str:
    """The first of several routes that visits no homes, whose proofs an old phone could not all bring; else none."""
    for route in plan["routes"][: len(plan["routes"]) if len(plan["routes"]) > 1 else 0]:
        batches = [batch["id"] for stop in route["stops"] for batch in stop["batches"]]
        if all(sari.ask(f"/batches/{batch}")["destination"] != "home" for batch in batches):
            return str(route["id"])
    return ""


def _at_the_door(phone: Phone, stop: Stop, here: Stop, told: Told) -> None:
    relation = "Keluarga satu KK" if "Keluarga satu KK" in stop["relations"] else stop["relations"][0]
    phone.hand_over(stop, to="Bu Tutik", relation=relation)
    told.at_doors += here["documents"]
    told.cards_given_up += stop["cards_due"]


def _at_the_desk(stage: Stage, sari: Dispatcher, here: Stop, route: dict[str, Any], told: Told) -> None:
    """Count, hand every other household its documents, and give the courier what goes back."""
    desk = _desk(stage, sari, here["village_code"], told)
    is_first = told.counted == 0
    spoilt = 1 if told.damaged == 0 and not is_first and here["documents"] > 3 else 0
    for batch in here["batches"]:
        counted = desk.count(batch["id"], name="Bu Endang", damaged=spoilt)
        told.counted += counted["received"]
        told.damaged += counted["damaged"]
        spoilt = 0
    waiting = desk.waiting()
    if is_first and waiting:
        desk.give_back(waiting.pop(), "PINDAH")
        told.given_back += 1
    for document_id in waiting[::2]:
        if document_id in desk.waiting():  # a household takes several at once
            documents, cards = desk.hand_on(document_id)
            told.handed_on += documents
            told.cards_given_up += cards
    desk.give_to_courier(route["id"])


def _desk(stage: Stage, sari: Dispatcher, code: str, told: Told) -> Desk:
    """The desk's browser, opened by its link the first time."""
    if code not in told.desks:
        desk = told.desks[code] = Desk(stage.url)
        desk.open(sari.do(f"/villages/{code}/link")["url"], "/v/start")
    return told.desks[code]


def post(stage: Stage, sari: Dispatcher, plan: dict[str, Any], told: Told, say: Say) -> None:
    """One batch goes with the courier company and is counted where it arrives; the others go over Pos's counter."""
    shipments = sari.ask(f"/shipments?plan_id={plan['id']}")["items"]
    if not shipments:
        return
    first, others = shipments[0], shipments[1:]
    sari.http.get(f"/api/v1/plans/{plan['id']}/manifest.csv").raise_for_status()
    sari.do(f"/shipments/{first['id']}/booking", {"partner": COMPANY})

    def of_the_first(**wanted: str) -> dict[str, Any] | None:
        now = next(s for s in sari.ask(f"/shipments?plan_id={plan['id']}")["items"] if s["id"] == first["id"])
        return now if all(now[name] == value for name, value in wanted.items()) else None

    booked = wait_for(lambda: of_the_first(order="accepted"), "the courier company's order")
    stage.courier_company.happen(booked["reference"], "picked_up")
    stage.courier_company.happen(booked["reference"], "delivered", received_by="Sekretaris desa")
    sent = stage.courier_company.send_callbacks()
    wait_for(lambda: of_the_first(state="delivered"), "the signed callback to be applied")
    batch = sari.ask(f"/batches/{first['batch_id']}")
    if batch["destination"] == "home":
        told.at_doors += batch["documents"]
    else:
        desk = _desk(stage, sari, batch["village_code"], told)
        told.counted += desk.count(batch["id"], name="Pak Kamituwo")["received"]
    if others:
        sari.do("/shipments/handover", {"shipments": [s["id"] for s in others], "clerk": "Petugas Pos"})
    say(f"7 Pos       {len(others)} batches counted over at the counter; one went with the courier company, "
        f"which told of it in {len(sent)} signed callbacks")  # fmt: skip
